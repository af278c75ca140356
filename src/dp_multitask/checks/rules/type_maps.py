# SPDX-License-Identifier: LGPL-3.0-or-later
"""Type maps, and the one that all branches share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.components import type_map_of
from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.view import InputView, is_misspelt
from dp_multitask.config import reference_findings
from dp_multitask.config.model_section import Branch
from dp_multitask.diagnostics import Fix
from dp_multitask.errors import TreePath
from dp_multitask.text.plain_data import describe


@rule("DPM204", "error")
def not_one_shared_type_map(view: InputView) -> Iterator[Finding]:
    """The branches do not reference exactly one shared type map.

    DeePMD-kit asserts that all branches together reference one type map of `shared_dict`, and
    compares the references as they are written: `types` and `types:0` count as two.

        "shared_dict": {"types": ["O", "H"]},
        "model_dict": {"water": {"type_map": "types"}, "ice": {"type_map": "types"}}
    """
    return reference_findings.not_one_type_map(view, required=bool(view.branches))


@rule("DPM205", "error")
def shared_over_different_type_maps(view: InputView) -> Iterator[Finding]:
    """Branches with different type maps share a descriptor or a fitting net.

    The shared parameters are indexed by type: entry 0 would be O in one branch and H in another.
    DeePMD-kit links them without a word.

    Let every branch reference the one shared type map.
    """
    reported = set()
    for key, links in view.links.items():
        base = view.item(links[0].branch, "type_map")
        if not isinstance(base, list):
            continue
        for link in links[1:]:
            own = view.item(link.branch, "type_map")
            path = link.branch.place("type_map")
            if own == base or path in reported or not isinstance(own, list) or [] in (own, base):
                continue  # where it has none, others say so
            reported.add(path)
            msg = (
                f"branch {link.branch.name!r} has the type map {_short(own)} but shares {key!r} "
                f"with {links[0].branch.name!r}, whose type map is {_short(base)}"
            )
            yield Finding(path, msg, "reference the same shared type map in every branch")


@rule("DPM214", "error", *EVERY)
def empty_type_map(view: InputView) -> Iterator[Finding]:
    """The type map is empty.

    Without element names there are no types, and DeePMD-kit stops at arrays of size zero when it
    computes the statistics of the data.

    Write the names of all elements of the data.
    """
    for branch in view.parts:
        if type_map_of(view, branch) == []:
            path = view.item_path(branch, "type_map")
            msg = f"the type map {_entry(path)}has no element"
            yield Finding(path, msg, "write the names of all elements of the data", "key")


@rule("DPM215", "error", *EVERY)
def repeated_element(view: InputView) -> Iterator[Finding]:
    """An element stands twice in the type map.

    The name of an element is looked up in the type map, and one of its places is found; the
    parameters of the other are never trained, and everything that is given per type, such as
    `sel`, is out of step. DeePMD-kit does not say a word.

    Remove one, or write the name that was meant.
    """
    for branch in view.parts:
        path = view.item_path(branch, "type_map")
        names = type_map_of(view, branch) or []
        first: dict[Any, int] = {}
        for place, name in enumerate(names):
            if isinstance(name, str) and first.setdefault(name, place) != place:
                msg = f"the element {name!r} stands twice in the type map"
                yield Finding((*path, place), msg, "remove one, or write the one that was meant")


@rule("DPM216", "error", *EVERY)
def blank_in_type_map(view: InputView) -> Iterator[Finding]:
    """A name in the type map is empty or has blanks around it.

    The names of the data's `type_map.raw` are separated by blanks, so that none of them can ever
    be equal to such a name: DeePMD-kit does not find the element in the type map.

    Write the bare name.
    """
    for branch in view.parts:
        path = view.item_path(branch, "type_map")
        for place, name in enumerate(type_map_of(view, branch) or []):
            if isinstance(name, str) and name.split() != [name]:
                hint = f"write {name.strip()!r}" if name.strip() else "write the element's name"
                msg = f"no element of the data can be called {name!r}"
                fix = Fix.replace((*path, place), name.strip(), "safe") if name.strip() else None
                yield Finding((*path, place), msg, hint, fix=fix)


@rule("DPM217", "error", *EVERY)
def no_type_map(view: InputView) -> Iterator[Finding]:
    """The model has no type map.

    Only the TensorFlow backend can take the types as the data number them. The others need the
    names of the elements, and stop with a `KeyError` when they load the data.

    Add `type_map` with the names of all elements.
    """
    if view.backend == "tf" or not view.model:
        return
    single = [Branch("", ("model",), view.model, view.model, ("model",))]
    for branch in view.branches if view.kind == "multitask" else single:
        if "type_map" not in branch.params and not is_misspelt("type_map", branch.params):
            where = f"branch {branch.name!r}" if branch.name else "the model"
            msg = f"{where} has no type map"
            hint = "add 'type_map' with the names of all elements"
            yield Finding((*branch.path, "type_map"), msg, hint)


def _entry(path: TreePath) -> str:
    return f"{path[-1]!r} " if path[:2] == ("model", "shared_dict") else ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{describe(value)} of {len(value)} names"
