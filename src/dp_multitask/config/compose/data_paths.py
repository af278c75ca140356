# SPDX-License-Identifier: LGPL-3.0-or-later
"""Paths to data in an input that is used in another folder."""

from __future__ import annotations

import os
from typing import Any

from dp_multitask.text.plain_data import copy_tree

_DATA = ("training_data", "validation_data")


def moved_data(config: dict[str, Any], source: str, target: str) -> tuple[dict[str, Any], int]:
    """Copy a single-task input, its data found from another folder; count the paths that changed.

    ``dp train`` takes paths from the folder that it is started in, usually that of the input
    (`source`, empty for the current one). A path is changed if it exists seen from there and does
    not seen from `target`.
    """
    moved = copy_tree(config)
    training = moved.get("training")
    if not isinstance(training, dict) or os.path.abspath(source) == os.path.abspath(target):
        return moved, 0
    changes = [0]

    def new(path: Any) -> Any:
        if not isinstance(path, str) or os.path.isabs(path):
            return path
        there = os.path.join(source, path)
        if not os.path.exists(there) or os.path.exists(os.path.join(target, path)):
            return path
        changes[0] += 1
        return os.path.relpath(there, target or ".")

    for key in _DATA:
        section = training.get(key)
        if isinstance(section, dict) and "systems" in section:
            systems = section["systems"]
            section["systems"] = (
                [new(each) for each in systems] if isinstance(systems, list) else new(systems)
            )
    if "stat_file" in training:
        training["stat_file"] = new(training["stat_file"])
    return moved, changes[0]
