# SPDX-License-Identifier: LGPL-3.0-or-later
"""A multitask input in the making: branches are added one after the other."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dp_multitask.config.compose.one_type_map import TypeMapUnion
from dp_multitask.config.compose.parts import NewBranch, steps_of
from dp_multitask.config.compose.sharing import (
    PARTS,
    Alike,
    Share,
    check_level,
    differences,
    free_key,
)
from dp_multitask.errors import ConfigError, ConfigTypeError, TreePath, UsageError
from dp_multitask.text.plain_data import copy_tree, describe, suggest

_OF_CASES = "dim_case_embd"
_LOSS_OF_ENERGY = {"type": "ener"}
_SHOWN = 4


# What a base may leave out, and is a mapping where it is there.
_SECTIONS: tuple[TreePath, ...] = (
    ("model",),
    ("model", "shared_dict"),
    ("loss_dict",),
    ("training",),
    ("training", "data_dict"),
    ("training", "num_epoch_dict"),
)


class Note(NamedTuple):
    """Something that was decided, at its place in the result."""

    path: TreePath
    message: str


class Assembly:
    """The input so far, and what was decided on the way.

    Parameters
    ----------
    base : dict or None
        A multitask input to add to; it is changed.
    parts : sequence of NewBranch
        What is going to be added.
    shares : mapping
        What is to be shared, by part.
    alike : Alike
        What parts must agree in to be shared.
    """

    def __init__(
        self,
        base: dict[str, Any] | None,
        parts: Sequence[NewBranch],
        shares: Mapping[str, Share],
        alike: Alike,
    ) -> None:
        self._alike = alike
        self.notes: list[Note] = []
        self.parts = list(parts)
        self.shares = dict(shares)
        self._has_base = base is not None
        self.data = base if base is not None else _frame(self.parts[0])
        for path in _SECTIONS:
            _require_mapping(self.data, path)
        model = self.data.get("model")
        if not (isinstance(model, dict) and isinstance(model.get("model_dict"), dict)):
            msg = "the base is no multitask input: it has no 'model/model_dict'"
            hint = "name it as a branch: NAME=INPUT"
            raise ConfigError(msg, path=("model",), hint=hint)
        self.model: dict[str, Any] = model
        self.shared: dict[str, Any] = model.setdefault("shared_dict", {})
        self.branches: dict[str, Any] = model["model_dict"]
        for part in self.parts:
            if part.name in self.branches:
                msg = f"the base has a branch {part.name!r} already"
                path = ("model", "model_dict", part.name)
                raise ConfigError(msg, path=path, hint="give the new one another name")

    def settle_type_map(self, unite: bool) -> None:
        """Find the one type map of all branches, and write every part by it.

        Raises
        ------
        SharedTypeMapError
            The type maps differ and are not to be united.
        """
        union = TypeMapUnion(self.model, self.parts, self._alike)
        if union.differ:
            if not unite:
                raise union.refusal()
            self.notes += [Note(*each) for each in union.unite()]
        self.parts[:] = union.parts
        self._type_map = union.reference or free_key("type_map", self.shared)
        if union.reference is None:
            self.shared[self._type_map] = list(union.elements)

    def add(self, part: NewBranch) -> None:
        """Add a branch with its loss and its data."""
        part = next(each for each in self.parts if each.name == part.name)
        branch = {**part.model, "type_map": self._type_map}
        # the descriptor first: a fitting net can only be shared where it has the same one
        for key in PARTS:
            if isinstance(branch.get(key), dict):
                branch[key] = self._placed(part.name, branch, key)
        self.branches[part.name] = branch
        self._add_loss(part)
        training = self.data.setdefault("training", {})
        training.setdefault("data_dict", {})[part.name] = self._data_of(part)
        self._add_epochs(part, training)
        self._compare_rest(part, training)

    def _placed(self, name: str, branch: Mapping[str, Any], key: str) -> Any:
        """Give what a branch holds: its own part, or a reference to one that it shares."""
        share, params = self.shares.get(key), branch[key]
        wanted = self._alike(key, params)
        unequal: list[tuple[str, list[str]]] = []
        for entry, holder in self._others(key):
            if key == "fitting_net" and not self._same_descriptor(branch, self.branches[holder]):
                continue
            found = self.shared[entry] if entry else self.branches[holder][key]
            if self._alike(key, found) != wanted:
                where = entry or f"the one of {holder!r}"
                unequal.append((where, differences(self._alike(key, found), wanted)))
                continue
            if share is None:
                if key == "fitting_net":
                    msg = f"equal to that of {holder!r}; --share {key} would make them one"
                    self._note(("model", "model_dict", name, key), msg)
                return params
            check_level(share, params)
            if not entry:
                entry = free_key(key, self.shared)
                self.shared[entry] = found
                self.branches[holder][key] = _reference(entry, share.level)
            if found.get("seed") != params.get("seed"):
                msg = f"shared with others as {entry!r}, whose 'seed' is the one that counts"
                self._note(("model", "model_dict", name, key), msg)
            return _reference(entry, share.level)
        if share is not None and unequal:
            where, words = min(unequal, key=lambda each: len(each[1]))
            more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
            msg = f"not shared: differs from {where}: {'; '.join(words[:_SHOWN])}{more}"
            self._note(("model", "model_dict", name, key), msg)
        return params

    def _same_descriptor(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        values = [self._entry_of(each.get("descriptor")) for each in (one, other)]
        one_kind, other_kind = (self._alike("descriptor", each) for each in values)
        return bool(one_kind == other_kind)

    def _entry_of(self, value: Any) -> Any:
        return self.shared.get(value.split(":")[0]) if isinstance(value, str) else value

    def _others(self, key: str) -> list[tuple[str, str]]:
        """List the parts that are there already: name of the shared entry or '', and a user."""
        found: dict[tuple[str, str], None] = {}
        entries: set[str] = set()
        for name, branch in self.branches.items():
            value = branch.get(key) if isinstance(branch, dict) else None
            if isinstance(value, dict):
                found["", name] = None
            elif isinstance(value, str):
                entry = value.split(":")[0]
                if isinstance(self.shared.get(entry), dict) and entry not in entries:
                    entries.add(entry)
                    found[entry, name] = None
        return list(found)

    def _add_loss(self, part: NewBranch) -> None:
        path: TreePath = ("loss_dict", part.name)
        losses = self.data.setdefault("loss_dict", {})
        if part.loss is not None:
            losses[part.name] = part.loss
            return
        fitting = part.model.get("fitting_net")
        kind = fitting.get("type", "ener") if isinstance(fitting, dict) else "ener"
        if kind in ("ener", "dpa4_ener"):
            losses[part.name] = dict(_LOSS_OF_ENERGY)
            self._note(path, "the input names no loss: the defaults of 'ener' are taken")
        else:
            self._note(path, f"left to you: write the loss of the {kind!r}")

    def _data_of(self, part: NewBranch) -> dict[str, Any]:
        path: TreePath = ("training", "data_dict", part.name)
        if "training_data" not in part.data:
            self._note(path, "left to you: the input has no 'training_data'")
        taken = {
            each.get("stat_file"): name
            for name, each in self.data["training"].get("data_dict", {}).items()
            if isinstance(each, dict) and isinstance(each.get("stat_file"), str)
        }
        data: dict[str, Any] = copy_tree(part.data)
        if data.get("stat_file") in taken and isinstance(data.get("stat_file"), str):
            # branches with one type map would read each other's statistics
            own = _with_name(data["stat_file"], part.name)
            msg = f"{data['stat_file']!r} holds the statistics of {taken[data['stat_file']]!r}: "
            self._note((*path, "stat_file"), f"{msg}{own!r} is taken")
            data["stat_file"] = own
        return data

    def _add_epochs(self, part: NewBranch, training: dict[str, Any]) -> None:
        epochs = training.get("num_epoch_dict")
        if part.epochs is None:
            if isinstance(epochs, dict) and epochs:
                msg = "left to you: the other branches are trained by epochs"
                self._note(("training", "num_epoch_dict", part.name), msg)
        elif steps_of(training) is not None:
            msg = f"its {part.epochs} epochs give way to the number of steps of the job"
            self._note(("training", "num_epoch_dict", part.name), msg)
        else:
            training.setdefault("num_epoch_dict", {})[part.name] = part.epochs

    def _compare_rest(self, part: NewBranch, training: Mapping[str, Any]) -> None:
        """Say where an input wants something else of what a job has once."""
        if not self._has_base and part.name == next(iter(self.branches)):
            return
        for key, value in part.sections.items():
            if key.startswith("_"):
                continue
            if key not in self.data:
                self.data[key] = value
            elif words := differences(self.data[key], value):
                self._note((key,), f"{part.name!r} had another: {'; '.join(words[:_SHOWN])}")
        for key, value in part.training.items():
            if not key.startswith("_") and key != "seed" and training.get(key, value) != value:
                msg = f"{training[key]!r} is taken, {part.name!r} had {value!r}"
                self._note(("training", key), msg)

    def tell_cases_apart(self) -> None:
        """Give every fitting net one dimension for each branch, where branches share one."""
        fittings = [self._fitting(branch) for branch in self.branches.values()]
        uses = [each for each in fittings if each is not None]
        shared = len({id(each) for each in uses}) < len(uses)
        before = [each[_OF_CASES] for each in uses if each.get(_OF_CASES)]
        if not (shared or before) or not self.parts:
            return
        count = len(self.branches)
        for each in uses:
            each[_OF_CASES] = count
        why = "a shared fitting net tells its branches apart"
        was = f", {max(before)} before" if before and max(before) != count else ""
        self._note(("model", "model_dict"), f"'{_OF_CASES}' is {count}{was}: {why}")

    def _fitting(self, branch: Any) -> dict[str, Any] | None:
        value = self._entry_of(branch.get("fitting_net")) if isinstance(branch, dict) else None
        return value if isinstance(value, dict) else None

    def set_probabilities(self, prob: Mapping[str, float]) -> None:
        """Write ``model_prob``, if anything is said about it.

        Raises
        ------
        UsageError
            A branch of this name is not there.
        """
        for name in prob:
            if name not in self.branches:
                near = suggest(name, self.branches)
                msg = f"there is no branch {name!r} to give a probability"
                raise UsageError(msg, hint=f"Did you mean {near!r}?" if near else None)
        training = self.data.setdefault("training", {})
        given = training.get("model_prob")
        if not prob and not isinstance(given, dict):
            return
        known = dict(given) if isinstance(given, dict) else {}
        numbers = [each for each in known.values() if isinstance(each, int | float)]
        usual = sum(numbers) / len(numbers) if numbers else 1.0
        for name in self.branches:
            if name in prob:
                known[name] = prob[name]
            elif name not in known:
                known[name] = usual
                msg = f"{usual:g} is taken, the mean of the others" if given else "1 is taken"
                self._note(("training", "model_prob", name), f"{msg}; --prob {name}=... says else")
        training["model_prob"] = known
        if training.pop("num_epoch_dict", None):
            self._note(("training",), "'num_epoch_dict' gives way to 'model_prob'")

    def _note(self, path: TreePath, message: str) -> None:
        self.notes.append(Note(path, message))


def _require_mapping(config: Any, path: TreePath) -> None:
    for depth, part in enumerate(path):
        if part not in config:
            return
        config = config[part]
        if not isinstance(config, dict):
            msg = f"{part!r} must be a mapping, found {describe(config)}"
            raise ConfigTypeError(msg, path=path[: depth + 1], hint="write its keys out")


def _with_name(path: str, name: str) -> str:
    """Put a branch's name into the name of a file, before its suffix."""
    stem, suffix = os.path.splitext(path)
    return f"{stem}_{name}{suffix}"


def _reference(entry: str, level: int) -> str:
    return f"{entry}:{level}" if level else entry


def _frame(first: NewBranch) -> dict[str, Any]:
    """Start an input with what a job has once, as the first input says it."""
    frame: dict[str, Any] = {"model": {"shared_dict": {}, "model_dict": {}}}
    frame |= copy_tree(first.sections)
    frame["loss_dict"] = {}
    frame["training"] = {"data_dict": {}, **copy_tree(first.training)}
    return frame
