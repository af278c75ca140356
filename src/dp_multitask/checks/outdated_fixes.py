# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fixes of outdated keys: what ``dp train`` does with them, written into the input."""

from __future__ import annotations

from typing import Any

from dp_multitask.diagnostics import Diagnostic, Fix
from dp_multitask.errors import TreePath

OUTDATED = "DPM018"


def with_fixes(findings: list[Diagnostic], config: Any) -> list[Diagnostic]:
    """Give findings on outdated keys the edits by which an upgrade mends each of them."""
    if not any(each.code == OUTDATED for each in findings):
        return findings
    from dp_multitask.config.upgrade.training import optimizer, removed_keys, warmup

    edits: dict[TreePath, Fix] = {}
    for stage in (removed_keys, warmup, optimizer):
        for remark in stage(config, "3.2"):
            if remark.edits:
                edits[remark.path] = Fix(remark.message, remark.edits, "safe")
    return [
        each._replace(fix=edits.get(each.path)) if each.code == OUTDATED else each
        for each in findings
    ]
