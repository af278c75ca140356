# SPDX-License-Identifier: LGPL-3.0-or-later
"""Find a branch by its name or one of its aliases, in inputs and in model files alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.errors import TreePath, UnknownBranchError
from dp_multitask.text.plain_data import suggest

ALIAS_KEY = "model_branch_alias"
BRANCHES: TreePath = ("model", "model_dict")
RANDOM = "RANDOM"
"""A ``finetune_head`` that asks for a new fitting net; no branch may be called so."""
RESERVED_NAMES = frozenset(("@variables", "@is_variable"))
"""What no branch can be called in a model file: they mark variables."""

SECTIONS_BY_BRANCH: tuple[TreePath, ...] = (
    BRANCHES,
    ("loss_dict",),
    ("training", "data_dict"),
    ("training", "model_prob"),
    ("training", "num_epoch_dict"),
)
"""The mappings of an input with a key for each branch."""

_LISTED = 40


def aliases_of(branches: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give every alias with the branches that bear it, in the order of the branches.

    Parameters
    ----------
    branches : mapping
        Branch name -> the branch's configuration.
    """
    found: dict[str, list[str]] = {}
    for name, branch in branches.items():
        aliases = branch.get(ALIAS_KEY, []) if isinstance(branch, Mapping) else []
        for alias in aliases if isinstance(aliases, list | tuple) else [aliases]:
            if isinstance(alias, str) and name not in found.setdefault(alias, []):
                found[alias].append(name)
    return found


def find_branch(name: str, branches: Mapping[str, Any], *, source: str | None = None) -> str:
    """Give the branch that a name or alias means.

    Upper and lower case count, and a branch's own name goes before another's alias.

    Parameters
    ----------
    name : str
        What the user wrote.
    branches : mapping
        Branch name -> the branch's configuration with its ``model_branch_alias``.
    source : str, optional
        The file, for the error.

    Raises
    ------
    UnknownBranchError
        It names no branch, or is the alias of several.
    """
    if name in branches:
        return name
    aliases = aliases_of(branches)
    bearers = aliases.get(name, [])
    if len(bearers) == 1:
        return bearers[0]
    if bearers:
        msg = f"{name!r} is an alias of several branches: {', '.join(bearers)}"
        raise UnknownBranchError(msg, source=source, hint="name the branch itself")
    if not branches:
        msg = f"there is no branch {name!r}: it is a single model"
        raise UnknownBranchError(msg, source=source, hint="take it as it is, without a branch")
    near = suggest(name, [*branches, *aliases])
    hint = (f"Did you mean {near!r}? " if near else "") + f"branches: {_listing(branches)}"
    if aliases:
        hint += f"; aliases: {_listing(aliases)}"
    msg = f"there is no branch {name!r}"
    raise UnknownBranchError(msg, source=source, hint=hint)


def _listing(names: Mapping[str, Any]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(map(str, list(names)[:_LISTED])) + more
