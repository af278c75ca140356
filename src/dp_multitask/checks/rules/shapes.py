# SPDX-License-Identifier: LGPL-3.0-or-later
"""The shapes of every branch, planned by the native classes: what no model can be built from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dp_multitask.checks.rules.components import MOST_NESTING, type_map_of
from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.types import (
    SEL_KEYS,
    canonical_type,
    counts_by_type,
    has_virtual_spin,
    integer,
    leaves_spin_out,
    types_in_descriptor,
)
from dp_multitask.checks.rules.view import Branch, InputView, as_dict
from dp_multitask.components.core.kinds import LARGEST_SIZE
from dp_multitask.errors import (
    ComponentError,
    DPMultitaskError,
    FieldTypeError,
    MissingComponentKeyError,
    TreePath,
    UnknownClassError,
    UnknownKeyError,
)
from dp_multitask.text.plain_data import value_at

# What the argument check and other rules judge better, and what PyTorch ignores.
_JUDGED_ELSEWHERE = (FieldTypeError, MissingComponentKeyError, UnknownClassError, UnknownKeyError)
_LEFT_OUT = frozenset((
    *("layer_name", "trainable", "default_fparam", "exclude_types", "pair_exclude_types"),
    *("atom_exclude_types", "preset_out_bias", "type_embedding", "lora", "use_srtab", "seed"),
))
_PLANNED = frozenset(("standard", "dpa4", "sezm", "SeZM", "DPA4"))


@rule("DPM415", "error", *EVERY)
def sizes_that_do_not_fit(view: InputView) -> Iterator[Finding]:
    """The sizes of the model's parts do not fit each other.

    The shapes of all variables follow from the input. Where they cannot be formed, because a size
    is none or two of them contradict each other, DeePMD-kit fails when it builds the model, or at
    the first evaluation.

    Correct the size that the message names.
    """
    from dp_multitask.components.whole.planned import plan_branch

    seen: set[tuple[object, ...]] = set()
    planned: dict[str, Finding | None] = {}
    for branch in view.parts if view.backend != "tf" else ():
        alike = _what_it_consists_of(view, branch)
        if alike in seen:
            continue
        seen.add(alike)
        params = _written_out(view, branch)
        if params is None:
            continue
        key = repr(params)
        if key not in planned:
            planned[key] = _problem(plan_branch, view, branch, params)
        found = planned[key]
        if found is not None:
            yield found


def _what_it_consists_of(view: InputView, branch: Branch) -> tuple[object, ...]:
    """Tell apart branches that are written differently: a thousand share a few entries."""
    parts = ("type_map", "descriptor", "fitting_net")
    rest = [(key, value) for key, value in branch.params.items() if key not in parts]
    return (*(id(view.item(branch, key)) for key in parts), repr(rest))


def _problem(
    plan: Callable[[dict[str, Any]], object],
    view: InputView,
    branch: Branch,
    params: dict[str, Any],
) -> Finding | None:
    try:
        plan(params)
    except _JUDGED_ELSEWHERE as err:
        size = integer(value_at(params, err.path))
        if isinstance(err, UnknownKeyError) or size is None or 0 <= size <= LARGEST_SIZE:
            return None
        hint = "write zero or more" if size < 0 else "write a smaller number"
        return Finding(_place(view, branch, err.path), err.message, hint)
    except ComponentError as err:
        return Finding(_place(view, branch, err.path), err.message, err.hint or "correct the size")
    except (DPMultitaskError, ArithmeticError, TypeError, ValueError, KeyError, IndexError):
        return None  # not planned here, or a value of a wrong kind, which the schema reports
    return None


def _place(view: InputView, branch: Branch, path: TreePath) -> TreePath:
    """Tell where what a plan names is written: in the branch or in a shared entry."""
    if path and path[0] in ("descriptor", "fitting_net"):
        return (*view.item_path(branch, str(path[0])), *path[1:])
    return (*branch.place(str(path[0])), *path[1:]) if path else branch.path


def _written_out(view: InputView, branch: Branch) -> dict[str, Any] | None:
    """Give a branch's parameters without references, and with numbers for what data decide."""
    names = type_map_of(view, branch)
    if not names or str(branch.params.get("type", "standard")) not in _PLANNED:
        return None
    every = types_in_descriptor(branch, names)
    descriptor = _descriptor_in_numbers(view, branch, (len(names), every))
    fitting = view.item(branch, "fitting_net")
    if not isinstance(descriptor, dict) or not descriptor:
        return None
    given: dict[str, Any] = {
        key: value
        for key, value in branch.params.items()
        if key not in _LEFT_OUT and isinstance(key, str) and not key.startswith("_")
    }
    given |= {"type_map": names, "descriptor": descriptor}
    if isinstance(fitting, dict):
        given["fitting_net"] = _without_extras(fitting)
    if leaves_spin_out(branch):
        given.pop("spin", None)
    elif has_virtual_spin(branch):
        # whatever `spin` says, which other rules judge: the sizes are the same
        used = [True] + [False] * (len(names) - 1)
        given["spin"] = {"use_spin": used, "virtual_scale": 0.3}
    return given


def _descriptor_in_numbers(view: InputView, branch: Branch, types: tuple[int, int]) -> Any:
    """Give a branch's descriptor, with members in the place of references where DeePMD-kit does."""
    params = view.item(branch, "descriptor")
    members = as_dict(params).get("list")
    if isinstance(branch.params.get("descriptor"), dict) and isinstance(members, list):
        written = [
            view.shared.get(each.split(":")[0]) if isinstance(each, str) else each
            for each in members
        ]
        params = {**params, "list": written}
    return with_numbers(params, types)


def with_numbers(params: Any, types: tuple[int, int], depth: int = 0) -> Any:
    """Put some numbers of neighbours in the place of texts in a descriptor.

    Only for `se_e2_a` DeePMD-kit adds the numbers of the virtual types of spins by itself.

    Parameters
    ----------
    params : object
        The descriptor, of any kind.
    types : tuple of int
        How many types there are without and with the virtual ones.
    depth : int, default: 0
        How many hybrids it stands in.
    """
    if not isinstance(params, dict) or depth > MOST_NESTING:
        return None
    each_type = counts_by_type(params)
    kind = canonical_type("descriptor", params, "se_e2_a")
    numbers = [10] * types[kind != "se_e2_a"]
    result: dict[str, Any] = {}
    for key, value in _without_extras(params).items():
        if key == "sel" and each_type:
            result[key] = numbers
        elif key in SEL_KEYS and isinstance(value, str):
            result[key] = 10
        elif key == "list" and isinstance(value, list):
            result[key] = [with_numbers(each, types, depth + 1) for each in value]
        elif isinstance(value, dict):
            result[key] = {
                name: 10 if name in SEL_KEYS and isinstance(below, str) else below
                for name, below in value.items()
                if not str(name).startswith("_")
            }
        else:
            result[key] = value
    if each_type:
        result.setdefault("sel", numbers)
    elif kind not in ("dpa2", "dpa3", "hybrid"):
        result.setdefault("sel", 10)
    return result


def _without_extras(params: dict[Any, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in params.items()
        if isinstance(key, str) and key not in _LEFT_OUT and not key.startswith("_")
    }
