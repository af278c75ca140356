# SPDX-License-Identifier: LGPL-3.0-or-later
"""What DeePMD-kit demands of single values beyond their type.

The table marks a field that DeePMD-kit constrains; the constraint itself is here, read off the
argument check of deepmd-kit 3.2.0. Constraints between several keys are in `relations`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dp_multitask.records import NamedTuple
from dp_multitask.text.plain_data import copy_tree


class Bounds(NamedTuple):
    """A number in an interval; ``exclusive`` names the ends that are not part of it."""

    low: float | None = None
    high: float | None = None
    exclusive: str = ""

    def allows(self, value: Any) -> bool:
        """Tell whether a value passes; null does wherever the type admits it."""
        if not isinstance(value, (int, float)):
            return value is None
        above = self.low is None or (
            value > self.low if "low" in self.exclusive else value >= self.low
        )
        below = self.high is None or (
            value < self.high if "high" in self.exclusive else value <= self.high
        )
        return above and below

    @property
    def expected(self) -> str:
        """The constraint in words."""
        words = []
        if self.low is not None:
            words.append(f"{'above' if 'low' in self.exclusive else 'at least'} {self.low:g}")
        if self.high is not None:
            words.append(f"{'below' if 'high' in self.exclusive else 'at most'} {self.high:g}")
        return "a number " + " and ".join(words)

    def json_schema(self) -> dict[str, Any]:
        """Write the constraint as JSON Schema."""
        schema: dict[str, Any] = {}
        if self.low is not None:
            schema["exclusiveMinimum" if "low" in self.exclusive else "minimum"] = self.low
        if self.high is not None:
            schema["exclusiveMaximum" if "high" in self.exclusive else "maximum"] = self.high
        return schema


class OneOf(NamedTuple):
    """One of a few strings; ``folded`` if case and surrounding blanks do not matter."""

    choices: tuple[str, ...]
    folded: bool = False

    def allows(self, value: Any) -> bool:
        """Tell whether a value passes."""
        if not isinstance(value, str):
            return False
        return (value.strip().lower() if self.folded else value) in self.choices

    @property
    def expected(self) -> str:
        """The constraint in words."""
        shown = [each.upper() if self.folded else each for each in self.choices]
        return "one of " + ", ".join(map(repr, shown))

    def json_schema(self) -> dict[str, Any]:
        """Write the constraint as JSON Schema."""
        if not self.folded:
            return {"enum": list(self.choices)}
        letters = (
            "".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in choice)
            for choice in self.choices
        )
        return {"pattern": rf"^\s*({'|'.join(letters)})\s*$"}


class Length(NamedTuple):
    """A list of so many items; a value that is no list passes. ``minimum`` bounds numbers."""

    length: int
    items: str
    minimum: int | None = None

    def allows(self, value: Any) -> bool:
        """Tell whether a value passes."""
        if isinstance(value, list) and len(value) != self.length:
            return False
        if self.minimum is None:
            return True
        numbers = value if isinstance(value, list) else [value]
        return all(isinstance(each, int) and each >= self.minimum for each in numbers)

    @property
    def expected(self) -> str:
        """The constraint in words."""
        text = f"{self.length} items ({self.items})"
        return text if self.minimum is None else f"{text}, each at least {self.minimum}"

    def json_schema(self) -> dict[str, Any]:
        """Write the constraint as JSON Schema."""
        schema: dict[str, Any] = {"minItems": self.length, "maxItems": self.length}
        if self.minimum is not None:
            schema |= {"minimum": self.minimum, "items": {"minimum": self.minimum}}
        return schema


class Foreign(NamedTuple):
    """A constraint that only the installed DeePMD-kit or one of its plugins knows."""

    check: Callable[[Any], bool]
    message: str

    def allows(self, value: Any) -> bool:
        """Ask it; a check that fails on a value does not accept it."""
        try:
            return bool(self.check(copy_tree(value)))
        except Exception:  # foreign code, which may raise anything at all
            return False

    @property
    def expected(self) -> str:
        """The constraint in its author's words."""
        return self.message or "another value, says the DeePMD-kit that is installed"

    def json_schema(self) -> dict[str, Any]:
        """Give nothing: code cannot be written as JSON Schema."""
        return {}


Constraint = Bounds | OneOf | Length | Foreign

_DPA4 = "model[standard]/descriptor[dpa4]"
_NOT_NEGATIVE = Bounds(low=0)
_POSITIVE = Bounds(low=0, exclusive="low")
_RESIDUALS = OneOf(("none", "independent", "dependent"))
_METRICS = ("e", "f", "fr", "fm", "s", "v")

CONSTRAINTS: Mapping[str, Constraint] = {
    f"{_DPA4}/kmax": _NOT_NEGATIVE,
    f"{_DPA4}/extra_node_l": _NOT_NEGATIVE,
    f"{_DPA4}/so2_attn_res": _RESIDUALS,
    f"{_DPA4}/radial_so2_mode": OneOf(("none", "degree", "degree_channel")),
    f"{_DPA4}/radial_so2_rank": _NOT_NEGATIVE,
    f"{_DPA4}/focus_dim": _NOT_NEGATIVE,
    f"{_DPA4}/ffn_neurons": _NOT_NEGATIVE,
    f"{_DPA4}/grid_mlp": Length(3, "node-wise, message-node, feed-forward"),
    f"{_DPA4}/grid_branch": Length(3, "node-wise, message-node, feed-forward", minimum=0),
    f"{_DPA4}/full_attn_res": _RESIDUALS,
    f"{_DPA4}/block_attn_res": _RESIDUALS,
    f"{_DPA4}/s2_activation": Length(2, "SO(2), feed-forward"),
    f"{_DPA4}/so3_readout": OneOf(("none", "glu", "mlp")),
    f"{_DPA4}/readout_layers": Bounds(low=1),
    f"{_DPA4}/lebedev_quadrature": Length(2, "SO(2), feed-forward"),
    "training/stat_file_mode": OneOf(("read", "update")),
    "multitask/training/data_dict/stat_file_mode": OneOf(("read", "update")),
    "training/ckpt_keep_ratio": Bounds(0, 1, exclusive="low high"),
    "training/ema_decay": Bounds(0, 1, exclusive="high"),
    "training/ema_ckpt_keep": _POSITIVE,
    "training/neighbor_graph_method": OneOf(("auto", "dense", "nv")),
    "validating/validation_freq": _POSITIVE,
    "validating/max_best_ckpt": _POSITIVE,
    "validating/validation_metric": OneOf(
        tuple(f"{name}:{kind}" for name in _METRICS for kind in ("mae", "rmse")), folded=True
    ),
    "validating/full_val_start": _NOT_NEGATIVE,
}
"""Place of a field in the schema -> its constraint; a multitask section shares its twin's."""

# Checked sections whose constraints are relations between their keys, or outdated keys.
_SECTIONS = (
    "learning_rate",
    "training",
    "training/training_data",
    "training/validation_data",
    "training/data_dict/training_data",
    "training/data_dict/validation_data",
)


def known_constraint(place: str) -> Constraint | None:
    """Give our constraint of the field at a place of the schema."""
    return CONSTRAINTS.get(place) or CONSTRAINTS.get(place.removeprefix("multitask/"))


def unknown_constraints(table: Mapping[str, Any]) -> list[str]:
    """Give the places that DeePMD-kit constrains and this module does not know.

    Parameters
    ----------
    table : dict
        What `extract.extract_table` returns.
    """
    unknown = []
    for owner, body in table["bodies"].items():
        for name, field in body.get("fields", {}).items():
            place = f"{owner}/{name}"
            section = place.removeprefix("single-task/").removeprefix("multitask/")
            if not field.get("checked") or section in _SECTIONS:
                continue
            if known_constraint(place) is None:
                unknown.append(place)
    return unknown
