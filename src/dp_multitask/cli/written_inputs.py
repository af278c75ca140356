# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the commands that write inputs say of their results."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from dp_multitask.errors import format_path

_SHOWN = 5


def report_what_is_left(config: Mapping[str, Any], *, schema: str = "3.2") -> bool:
    """Check an input that was written, and say what would still go wrong with it.

    An input that only DeePMD-kit's TensorFlow backend takes is fine, too.

    Returns
    -------
    bool
        Whether there are errors.
    """
    from dp_multitask.checks.check import check

    errors = [each for each in check(config, schema=schema) if each.severity == "error"]
    if not errors:
        return False
    for_tf = check(config, schema=schema, backend="tf")
    if not any(each.severity == "error" for each in for_tf):
        print("note: only the TensorFlow backend takes the result", file=sys.stderr)
        return False
    for each in errors[:_SHOWN]:
        hint = f" ({each.hint})" if each.hint else ""
        place = format_path(each.path) or "the input"
        print(f"left to you: {place}: {each.message}{hint} [{each.code}]", file=sys.stderr)
    if len(errors) > _SHOWN:
        more = len(errors) - _SHOWN
        print(f"and {more} more: dp-multitask check tells all of them", file=sys.stderr)
    return True
