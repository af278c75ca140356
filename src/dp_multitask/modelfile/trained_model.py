# SPDX-License-Identifier: LGPL-3.0-or-later
"""A model file or checkpoint as the model that a training starts from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from dp_multitask.checks.against.findings import judge
from dp_multitask.checks.against.starting_point import ONLY, Shapes, StartingPoint
from dp_multitask.diagnostics import Diagnostic
from dp_multitask.errors import ConfigError, ModelFileError, format_path
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


def unlike_input(tree: Mapping[str, Any], config: Mapping[str, Any]) -> list[Diagnostic]:
    """Find in which branches a model is not the one that a training input describes.

    Other classes, sizes and type maps are errors, other settings warnings; branches that only one
    of the two has, and what the input leaves to a pre-trained model (``"descriptor": {}``), are
    left out.
    """
    configs: dict[str, Any] = {**branch_configs(tree)} or {ONLY: tree.get("model_def_script")}
    branches = {name: each for name, each in configs.items() if isinstance(each, Mapping)}
    models = tree["model"].get("model_dict") or {ONLY: tree["model"]}
    shapes = {name: _shapes(models.get(name)) for name in branches}
    point = StartingPoint("the model", "model_dict" in tree["model"], branches, {}, shapes)
    verdict = judge(config, point, mode="restart", left_open=True)
    return [
        each._replace(severity="error") if each.code == "DPM804" else each
        for each, _ in verdict.findings
        if each.code != "DPM803"
    ]


def refuse_unlike(tree: Mapping[str, Any], config: Mapping[str, Any]) -> list[str]:
    """Refuse an input that describes another model; give what only differs in a setting.

    Raises
    ------
    ConfigError
        A branch has another class, size or type map than the model.
    """
    found = unlike_input(tree, config)
    for each in found:
        if each.severity == "error":
            hint = "give the input that the model was trained with"
            raise ConfigError(each.message, path=each.path, hint=hint)
    return [f"unlike the input, {format_path(each.path)}: {each.message}" for each in found]


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
