# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whether the files that a training input names exist; asked for with ``check --paths``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.view import as_dict
from dp_multitask.diagnostics import Diagnostic, Severity
from dp_multitask.errors import TreePath

EXPLANATIONS: dict[str, tuple[Severity, str, str]] = {
    "DPM701": (
        "error",
        "The data system does not exist",
        "A path under `systems` names no file or folder. Relative paths count from the folder of "
        "the input, which is where training is normally started; only `--paths` looks at them.\n\n"
        "Correct the path.",
    ),
    "DPM702": (
        "error",
        "The statistics file does not exist",
        "With `stat_file_mode: read` the `stat_file` must be there and complete.\n\n"
        "Correct the path, or use the mode `update`, which creates the file.",
    ),
    "DPM703": (
        "warning",
        "The folder for the statistics file does not exist",
        "DeePMD-kit writes the `stat_file` at the start of the training.\n\n"
        "Create the folder, or correct the path.",
    ),
}
"""Code -> (severity, title, explanation)."""


def check_paths(data: Any, folder: str) -> list[Diagnostic]:
    """Find the systems and statistics files of an input that do not exist.

    Parameters
    ----------
    data : object
        The whole input, of any kind.
    folder : str
        The folder that relative paths count from.

    Returns
    -------
    list of Diagnostic
        Codes ``DPM701`` to ``DPM703``, without spans.
    """
    training = as_dict(as_dict(data).get("training"))
    places: list[tuple[TreePath, dict[Any, Any]]] = [(("training",), training)]
    for name, entry in as_dict(training.get("data_dict")).items():
        places.append((("training", "data_dict", name), as_dict(entry)))
    return [
        Diagnostic(code, EXPLANATIONS[code][0], path, None, message, hint)
        for place, section in places
        for code, path, message, hint in _missing(place, section, folder)
    ]


def _missing(
    place: TreePath, section: dict[Any, Any], folder: str
) -> Iterator[tuple[str, TreePath, str, str]]:
    for key in ("training_data", "validation_data"):
        systems = as_dict(section.get(key)).get("systems")
        path = (*place, key, "systems")
        if isinstance(systems, str):
            listed = [(path, systems)]
        elif isinstance(systems, list):
            listed = [((*path, i), each) for i, each in enumerate(systems) if isinstance(each, str)]
        else:
            continue
        for where, system in listed:
            # file.hdf5#/group names a group in a file
            if not _exists(folder, system.partition("#")[0]):
                message = f"the data system {system!r} does not exist"
                yield "DPM701", where, message, f"relative paths count from {folder or '.'!r}"
    file = section.get("stat_file")
    if not isinstance(file, str) or _exists(folder, file):
        return
    if section.get("stat_file_mode") == "read":
        message = f"the statistics file {file!r} does not exist, but is only to be read"
        yield "DPM702", (*place, "stat_file"), message, "correct it, or use the mode 'update'"
    elif not _exists(folder, os.path.dirname(file)):
        message = f"the folder of the statistics file {file!r} does not exist"
        yield "DPM703", (*place, "stat_file"), message, "create it, or correct the path"


def _exists(folder: str, path: str) -> bool:
    try:
        return os.path.exists(os.path.join(folder, os.path.expanduser(path)))
    except ValueError:  # a NUL in the path
        return False
