# SPDX-License-Identifier: LGPL-3.0-or-later
"""What DeePMD-kit demands of single values beyond their type.

The table marks a field that DeePMD-kit constrains; the constraint itself is here, read off the
argument check of deepmd-kit 3.2.0. Constraints between several keys are in `relations`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dp_multitask.text.plain_data import copy_tree


class Constraint(NamedTuple):
    """What a value must be beyond its type.

    Attributes
    ----------
    allows : callable
        Tells whether a value passes; what is of another type is for others to judge.
    expected : str
        The same in words.
    json_schema : mapping
        The same as JSON Schema, as far as that can say it.
    choices : tuple of str
        The words that a slip is compared with.
    """

    allows: Callable[[Any], bool]
    expected: str
    json_schema: Mapping[str, Any] = {}
    choices: tuple[str, ...] = ()


def bounds(low: float | None = None, high: float | None = None, exclusive: str = "") -> Constraint:
    """Demand a number in an interval; `exclusive` names the ends that are not part of it.

    Null passes: it does wherever the type admits it.
    """
    words, schema = [], {}
    if low is not None:
        words.append(f"{'above' if 'low' in exclusive else 'at least'} {low:.10g}")
        schema["exclusiveMinimum" if "low" in exclusive else "minimum"] = low
    if high is not None:
        words.append(f"{'below' if 'high' in exclusive else 'at most'} {high:.10g}")
        schema["exclusiveMaximum" if "high" in exclusive else "maximum"] = high

    def allows(value: Any) -> bool:
        if not isinstance(value, (int, float)):
            return value is None
        above = low is None or (value > low if "low" in exclusive else value >= low)
        below = high is None or (value < high if "high" in exclusive else value <= high)
        return above and below

    return Constraint(allows, "a number " + " and ".join(words), schema)


def one_of(*choices: str) -> Constraint:
    """Demand one of a few texts."""
    expected = f"one of {', '.join(map(repr, choices))}"
    return Constraint(lambda value: value in choices, expected, {"enum": list(choices)}, choices)


def one_of_folded(*choices: str) -> Constraint:
    """Demand one of a few texts; case and surrounding blanks do not matter."""
    letters = (
        "".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in choice) for choice in choices
    )
    return Constraint(
        lambda value: isinstance(value, str) and value.strip().lower() in choices,
        f"one of {', '.join(repr(each.upper()) for each in choices)}",
        {"pattern": rf"^\s*({'|'.join(letters)})\s*$"},
        choices,
    )


def length(number: int, items: str, minimum: int | None = None) -> Constraint:
    """Demand so many items of a list; what is no list passes. `minimum` bounds integers."""
    text = f"{number} items ({items})"
    schema: dict[str, Any] = {"minItems": number, "maxItems": number}
    if minimum is not None:
        text += f", each at least {minimum}"
        schema |= {"minimum": minimum, "items": {"minimum": minimum}}

    def allows(value: Any) -> bool:
        if isinstance(value, list) and len(value) != number:
            return False
        numbers = value if isinstance(value, list) else [value]
        return minimum is None or all(isinstance(each, int) and each >= minimum for each in numbers)

    return Constraint(allows, text, schema)


def foreign(check: Callable[[Any], bool], message: str) -> Constraint:
    """Demand what only the installed DeePMD-kit or one of its plugins knows."""

    def allows(value: Any) -> bool:
        try:
            return bool(check(copy_tree(value)))
        except Exception:  # foreign code, which may raise anything at all
            return False

    return Constraint(allows, message or "another value, says the DeePMD-kit that is installed")


_DPA4 = "model[standard]/descriptor[dpa4]"
_NOT_NEGATIVE = bounds(low=0)
_POSITIVE = bounds(low=0, exclusive="low")
_RESIDUALS = one_of("none", "independent", "dependent")
_METRICS = ("e", "f", "fr", "fm", "s", "v")

CONSTRAINTS: Mapping[str, Constraint] = {
    f"{_DPA4}/kmax": _NOT_NEGATIVE,
    f"{_DPA4}/extra_node_l": _NOT_NEGATIVE,
    f"{_DPA4}/so2_attn_res": _RESIDUALS,
    f"{_DPA4}/radial_so2_mode": one_of("none", "degree", "degree_channel"),
    f"{_DPA4}/radial_so2_rank": _NOT_NEGATIVE,
    f"{_DPA4}/focus_dim": _NOT_NEGATIVE,
    f"{_DPA4}/ffn_neurons": _NOT_NEGATIVE,
    f"{_DPA4}/grid_mlp": length(3, "node-wise, message-node, feed-forward"),
    f"{_DPA4}/grid_branch": length(3, "node-wise, message-node, feed-forward", minimum=0),
    f"{_DPA4}/full_attn_res": _RESIDUALS,
    f"{_DPA4}/block_attn_res": _RESIDUALS,
    f"{_DPA4}/s2_activation": length(2, "SO(2), feed-forward"),
    f"{_DPA4}/so3_readout": one_of("none", "glu", "mlp"),
    f"{_DPA4}/readout_layers": bounds(low=1),
    f"{_DPA4}/lebedev_quadrature": length(2, "SO(2), feed-forward"),
    "training/stat_file_mode": one_of("read", "update"),
    "multitask/training/data_dict/stat_file_mode": one_of("read", "update"),
    "training/ckpt_keep_ratio": bounds(0, 1, exclusive="low high"),
    "training/ema_decay": bounds(0, 1, exclusive="high"),
    "training/ema_ckpt_keep": _POSITIVE,
    "training/neighbor_graph_method": one_of("auto", "dense", "nv"),
    "validating/validation_freq": _POSITIVE,
    "validating/max_best_ckpt": _POSITIVE,
    "validating/validation_metric": one_of_folded(
        *(f"{name}:{kind}" for name in _METRICS for kind in ("mae", "rmse"))
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
