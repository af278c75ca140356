# SPDX-License-Identifier: LGPL-3.0-or-later
"""A training input of an earlier release of DeePMD-kit, written as one of today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dp_multitask.config.edited_input import EditedInput
from dp_multitask.config.upgrade.remark import Remark
from dp_multitask.errors import ConfigTypeError, NoCounterpartError, UsageError, format_path
from dp_multitask.text.plain_data import describe, too_deep

if TYPE_CHECKING:
    from dp_multitask.text.document import Document

__all__ = ["TARGETS", "Remark", "Upgraded", "upgrade"]

TARGETS = ("3.2", "3.1", "3.0")
"""The releases that inputs can be upgraded to, newest first."""


class Upgraded(NamedTuple):
    """What `upgrade` gives.

    Attributes
    ----------
    data : dict
        The input as it is written today.
    text : str or None
        The same as text, layout and comments kept; None if a mapping was given.
    changes : list of Remark
        What was changed, in order; `path` is the place before the change.
    left : list of Remark
        What the user has to decide before the input can be used.
    """

    data: dict[str, Any]
    text: str | None
    changes: list[Remark]
    left: list[Remark]


def upgrade(source: Document | Mapping[str, Any], *, to: str = TARGETS[0]) -> Upgraded:
    """Write an input of an earlier release of DeePMD-kit as the chosen release wants it.

    Understood are inputs of version 0 and 1, the multitask form of version 2, the flat ``dpa2`` of
    3.0 alphas, renamed types, and keys that were moved or removed since. What means the same today
    stays as it is written.

    Parameters
    ----------
    source : Document or mapping
        The input; not changed. Of a document the layout, comments, key order and spelling of
        numbers are kept.
    to : {"3.2", "3.1", "3.0"}
        The release.

    Returns
    -------
    Upgraded
        With what was changed and what is left to do; no changes if the input is of today.

    Raises
    ------
    NoCounterpartError
        Something in the input has no counterpart in that release; all of it is named.
    EditError
        The text is written in a way that cannot be edited safely, such as through YAML aliases;
        the mapping can still be upgraded.
    ConfigTypeError
        The input is no mapping.
    UsageError
        No such release.

    Examples
    --------
    >>> old = {"model": {"descriptor": {"type": "se_e2_a"}}, "training": {"warmup_steps": 100}}
    >>> new = upgrade(old | {"learning_rate": {"type": "exp"}})
    >>> new.data["learning_rate"]
    {'type': 'exp', 'warmup_steps': 100}
    >>> print(new.changes[0].message)
    'warmup_steps' goes into 'learning_rate'
    """
    from dp_multitask.config.upgrade.stages import STAGES

    if to not in TARGETS:
        msg = f"inputs cannot be upgraded to {to!r}"
        raise UsageError(msg, hint=f"choose one of {', '.join(TARGETS)}")
    data = getattr(source, "data", source)
    if not isinstance(data, Mapping) or too_deep(data):
        msg = f"the input must be a mapping that nests under ten levels, found {describe(source)}"
        raise ConfigTypeError(msg)
    original = EditedInput(source)
    said: list[Remark] = []
    for stage in STAGES:
        remarks = list(stage(original.data, to))
        original = original.edited([edit for each in remarks for edit in each.edits])
        said += remarks
    _refuse([each for each in said if each.kind == "refused"])
    return Upgraded(
        original.data,
        original.text,
        [each for each in said if each.kind == "changed" and each.message],
        [each for each in said if each.kind == "left"],
    )


def _refuse(refusals: list[Remark]) -> None:
    if refusals:
        first, *others = refusals
        also = [f"{format_path(each.path)}: {each.message}" for each in others]
        hint = "; ".join(["change or remove it, then upgrade again", *also])
        raise NoCounterpartError(first.message, path=first.path, hint=hint)
