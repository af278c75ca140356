# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a trained model of DeePMD-kit to the tree of a native model file."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from dp_multitask.config.links import SharedLinks, links_as_json
from dp_multitask.config.model_section import branches_of
from dp_multitask.config.resolve import preprocess_shared_params
from dp_multitask.config.training_input import resolve_input
from dp_multitask.deepmd_kit.checkpoint import SINGLE_BRANCH, Checkpoint, read_checkpoint
from dp_multitask.deepmd_kit.installed import DEEPMD_ERRORS, deepmd_module, quiet_deepmd
from dp_multitask.deepmd_kit.interning import Interner
from dp_multitask.deepmd_kit.jax_extras import restore_extras
from dp_multitask.deepmd_kit.plain import plain_tree
from dp_multitask.deepmd_kit.pytorch_model import serialize_branch
from dp_multitask.deepmd_kit.stored_sharing import links_of_tensors, shared_by_more_than_one
from dp_multitask.errors import CheckpointError, FileAccessError, SharingError
from dp_multitask.modelfile.payload import BRANCH_EXTRAS, branch_names, resolve_branch
from dp_multitask.modelfile.reading.formats import has_own_reader
from dp_multitask.modelfile.reading.hdf5_model import refuse_other_files
from dp_multitask.modelfile.reading.load import load_model
from dp_multitask.modelfile.writing.stored_once import UNSHARED, different_variables

Progress = Callable[[str, int, int], None]
"""Called after each branch with its name, the number of branches done, and of all."""


class Packed(NamedTuple):
    """What `pack` made.

    Attributes
    ----------
    tree : dict
        The payload, ready for `dp_multitask.save_model`.
    warnings : list of str
        What a user should know.
    """

    tree: dict[str, Any]
    warnings: list[str]


def pack(
    path: str | os.PathLike[str],
    branches: Sequence[str] = (),
    *,
    config: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Packed:
    """Read a trained model with DeePMD-kit and make the payload of a model file.

    Parameters
    ----------
    path : str or path
        A ``.pt`` training checkpoint, or any file or folder that a backend of the installed
        DeePMD-kit serialises (``.pth``, ``.jax``, ``.pb``, ``.dp`` ...).
    branches : sequence of str, optional
        Names or aliases of the branches to take; all by default.
    config : mapping, optional
        The training input. Its references are the sharing that the result declares; without it,
        the tensors that the checkpoint stores once tell.
    progress : callable, optional
        Told of every branch that is done.

    Returns
    -------
    Packed
        Variables that are declared shared but differ are listed under ``unshared_variables``, so
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
        raise FileAccessError(msg, source=source)
    if source.endswith(".pt"):
        packed = _pack_checkpoint(read_checkpoint(source), branches, config, progress)
    else:
        packed = _pack_model_file(source, branches, config)
    return _keep_different_apart(packed)


def _pack_checkpoint(
    checkpoint: Checkpoint,
    wanted: Sequence[str],
    config: Mapping[str, Any] | None,
    progress: Progress | None,
) -> Packed:
    params = checkpoint.branches()
    names = _chosen(wanted, params, checkpoint.source)
    trees: dict[str, Any] = {}
    distances: dict[str, float] = {}
    interner = Interner()
    for number, name in enumerate(names, 1):
        state = checkpoint.branch_state(name)
        tree, distance = serialize_branch(state, params[name], name, checkpoint.source)
        trees[name] = interner.intern(tree)
        if distance is not None:
            distances[name] = distance
        if progress is not None:
            progress(name, number, len(names))
    payload: dict[str, Any] = {
        "backend": "PyTorch",
        "pt_version": str(deepmd_module("torch").__version__),
    }
    warnings = _left_out(checkpoint)
    if not checkpoint.is_multitask:
        payload |= {
            "model": trees[SINGLE_BRANCH],
            "model_def_script": plain_tree(checkpoint.params),
            "train_infos": plain_tree(checkpoint.train_infos),
            "@variables": {"min_nbor_dist": distances[SINGLE_BRANCH]} if distances else {},
        }
        return Packed(payload, warnings)
    script = plain_tree(checkpoint.params)
    script["model_dict"] = {name: script["model_dict"][name] for name in names}
    links, doubts = _declared_links(checkpoint, config, params)
    payload |= {
        "model": {"model_dict": trees},
        "model_def_script": script,
        "shared_links": _links_among(links, names),
        "train_infos": plain_tree(checkpoint.train_infos),
        # not as one mapping at the top: the JAX backend expects a single number there
        BRANCH_EXTRAS: {
            name: {"@variables": {"min_nbor_dist": each}} for name, each in distances.items()
        },
        "@variables": {},
    }
    return Packed(payload, warnings + doubts)


def _declared_links(
    checkpoint: Checkpoint,
    config: Mapping[str, Any] | None,
    params: Mapping[str, Mapping[str, Any]],
) -> tuple[SharedLinks, list[str]]:
    """Find out what the training job shared: from its input, its references or its tensors."""
    if config is not None:
        return _links_of_input(config, params), []
    if any(isinstance(each.get("descriptor"), str) for each in params.values()):
        return preprocess_shared_params(checkpoint.params, False)[1], []
    shared_dict = checkpoint.params.get("shared_dict") or {}
    links = links_of_tensors(checkpoint.identities(), params, shared_dict)
    doubts = []
    if not links and (likely := shared_by_more_than_one(params, shared_dict)):
        doubts.append(
            "the checkpoint stores every tensor for one branch alone, though several branches "
            f"look like the shared {', '.join(map(repr, likely))}; give the training input with "
            "--config if they share it"
        )
    return links, doubts


def _links_of_input(
    config: Mapping[str, Any], branches: Collection[str]
) -> SharedLinks:
    resolved = resolve_input(config)
    declared = branches_of(resolved["model"])
    missing = [name for name in branches if name not in declared]
    if missing:
        msg = f"the input has no branch {missing[0]!r}, which the checkpoint has"
        hint = "give the input that the checkpoint was trained with"
        raise SharingError(msg, path=("model", "model_dict"), hint=hint)
    links: SharedLinks = resolved["shared_links"]
    return links


def _links_among(links: SharedLinks, names: Collection[str]) -> SharedLinks:
    """Keep the links of some branches; an entry without any is dropped."""
    kept = {
        key: entry | {"links": [each for each in entry["links"] if each["model_key"] in names]}
        for key, entry in links_as_json(links).items()
    }
    return {key: entry for key, entry in kept.items() if entry["links"]}


def _pack_model_file(
    source: str, wanted: Sequence[str], config: Mapping[str, Any] | None
) -> Packed:
    # DeePMD-kit's loader of HDF5 follows what a file says into other files
    tree = load_model(source) if has_own_reader(source) else _serialize(source)
    names = branch_names(tree)
    if not names:
        _chosen(wanted, {SINGLE_BRANCH: {}}, source)
        return Packed(tree, [])
    chosen = [resolve_branch(name, tree, source) for name in wanted] or names
    for section in ("model", "model_def_script"):
        held = tree[section]["model_dict"]
        tree[section]["model_dict"] = {name: held[name] for name in names if name in chosen}
    if isinstance(tree.get("min_nbor_dist"), dict):
        held = tree["min_nbor_dist"]
        tree["min_nbor_dist"] = {name: held[name] for name in held if name in chosen}
    if BRANCH_EXTRAS in tree:
        held = tree[BRANCH_EXTRAS]
        tree[BRANCH_EXTRAS] = {name: held[name] for name in held if name in chosen}
    if config is not None:
        tree["shared_links"] = _links_of_input(config, names)
    if "shared_links" in tree:
        tree["shared_links"] = _links_among(tree["shared_links"], chosen)
    tree.pop(UNSHARED, None)
    return Packed(tree, [])


def _serialize(source: str) -> dict[str, Any]:
    """Let the backend that wrote a file serialise it; of HDF5, only what is plain."""
    if source.endswith(".hlo"):
        refuse_other_files(source)
    backends = deepmd_module("deepmd.backend.backend")
    with quiet_deepmd():
        try:
            backend = backends.Backend.detect_backend_by_model(source)()
            data = restore_extras(backend.serialize_hook(source))
        except ModuleNotFoundError as err:
            deepmd_module(err.name or "deepmd")
            raise
        except DEEPMD_ERRORS as err:
            text = " ".join(str(err).split())[:300]
            msg = f"DeePMD-kit cannot serialise this file: {type(err).__name__}: {text}"
            hint = "the documentation lists what each backend reads"
            raise CheckpointError(msg, source=source, hint=hint) from err
    tree: dict[str, Any] = plain_tree(data)
    return tree


def _chosen(
    wanted: Sequence[str], params: Mapping[str, Mapping[str, Any]], source: str
) -> list[str]:
    """Give the branches to take in the checkpoint's order."""
    if not wanted:
        return list(params)
    script = {"model": {"model_dict": params}, "model_def_script": {"model_dict": params}}
    if list(params) == [SINGLE_BRANCH]:
        script = {"model": {}, "model_def_script": {}}
    found = {resolve_branch(name, script, source) for name in wanted}
    return [name for name in params if name in found]


def _left_out(checkpoint: Checkpoint) -> list[str]:
    """Name what is not packed, but for the optimizer's state, which every checkpoint has."""
    left_out = [key for key in checkpoint.left_out if key != "optimizer"]
    if not left_out:
        return []
    what = ", ".join(map(repr, left_out))
    return [f"a model file has no place for the checkpoint's {what}; keep the checkpoint for it"]


def _keep_different_apart(packed: Packed) -> Packed:
    tree, warnings = packed
    different = different_variables(tree) if branch_names(tree) else []
    if not different:
        return packed
    named = [
        f"declared shared but different, each branch keeps its own: {path}" for path in different
    ]
    return Packed(tree | {UNSHARED: different}, warnings + named)
