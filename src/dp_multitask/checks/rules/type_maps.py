# SPDX-License-Identifier: LGPL-3.0-or-later
"""The one type map that all branches share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.rule import SHARING, Finding, rule
from dp_multitask.checks.rules.view import InputView
from dp_multitask.config import reference_findings
from dp_multitask.text.plain_data import describe


@rule("DPM204", "error", *SHARING)
def not_one_shared_type_map(view: InputView) -> Iterator[Finding]:
    """The branches do not reference exactly one shared type map.

    DeePMD-kit asserts that all branches together reference one type map of `shared_dict`, and
    compares the references as they are written: `types` and `types:0` count as two. A linear
    model with shared parts may also reference none.

        "shared_dict": {"types": ["O", "H"]},
        "model_dict": {"water": {"type_map": "types"}, "ice": {"type_map": "types"}}
    """
    required = view.kind == "multitask" and bool(view.branches)
    return reference_findings.not_one_type_map(view, required=required)


@rule("DPM205", "error", *SHARING)
def shared_over_different_type_maps(view: InputView) -> Iterator[Finding]:
    """Branches with different type maps share a descriptor or a fitting net.

    The shared parameters are indexed by type: entry 0 would be O in one branch and H in another.
    DeePMD-kit links them without a word, and a branch without any type map passes too.

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
            if own == base or path in reported or not (own is None or isinstance(own, list)):
                continue
            written = link.branch.params.get("type_map")
            if own is None and written is not None:
                continue  # a reference that names nothing: DPM101 says so
            reported.add(path)
            found = "no type map" if own is None else f"the type map {_short(own)}"
            msg = (
                f"branch {link.branch.name!r} has {found} but shares {key!r} with "
                f"{links[0].branch.name!r}, whose type map is {_short(base)}"
            )
            yield Finding(path, msg, "reference the same shared type map in every branch")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{describe(value)} of {len(value)} names"
