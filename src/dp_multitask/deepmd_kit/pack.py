# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a trained model of DeePMD-kit to the tree of a native model file."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from dp_multitask import errors
from dp_multitask.checkpoint.archive import is_training_archive
from dp_multitask.checkpoint.branches import branch_payload, outline
from dp_multitask.checkpoint.shared_tensors import shared_by_more_than_one
from dp_multitask.checkpoint.training import EMA, SINGLE_BRANCH, Checkpoint, read_checkpoint
from dp_multitask.config.links import SharedLinks, links_among
from dp_multitask.config.model_section import branches_of
from dp_multitask.config.training_input import resolve_input
from dp_multitask.deepmd_kit.other_backends import serialize_file
from dp_multitask.deepmd_kit.pytorch_model import serialize_branch
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.payload import BRANCH_EXTRAS, branch_names, resolve_branch
from dp_multitask.modelfile.reading.formats import has_own_reader
from dp_multitask.modelfile.reading.load import load_model
from dp_multitask.modelfile.trained_model import refuse_unlike
from dp_multitask.modelfile.writing.stored_once import UNSHARED, different_variables

Progress = Callable[[str, int, int], None]
"""Called after each branch with its name, the number of branches done, and of all."""


class Packed(NamedTuple):
    """What `pack` made.

    Attributes
    ----------
    tree : dict
        The payload, ready for `dp_multitask.save_model`; of a ``.pt``, with lazy variables.
    warnings : list of str
        What a user should look into.
    notes : list of str
        What is left out, and where it is to be found.
    """

    tree: dict[str, Any]
    warnings: list[str]
    notes: list[str]


def pack(
    path: str | os.PathLike[str],
    branches: Sequence[str] = (),
    *,
    config: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Packed:
    """Read a trained model and make the payload of a model file.

    Parameters
    ----------
    path : str or path
        A ``.pt`` training checkpoint, which is read without DeePMD-kit, or any file or folder
        that a backend of the installed DeePMD-kit serialises (``.pth``, ``.jax``, ``.pb`` ...).
    branches : sequence of str, optional
        Names or aliases of the branches to take; all by default.
    config : mapping, optional
        The training input. Its references are the sharing that the result declares; without it,
        the tensors that the checkpoint stores once tell. It is needed for a checkpoint that
        holds weights alone.
    progress : callable, optional
        Told of every branch that is done.

    Returns
    -------
    Packed
        Its variables may be lazy ones of the open file. Those that are declared shared but
        differ are listed under ``unshared_variables``, so
        that every branch keeps its own, and in the warnings.

    Raises
    ------
    CheckpointError
        The file is no checkpoint, or DeePMD-kit cannot serialise it.
    UnknownBranchError
        A branch is not in the file.
    MissingDeepmdKitError
        DeePMD-kit, or the framework that wrote the file, is not installed.
    """
    source = os.fspath(path)
    if not os.path.exists(source):
        msg = "cannot be read: no such file"
        raise errors.FileAccessError(msg, source=source)
    if is_training_archive(source):
        packed = _pack_checkpoint(source, branches, config, progress)
    else:
        packed = _pack_model_file(source, branches, config)
    if config is not None:
        packed = packed._replace(warnings=packed.warnings + refuse_unlike(packed.tree, config))
    return _keep_different_apart(packed)


def _pack_checkpoint(
    source: str,
    wanted: Sequence[str],
    config: Mapping[str, Any] | None,
    progress: Progress | None,
) -> Packed:
    """Read a checkpoint as plain data; DeePMD-kit serialises the branches that have no names."""
    checkpoint = read_checkpoint(OpenedFile(source))
    declared = None if config is None else _resolved(config)
    if checkpoint.params is None and declared is not None:
        checkpoint = checkpoint.with_config(declared["model"])
    params = checkpoint.branches()
    names = _chosen(wanted, params, checkpoint.source)
    payload = outline(checkpoint)
    doubts: list[str] = []
    if checkpoint.is_multitask:
        script = payload["model_def_script"]
        script = {**script, "model_dict": {name: script["model_dict"][name] for name in names}}
        links, doubts = _declared_links(checkpoint, declared, payload["shared_links"])
        payload |= {"model_def_script": script, "shared_links": links_among(links, names)}
        payload["model"]["model_dict"] = {}
    extras: dict[str, Any] = {}
    for number, name in enumerate(names, 1):
        branch, said = _branch(checkpoint, name)
        doubts += said
        if checkpoint.is_multitask:
            payload["model"]["model_dict"][name] = branch["model"]
            if branch["@variables"]:
                extras[name] = {"@variables": branch["@variables"]}
        else:
            payload |= {"model": branch["model"], "@variables": branch["@variables"]}
        if progress is not None:
            progress(name, number, len(names))
    if checkpoint.is_multitask:
        # not as one mapping at the top: the JAX backend expects a single number there
        payload = {**payload, BRANCH_EXTRAS: extras, "@variables": payload["@variables"]}
    return Packed(payload, doubts, _left_out(checkpoint))


def _resolved(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Resolve a multitask input; one of a single task has nothing to resolve."""
    model = config.get("model")
    single = isinstance(model, Mapping) and "model_dict" not in model and "models" not in model
    return config if single else resolve_input(config)


def _branch(checkpoint: Checkpoint, name: str) -> tuple[dict[str, Any], list[str]]:
    """Give the payload of a branch, and what to say of how it came about."""
    try:
        return branch_payload(checkpoint, name), []
    except (errors.CheckpointError, errors.ComponentError, errors.UnsupportedError) as err:
        try:
            tree, distance = serialize_branch(checkpoint, name)
        except errors.MissingDeepmdKitError:
            err.hint = err.hint or "an installed DeePMD-kit can serialise it"
            err.source = err.source or checkpoint.source
            raise err from None
        said = f"the branch {name!r} was serialised by the installed DeePMD-kit: {err.message}"
        variables = {} if distance is None else {"min_nbor_dist": distance}
        return {"model": tree, "@variables": variables}, [said]


def _declared_links(
    checkpoint: Checkpoint, declared: Mapping[str, Any] | None, stored: SharedLinks
) -> tuple[SharedLinks, list[str]]:
    """Find out what the training job shared: from its input, its references or its tensors."""
    params = checkpoint.branches()
    if declared is not None and "shared_links" in declared:
        return _links_of_input(declared, params), []
    shared_dict = checkpoint.model.get("shared_dict") or {}
    if not stored and (likely := shared_by_more_than_one(params, shared_dict)):
        return stored, [
            "the checkpoint stores every tensor for one branch alone, though several branches "
            f"look like the shared {', '.join(map(repr, likely))}; give the training input with "
            "--config if they share it"
        ]
    return stored, []


def _links_of_input(resolved: Mapping[str, Any], branches: Collection[str]) -> SharedLinks:
    declared = branches_of(resolved["model"])
    missing = [name for name in branches if name not in declared]
    if missing:
        msg = f"the input has no branch {missing[0]!r}, which the checkpoint has"
        hint = "give the input that the checkpoint was trained with"
        raise errors.SharingError(msg, path=("model", "model_dict"), hint=hint)
    links: SharedLinks = resolved["shared_links"]
    return links


def _pack_model_file(
    source: str, wanted: Sequence[str], config: Mapping[str, Any] | None
) -> Packed:
    # DeePMD-kit's loader of HDF5 follows what a file says into other files
    own = has_own_reader(source) or source.endswith(".pt")
    tree = load_model(source) if own else serialize_file(source)
    names = branch_names(tree)
    if not names:
        _chosen(wanted, {SINGLE_BRANCH: {}}, source)
        return Packed(tree, [], [])
    chosen = [resolve_branch(name, tree, source) for name in wanted] or names
    for section in ("model", "model_def_script"):
        held = tree[section].get("model_dict") if isinstance(tree.get(section), dict) else None
        if not (isinstance(held, dict) and all(name in held for name in names)):
            msg = f"has branches, but its {section!r} does not say all of them"
            hint = "write the file again with the program that made it"
            raise errors.CheckpointError(msg, source=source, hint=hint)
        tree[section]["model_dict"] = {name: held[name] for name in names if name in chosen}
    if isinstance(tree.get("min_nbor_dist"), dict):
        held = tree["min_nbor_dist"]
        tree["min_nbor_dist"] = {name: held[name] for name in held if name in chosen}
    if BRANCH_EXTRAS in tree:
        held = tree[BRANCH_EXTRAS]
        tree[BRANCH_EXTRAS] = {name: held[name] for name in held if name in chosen}
    if config is not None:
        tree["shared_links"] = _links_of_input(resolve_input(config), names)
    doubts = []
    if "shared_links" in tree:
        tree["shared_links"] = links_among(tree["shared_links"], chosen)
    elif len(chosen) > 1:
        doubts = [_untold(tree["model_def_script"])]
    tree.pop(UNSHARED, None)
    return Packed(tree, doubts, [])


def _untold(script: Mapping[str, Any]) -> str:
    """Say that a file tells nothing of sharing: those of DeePMD-kit's JAX backend do not."""
    params = {
        name: each for name, each in script["model_dict"].items() if isinstance(each, Mapping)
    }
    shared_dict = script.get("shared_dict")
    likely = shared_by_more_than_one(params, shared_dict if isinstance(shared_dict, dict) else {})
    alike = f"; several look like the shared {', '.join(map(repr, likely))}" if likely else ""
    return (
        f"the file does not say what its branches share, and each keeps its own{alike}; give the "
        "training input with --config if they share anything"
    )


def _chosen(
    wanted: Sequence[str], params: Mapping[str, Mapping[str, Any]], source: str
) -> list[str]:
    """Give the branches to take in the checkpoint's order."""
    if not wanted or list(params) == [SINGLE_BRANCH] == sorted(set(wanted)):
        return list(params)
    script = {"model": {"model_dict": params}, "model_def_script": {"model_dict": params}}
    if list(params) == [SINGLE_BRANCH]:
        script = {"model": {}, "model_def_script": {}}
    found = {resolve_branch(name, script, source) for name in wanted}
    return [name for name in params if name in found]


def _left_out(checkpoint: Checkpoint) -> list[str]:
    """Say what is not packed, and where it is to be found."""
    said = []
    if "optimizer" in checkpoint.left_out:
        said.append(
            "the optimizer's state is left out: to restart with it, keep the checkpoint; after "
            "unpack, training goes on with a fresh optimizer"
        )
    if EMA in checkpoint.left_out:
        said.append(
            "the averaged weights are left out: DeePMD-kit saves them as a checkpoint of their "
            "own, whose name has _ema before its suffix (model_ema.ckpt.pt); pack that file"
        )
    others = [key for key in checkpoint.left_out if key not in ("optimizer", EMA)]
    if others:
        what = ", ".join(map(repr, others))
        said.append(f"a model file has no place for the checkpoint's {what}; keep it for that")
    return said


def _keep_different_apart(packed: Packed) -> Packed:
    tree, warnings, notes = packed
    different = different_variables(tree) if branch_names(tree) else []
    if not different:
        return packed
    named = [
        f"declared shared but different, each branch keeps its own: {path}" for path in different
    ]
    return Packed(tree | {UNSHARED: different}, warnings + named, notes)
