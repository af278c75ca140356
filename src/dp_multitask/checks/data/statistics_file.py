# SPDX-License-Identifier: LGPL-3.0-or-later
"""The file of statistics that an input names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.codes import severity_of
from dp_multitask.checks.named_files import exists, is_file_on_the_way, place_of
from dp_multitask.diagnostics import Diagnostic
from dp_multitask.errors import TreePath
from dp_multitask.system_files import READING
from dp_multitask.text.marks import HDF5_SIGNATURE


def statistics_findings(
    place: TreePath, holder: dict[Any, Any], folder: str, schema: str
) -> Iterator[Diagnostic]:
    """Find what is wrong with the ``stat_file`` of a section that holds data, at its place."""
    file = holder.get("stat_file")
    if not isinstance(file, str):
        return
    found = place_of(folder, file)
    if found is not None and os.path.exists(found):
        yield from _no_statistics(found, place, file)
        return
    path = (*place, "stat_file")
    if holder.get("stat_file_mode") == "read":
        message = f"the statistics file {file!r} does not exist, but is only to be read"
        hint = "correct it, or use the mode 'update'"
        yield Diagnostic("DPM702", severity_of("DPM702"), path, None, message, hint)
    elif is_file_on_the_way(folder, file):
        message = f"the statistics file {file!r} cannot be written: a part of its path is a file"
        hint = "name another folder for it"
        yield Diagnostic("DPM703", severity_of("DPM703"), path, None, message, hint)
    elif schema.startswith(("3.0", "3.1")) and not exists(folder, os.path.dirname(file) or "."):
        message = f"the folder of the statistics file {file!r} does not exist"
        hint = "create it, or correct the path"
        yield Diagnostic("DPM703", severity_of("DPM703"), path, None, message, hint)


def _no_statistics(path: str, place: TreePath, name: str) -> Iterator[Diagnostic]:
    """Find a file that is no HDF5 file; a folder holds statistics, too."""
    try:
        file = os.open(path, READING)
    except OSError:
        return
    try:
        start = os.read(file, len(HDF5_SIGNATURE))
    except OSError:
        return  # a folder
    finally:
        os.close(file)
    if start != HDF5_SIGNATURE:
        message = f"the statistics file {name!r} is no HDF5 file"
        hint = "name another file, or remove this one, so that it is written anew"
        at, severity = (*place, "stat_file"), severity_of("DPM702")
        yield Diagnostic("DPM702", severity, at, None, message, hint)
