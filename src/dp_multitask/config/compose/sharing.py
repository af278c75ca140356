# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which parts of branches are equal, and what they are called once they are shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from dp_multitask.component_types import DEFAULT_TYPE
from dp_multitask.config.differences import ABSENT, Difference, config_differences
from dp_multitask.config.reference import SHARED_ITEMS
from dp_multitask.errors import UsageError, format_path
from dp_multitask.registry import find_type, share_levels

PARTS = tuple(item for item in SHARED_ITEMS if item != "type_map")
DEFAULT_SHARE = ("descriptor",)
"""What is shared unless something else is asked for, beside the type map."""

_NAMES = {"type_map": "type_map_all", "descriptor": "shared_descriptor"}
_NAMES["fitting_net"] = "shared_fitting"
_OF_CASES = "dim_case_embd"


class Share(NamedTuple):
    """A part that is to be shared, and at which level."""

    part: str
    level: int


def parse_share(text: str) -> Share:
    """Read ``descriptor``, ``fitting_net`` or ``descriptor:1``.

    Raises
    ------
    UsageError
        It is none of these.
    """
    part, colon, level = text.partition(":")
    if part not in PARTS or (colon and not level.isdecimal()):
        msg = f"expected PART or PART:LEVEL, found {text!r}"
        raise UsageError(msg, hint=f"a part is {' or '.join(PARTS)}, or alone: none")
    return Share(part, int(level) if colon else 0)


def check_level(share: Share, params: Mapping[str, Any]) -> None:
    """Refuse a level that the class does not have.

    Raises
    ------
    UsageError
        DeePMD-kit's PyTorch backend cannot share the part so.
    """
    type_name = params.get("type", DEFAULT_TYPE[share.part])
    known = find_type(share.part, type_name) if isinstance(type_name, str) else None
    if known is None:
        return
    levels = share_levels(share.part, type_name)
    if share.level not in levels:
        has = ", ".join(map(str, levels)) or "none"
        msg = f"a {type_name!r} cannot be shared at level {share.level}; its levels: {has}"
        raise UsageError(msg, hint=f"--share {share.part}:{levels[0]}" if levels else None)


def as_written(part: str, params: Any) -> Any:
    """Give the parameters of a part as they are."""
    return params


class Alike:
    """What two parts must agree in to be shared.

    Parameters
    ----------
    in_force : callable
        ``in_force(part, params)`` gives the values that count, such as with defaults filled in.
    """

    def __init__(self, in_force: Callable[[str, Any], Any] = as_written) -> None:
        self._in_force = in_force

    def __call__(self, part: str, params: Any) -> Any:
        """Give the values of a part that are compared: no comments, no seeds, usual type names.

        A part that is shared has one seed, that of the entry; of a fitting net the number of tasks
        that it tells apart follows from who shares it.
        """
        return _stripped(part, self._in_force(part, params))


def _stripped(part: str, params: Any) -> Any:
    if isinstance(params, list):
        return [_stripped(part, each) for each in params]
    if not isinstance(params, dict):
        return params
    result = {
        key: _stripped(part, each)
        for key, each in params.items()
        if key not in ("seed", _OF_CASES) and not str(key).startswith("_")
    }
    type_name = params.get("type", DEFAULT_TYPE[part])
    known = find_type(part, type_name) if isinstance(type_name, str) else None
    if known is not None:
        result["type"] = known.name
    return result


def differences(one: Any, other: Any) -> list[str]:
    """Tell in words where two parts differ, comments apart."""
    return [
        f"{format_path(each.path)}: {each.one!r} and {each.other!r}"
        if ABSENT not in (each.one, each.other)
        else f"{format_path(each.path)}: {_given(each)!r} in one of them only"
        for each in config_differences(one, other)
    ]


def _given(difference: Difference) -> Any:
    return difference.other if difference.one is ABSENT else difference.one


def free_key(part: str, taken: Mapping[str, Any]) -> str:
    """Give a shared entry a name that is not taken."""
    name, number = _NAMES[part], 1
    while (name if number == 1 else f"{name}_{number}") in taken:
        number += 1
    return name if number == 1 else f"{name}_{number}"


def shares_of(texts: Sequence[str] | None) -> dict[str, Share]:
    """Read what is to be shared; the descriptor unless something is named.

    Raises
    ------
    UsageError
        A part is no part, or is named twice.
    """
    shares: dict[str, Share] = {}
    if texts == ["none"]:
        return shares
    for text in DEFAULT_SHARE if texts is None else texts:
        share = parse_share(text)
        if share.part in shares:
            msg = f"{share.part!r} is to be shared twice"
            raise UsageError(msg, hint="name each part once, with one level")
        shares[share.part] = share
    return shares
