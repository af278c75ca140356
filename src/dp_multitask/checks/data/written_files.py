# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whether the files that a training writes can be written where the input puts them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.codes import severity_of
from dp_multitask.checks.named_files import exists, is_file_on_the_way, place_of
from dp_multitask.checks.rules.view import InputView, as_dict, number
from dp_multitask.diagnostics import Diagnostic
from dp_multitask.errors import TreePath

_CODE = "DPM714"


def written_files(view: InputView, folder: str) -> Iterator[Diagnostic]:
    """Find files that cannot be written (3.2.0): no folder is made for them, or one is in the way.

    Parameters
    ----------
    view : InputView
        The whole input.
    folder : str
        The folder that relative paths count from.
    """
    training = view.training
    validating = as_dict(view.data.get("validating"))
    yield from _file(("training", "disp_file"), training, folder, "the learning curve")
    validates = _validates(validating, training)
    if validates and view.backend == "pt":
        path = ("validating", "full_val_file")
        yield from _file(path, validating, folder, "the log of the validation")
    if view.backend != "pt":
        return
    checkpoint = training.get("save_ckpt")
    places = {
        ("training", "save_dir"): training.get("save_dir"),
        ("training", "save_ckpt"): os.path.dirname(checkpoint)
        if isinstance(checkpoint, str) and not training.get("save_dir")
        else None,
        ("validating", "save_best_dir"): validating.get("save_best_dir") if validates else None,
    }
    for path, name in places.items():
        if isinstance(name, str) and name and is_file_on_the_way(folder, name):
            message = f"the folder of checkpoints {name!r} cannot be made: there is a file"
            yield _said(path, message, "name another folder")


def _file(
    path: TreePath, values: dict[Any, Any], folder: str, what: str
) -> Iterator[Diagnostic]:
    name = values.get(path[-1])
    if not isinstance(name, str) or (not name and path[0] == "training"):
        return  # a learning curve without a name is found without looking
    place = place_of(folder, name)
    if not exists(folder, os.path.dirname(name) or "."):
        message = f"the folder of {what} {name!r} does not exist"
        yield _said(path, message, "create it, or correct the path")
    elif place is not None and os.path.isdir(place):
        yield _said(path, f"{name!r} is a folder, expected the file of {what}", "name a file")


def _validates(validating: dict[Any, Any], training: dict[Any, Any]) -> bool:
    """Tell whether the full validation takes place, whose files are made at its start."""
    averaged = validating.get("ema_full_validation") is True and training.get("enable_ema") is True
    start, steps = number(validating.get("full_val_start", 0.5)), number(training.get("numb_steps"))
    never = start == 1 or (start is not None and steps is not None and start > max(steps, 1))
    return (validating.get("full_validation") is True or averaged) and not never


def _said(path: TreePath, message: str, hint: str) -> Diagnostic:
    return Diagnostic(_CODE, severity_of(_CODE), path, None, message, hint)
