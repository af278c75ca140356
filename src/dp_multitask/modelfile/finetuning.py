# SPDX-License-Identifier: LGPL-3.0-or-later
"""The input that fine-tunes a trained model: what the file and the data say of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dp_multitask.checks.data.search import Search
from dp_multitask.checks.data.system import System
from dp_multitask.config.compose import Composed
from dp_multitask.config.finetune_input import input_from_branch
from dp_multitask.errors import FileAccessError, MissingKeyError, TypeMapMismatchError
from dp_multitask.modelfile.reading.reader import open_model

if TYPE_CHECKING:
    from dp_multitask.text.document import Document


def finetune_input(
    model: str | os.PathLike[str],
    systems: str | Sequence[str],
    *,
    start_from: str | None = None,
    name: str | None = None,
    keep: Sequence[str] = (),
    trained_with: Mapping[str, Any] | Document | None = None,
) -> Composed:
    """Write the input that fine-tunes a branch of a trained model on new data.

    The model section is the one that the file says it was defined with, so that all shapes fit.
    With a name for the new branch the input is a multitask one, with ``finetune_head`` and the
    branches that are kept; without one it is a single-task input. Either is for
    ``dp --pt train input.json --finetune model.pt``.

    Parameters
    ----------
    model : path
        A model file or checkpoint.
    systems : str or sequence of str
        Folders of data; systems below them are found.
    start_from, name, keep
        The branch to start from (needed if there are several), the new branch, and branches that
        go on training beside it.
    trained_with : mapping or Document, optional
        The input that the model was trained with, for its losses, learning rate and data.

    Returns
    -------
    Composed
        ``data``, the input, and ``notes`` on what was decided and what is left to the user.

    Raises
    ------
    TypeMapMismatchError
        The data has elements that the model does not know.
    FileAccessError
        A folder has no system.
    UnknownBranchError, UsageError, ConfigError
        The branches do not fit together; see `config.finetune_input`.
    """
    with open_model(model) as file:
        script = file.skeleton.get("model_def_script")
        links = file.shared_links
    if not isinstance(script, Mapping) or not script:
        msg = "does not say how its model was defined"
        hint = "take the checkpoint that it was made from"
        raise MissingKeyError(msg, source=os.fspath(model), hint=hint)
    given = [systems] if isinstance(systems, str) else systems
    found = {each.name: each for path in given for each in _systems_below(path)}
    result = input_from_branch(
        script,
        list(found),
        start_from=start_from,
        name=name,
        keep=keep,
        shared_parts=_shared_parts(links.values()),
        trained_with=_data(trained_with),
    )
    for system in found.values():
        _check_types(system, _type_map_of(result.data))
    return result


def _systems_below(path: str) -> list[System]:
    found = Search("").entry(path)
    if not found.systems:
        absent = found.trouble == "absent"
        msg = "no such folder of data" if absent else "there is no system of data in it"
        raise FileAccessError(msg, source=path, hint="a system is a folder with a type.raw")
    return sorted(found.systems, key=lambda each: each.name)


def _check_types(system: System, type_map: Sequence[str]) -> None:
    """Refuse a system with a type that the type map does not have; no atom needs to have it."""
    if system.types is None:
        msg = "the types of its atoms cannot be read"
        hint = "type.raw has one whole number for each atom"
        raise TypeMapMismatchError(msg, source=system.name, hint=hint)
    missing = [each for each in system.type_map or () if each not in type_map]
    if not system.type_map and system.types.highest >= len(type_map):
        missing = [f"type {system.types.highest}"]
    if missing:
        msg = f"has elements that the model does not know: {', '.join(missing)}"
        hint = f"the type map of the model is {' '.join(type_map)}"
        raise TypeMapMismatchError(msg, source=system.name, hint=hint)


def _data(source: Any) -> Mapping[str, Any] | None:
    data: Mapping[str, Any] | None = getattr(source, "data", source)
    return data


def _type_map_of(config: Mapping[str, Any]) -> list[str]:
    """Give the type map of an input that was written here."""
    model = config["model"]
    found = model.get("type_map") or next(
        each for each in model["shared_dict"].values() if isinstance(each, list)
    )
    return list(found)


def _shared_parts(links: Iterable[Any]) -> list[str]:
    """Tell what the branches of the trained model share, and at which level."""
    levels: dict[str, int] = {}
    for entry in links:
        users = entry.get("links", []) if isinstance(entry, Mapping) else []
        for link in users if len(users) > 1 else []:
            part = str(link.get("shared_type"))
            if part in ("descriptor", "fitting_net"):
                levels[part] = min(levels.get(part, link["shared_level"]), link["shared_level"])
    return [f"{part}:{level}" if level else part for part, level in levels.items()]
