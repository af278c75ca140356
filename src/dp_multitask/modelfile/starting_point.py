# SPDX-License-Identifier: LGPL-3.0-or-later
"""A model file or checkpoint as the model that a training starts from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from dp_multitask.checks.against.starting_point import ONLY, Shapes, StartingPoint
from dp_multitask.errors import ModelFileError
from dp_multitask.modelfile.payload import branch_configs
from dp_multitask.modelfile.reading.reader import ModelFile, open_model
from dp_multitask.modelfile.tree import iter_variables


def starting_point(path: str | os.PathLike[str]) -> StartingPoint:
    """Read what a check needs of a trained model: configs and shapes, no values.

    Parameters
    ----------
    path : str or path
        A file that `open_model` takes.

    Raises
    ------
    FileAccessError, ModelFileError
        The file cannot be read, or does not say how its model was configured.
    """
    name = os.fspath(path)
    with open_model(name) as file:
        if file.branches:
            configs = dict(branch_configs(file.skeleton))
            unique = {
                alias: names[0] for alias, names in file.aliases.items() if len(names) == 1
            }
            shapes = {each: _shapes(file.branch(each)["model"]) for each in file.branches}
            configs = {each: configs[each] for each in file.branches if each in configs}
            return StartingPoint(name, True, configs, unique, shapes)
        return StartingPoint(name, False, {ONLY: _script(file)}, {}, {ONLY: _single(file)})


def _script(file: ModelFile) -> Mapping[str, Any]:
    script = file.skeleton.get("model_def_script")
    if not isinstance(script, dict):
        msg = "the file does not say how its model was configured"
        raise ModelFileError(msg, source=str(file.path), hint="it has no 'model_def_script'")
    return script


def _single(file: ModelFile) -> Shapes:
    return _shapes(file.tree()["model"])


def _shapes(tree: Any) -> Shapes:
    if not isinstance(tree, Mapping):
        return {}
    return {
        path: tuple(getattr(variable, "shape", ()))
        for path, variable in iter_variables(tree)
        if variable is not None
    }
