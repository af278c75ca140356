# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whether a branch's descriptor and fitting net take the parameters of a trained head."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dp_multitask.checks.against.counted_sel import CountedSel, with_sel_of_training
from dp_multitask.checks.against.heads import Start
from dp_multitask.checks.against.starting_point import Mode, Shapes, StartingPoint
from dp_multitask.components.core.plan import Plan
from dp_multitask.components.core.planning import planned_shapes
from dp_multitask.components.whole.planned import plan_branch
from dp_multitask.diagnostics import Finding
from dp_multitask.errors import DPMultitaskError, TreePath, format_path

PlaceOf = Callable[[str, str], TreePath]
"""Gives the place in the input of a branch's descriptor or fitting net."""

_IN_THE_TREE = {"descriptor": "descriptor", "fitting_net": "fitting"}
"""Key of the config -> key of the native tree."""

# Read off DeePMD-kit 3.2.0: those of pairs of types, and those of dpa4.
_FIXED_TYPES = frozenset((
    "DescrptSeA", "DescrptSeR", "DescrptSeT", "DescrptDPA4", "DescrptDPA4C",
))  # fmt: skip
# What does not change what the parameters mean, or is compared in another way.
_FREE = frozenset((
    "trainable", "seed", "type_map", "ntypes", "dim_descrpt", "mixed_types", "given_precision",
    "precision", "rcond", "default_fparam", "atom_ener", "tot_ener_zero", "layer_name", "spin",
    "use_aparam_as_mask", "set_davg_zero", "exclude_types", "var_name", "dim_out",
))  # fmt: skip
# What a fitting net's parameters were trained with; the rest is sizes, or where they came from.
_OF_FITTINGS = frozenset((("activation_function",), ("resnet_dt",)))
_TYPES_REFUSED = frozenset(("DPM801", "DPM805"))
_MOST_SHOWN = 4
_ROUNDED_TO = 4


def misfits(
    start: Start, point: StartingPoint, mode: Mode, place: PlaceOf
) -> Iterator[tuple[str, Finding]]:
    """Find what of a branch does not fit the head that it starts from; (code, finding) each."""
    given = point.branches[start.head]
    if start.config.get("descriptor") == {}:
        return  # to be taken from the model, which is another finding
    types, trained = start.config.get("type_map"), given.get("type_map")
    if isinstance(start.config.get("spin"), Mapping) != isinstance(given.get("spin"), Mapping):
        yield _of_spin(start)
        return
    number = len(types) if isinstance(types, list) else 0
    virtual = number if isinstance(start.config.get("spin"), Mapping) else 0
    built, counted = with_sel_of_training(
        start.config.get("descriptor"), given.get("descriptor"), (number, number + virtual)
    )
    config = {**start.config, "descriptor": built} if "descriptor" in start.config else start.config
    mine = _plan(config)
    if mine is None or not isinstance(types, list):
        return  # what is wrong with it is said elsewhere
    yield from _of_counted_sel(counted, place(start.branch, "descriptor"), mode)
    renamed = types != trained
    if renamed:
        refused = list(_of_types(start, mine, trained, mode, place))
        yield from refused
        if any(code in _TYPES_REFUSED for code, _ in refused):
            return
    there = _plan({**given, "type_map": types} if mode == "finetune" else given)
    wanted: Shapes = dict(planned_shapes(mine))
    stored: Shapes = point.shapes.get(start.head, {})
    if (renamed and mode == "finetune") or not stored:
        stored = {} if there is None else dict(planned_shapes(there))
    if not stored:
        return
    if there is not None and start.way != "random":
        yield from _of_members(start, mine, there, mode)
    if mode == "finetune" and there is not None:
        mine, wanted = _as_first_member(mine, wanted, there)
    for key in _IN_THE_TREE:
        if key == "fitting_net" and start.way == "random":
            continue
        yield from _of_part(start, key, (mine, there), (wanted, stored), place, mode)
    if start.way != "random":
        yield from _of_default(start, (mine, there), mode, place)


def _of_spin(start: Start) -> tuple[str, Finding]:
    if isinstance(start.config.get("spin"), Mapping):
        msg, hint = "there are spins here, and none in the model", "start from a model with spins"
    else:
        msg, hint = "the model has spins, and there are none here", "write its section 'spin'"
    return "DPM801", Finding((*start.path, "spin"), msg, hint, "key")


def _of_counted_sel(
    counted: list[CountedSel], here: TreePath, mode: Mode
) -> Iterator[tuple[str, Finding]]:
    """Find numbers of neighbours that the data may give, or cannot: it is rounded up to fours."""
    for path, written, number in counted:
        total = sum(number) if isinstance(number, list) else number
        name, hint = format_path(path), f"write {_short(number)}, as in the model"
        if total % _ROUNDED_TO:
            msg = f"{name} is {written!r} here, which gives multiples of {_ROUNDED_TO}, "
            yield "DPM801", Finding((*here, *path), f"{msg}{_short(number)} in the model", hint)
        elif mode != "restart":  # which has the same data
            msg = f"{name} is {written!r} here: the data may not give {_short(number)}"
            yield "DPM806", Finding((*here, *path), msg, hint)


def _of_members(
    start: Start, mine: Plan, there: Plan, mode: Mode
) -> Iterator[tuple[str, Finding]]:
    """Find members of a sum of models that the trained model does not have, or has beside."""
    own, trained = (len(each.fields.get("models") or ()) for each in (mine, there))
    # fine-tuning starts the second one at random
    lacking = own > max(trained, 2) if mode == "finetune" else own != trained
    if own and lacking:
        msg = f"there are {own} models here, {trained or 1} in the model"
        yield "DPM801", Finding((*start.path, "models"), msg, "write as many", "key")


def _as_first_member(mine: Plan, wanted: Shapes, there: Plan) -> tuple[Plan, Shapes]:
    """Put the first member of a sum in its place where the trained model is no sum.

    Fine-tuning starts it from the whole trained model, and the second one at random (3.2.0).
    """
    members = mine.fields.get("models")
    if not isinstance(members, list) or "models" in there.fields or not members:
        return mine, wanted
    inner = {
        path[2:] if path[1] == 0 else path: shape
        for path, shape in wanted.items()
        if path[:1] == ("models",) and path[1] != 1
    }
    return members[0], inner


def _of_default(
    start: Start, plans: tuple[Plan, Plan | None], mode: Mode, place: PlaceOf
) -> Iterator[tuple[str, Finding]]:
    """Find frame parameters by default that only one has: PyTorch keeps them with the weights."""
    nets = [_part_of(each, "fitting") for each in plans]
    mine, theirs = (
        each.fields.get("default_fparam") if isinstance(each, Plan) else None for each in nets
    )
    lacking = (theirs if mine is None else mine) is not None and (mine is None or theirs is None)
    # fine-tuning takes what it has a place for, and leaves the rest
    if nets[1] is None or not lacking or (mine is None and mode == "finetune"):
        return
    path = (*place(start.branch, "fitting_net"), "default_fparam")
    if theirs is None:
        msg = f"default_fparam is {_short(mine)} here, and the model has none"
        yield "DPM801", Finding(path, msg, f"{_model_of(start)} has none: remove it")
    else:
        msg = f"the model has a default_fparam, {_short(theirs)}, and there is none here"
        yield "DPM801", Finding(path, msg, "write that of the model")


def _of_types(
    start: Start, mine: Plan, trained: Any, mode: Mode, place: PlaceOf
) -> Iterator[tuple[str, Finding]]:
    types = start.config["type_map"]
    path = place(start.branch, "type_map")
    if mode != "finetune":
        msg = f"the type map is {_short(types)} here, {_short(trained)} in the model"
        if isinstance(trained, list) and len(trained) != len(types):
            hint = "write that of the model, or start with --finetune"
            yield "DPM801", Finding(path, msg, hint)
        elif isinstance(trained, list):
            yield "DPM804", Finding(path, msg, "the parameters would be those of other elements")
        return
    fixed = next((each for each in _classes(mine) if each in _FIXED_TYPES), None)
    if fixed is not None:
        msg = f"{fixed} takes no other type map, found {_short(types)}, trained {_short(trained)}"
        yield "DPM805", Finding(path, msg, "write the type map of the trained model")


def _of_part(
    start: Start,
    key: str,
    plans: tuple[Plan, Plan | None],
    shapes: tuple[Shapes, Shapes],
    place: PlaceOf,
    mode: Mode,
) -> Iterator[tuple[str, Finding]]:
    part, here = _IN_THE_TREE[key], place(start.branch, key)
    mine, theirs = (_part_of(each, part) for each in plans)
    wanted, stored = ({p: s for p, s in each.items() if part in p} for each in shapes)
    differing = _different_settings(mine, theirs)
    bad = [path for path, shape in wanted.items() if stored.get(path) != shape]
    if mode != "finetune":  # which leaves what it has no place for
        bad += [path for path in stored if path not in wanted]
    if isinstance(mine, Plan) and isinstance(theirs, Plan) and mine.cls is not theirs.cls:
        msg = f"the {key} is a {mine.cls.__name__} here, a {theirs.cls.__name__} in the model"
        code = "DPM801" if bad or key == "descriptor" else "DPM806"
        yield code, Finding(here, msg, f"{_model_of(start)} has another type", "key")
        return
    sizes = _sizes_among(differing)
    if not sizes and bad and key == "fitting_net" and _other_inputs(plans):
        return  # a size of the descriptor makes it so, which was said there
    if not bad and sizes and key == "descriptor" and start.way != "random":
        # a size that none of its own variables has, such as axis_neuron
        bad = [path for path, shape in shapes[0].items() if shapes[1].get(path) != shape]
    if bad and sizes:
        for path, (own, trained) in list(sizes.items())[:_MOST_SHOWN]:
            name = format_path(path)
            msg = f"{name} is {_short(own)} here, {_short(trained)} in the model"
            hint = f"the {key} of {start.head!r} does not fit: write {_short(trained)}"
            yield "DPM801", Finding((*here, *path), msg, hint)
    elif bad:
        own, found = (
            "absent" if each is None else f"of shape {list(each)}"
            for each in (wanted.get(bad[0]), stored.get(bad[0]))
        )
        msg = f"{format_path(bad[0])} is {own} here, {found} in the model"
        yield "DPM801", Finding(here, msg, f"compare with the {key} of {start.head!r}", "key")
    for path, (own, trained) in differing.items():
        told = key == "descriptor" or path in _OF_FITTINGS
        if told and not (bad and path in sizes):
            msg = f"{format_path(path)} is {_short(own)} here, {_short(trained)} in the model"
            hint = f"its parameters were trained with {_short(trained)}"
            yield "DPM806", Finding((*here, *path), msg, hint)


def _sizes_among(differing: Mapping[TreePath, tuple[Any, Any]]) -> dict[TreePath, Any]:
    return {
        path: pair
        for path, pair in differing.items()
        if path[-1] == "type" or all(map(_is_size, pair))
    }


def _other_inputs(plans: tuple[Plan, Plan | None]) -> bool:
    """Tell whether the descriptors have other sizes, so that the fitting net has other inputs."""
    mine, theirs = (_part_of(each, "descriptor") for each in plans)
    if isinstance(mine, Plan) and isinstance(theirs, Plan) and mine.cls is not theirs.cls:
        return True
    return bool(_sizes_among(_different_settings(mine, theirs)))


def _plan(config: Mapping[str, Any]) -> Plan | None:
    try:
        return plan_branch(config)
    except (DPMultitaskError, ArithmeticError, TypeError, ValueError, KeyError, IndexError):
        return None  # not planned here, or a value of a wrong kind, which the schema reports


def _part_of(model: Plan | None, part: str) -> Any:
    """Give the descriptor or fitting net of a model, which may stand in a model within it."""
    while model is not None and part not in model.fields:
        inner = (model.fields.get(each) for each in ("atomic_model", "backbone_model"))
        model = next((each for each in inner if isinstance(each, Plan)), None)
    return None if model is None else model.fields[part]


def _classes(plan: Plan) -> Iterator[str]:
    yield plan.cls.__name__
    for child in plan.fields.values():
        for each in child if isinstance(child, list) else [child]:
            if isinstance(each, Plan):
                yield from _classes(each)


def _different_settings(
    mine: Any, theirs: Any, path: TreePath = ()
) -> dict[TreePath, tuple[Any, Any]]:
    """Give the settings that two plans, or nested settings, have with other values."""
    one, other = (each.fields if isinstance(each, Plan) else each for each in (mine, theirs))
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return {}
    if path and isinstance(mine, Plan) and isinstance(theirs, Plan) and mine.cls is not theirs.cls:
        return {(*path, "type"): (mine.cls.__name__, theirs.cls.__name__)}
    found: dict[TreePath, tuple[Any, Any]] = {}
    for name, value in one.items():
        trained = other.get(name)
        if name in _FREE or callable(value):
            continue
        if isinstance(value, Mapping | Plan):
            found |= _different_settings(value, trained, (*path, name))
        elif isinstance(value, list) and any(isinstance(each, Plan) for each in value):
            for index, (each, its) in enumerate(zip(value, trained or [], strict=False)):
                found |= _different_settings(each, its, (*path, name, index))
        elif value != trained:
            place = (*path, name)
            found[place] = (value, trained)
    return found


def _is_size(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_size, value))
    return value is None or isinstance(value, int)


def _short(value: Any) -> str:
    single = isinstance(value, list) and len(value) == 1 and isinstance(value[0], int)
    text = str(value[0]) if single else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _model_of(start: Start) -> str:
    return f"the head {start.head!r} of the model"
