# SPDX-License-Identifier: LGPL-3.0-or-later
"""Split a branch off a multitask model file, and merge single models into one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from dp_multitask.config.branch_names import ALIAS_KEY
from dp_multitask.errors import UsageError
from dp_multitask.modelfile.payload import join_payloads
from dp_multitask.modelfile.reading.reader import open_model
from dp_multitask.modelfile.writing.save import save_model


def split_branch(
    source: str | os.PathLike[str], branch: str, target: str | os.PathLike[str]
) -> None:
    """Write one branch of a multitask model file as a single-model file.

    Variables are streamed: memory is bounded by the largest, whatever the branch holds. Checksums
    are compared on the way.

    Parameters
    ----------
    source : path
        The multitask model file; it is only read.
    branch : str
        A branch or an alias.
    target : path
        The file to create or replace.

    Raises
    ------
    UsageError
        `target` is `source`.
    UnknownBranchError
        There is no such branch.
    ModelFileError
        The source is broken.
    FileAccessError
        A file cannot be read or written.
    """
    refuse_same_file(source, target)
    with open_model(source) as file:
        save_model(target, file.branch(branch))


def merge_branches(
    branches: Mapping[str, str | os.PathLike[str] | Mapping[str, Any]],
    target: str | os.PathLike[str],
    *,
    shared_links: Mapping[str, Any],
    shared_dict: Mapping[str, Any] | None = None,
    aliases: Mapping[str, Any] | None = None,
) -> None:
    """Write single models as the branches of one multitask model file.

    Parameters
    ----------
    branches : mapping
        Branch name -> model file or payload. Files are streamed.
    target : path
        The file to create or replace.
    shared_links : mapping
        What the branches share, as `preprocess_shared_params` gives it; ``{}`` for nothing.
    shared_dict : mapping, optional
        The configurations of what is shared, for ``model_def_script``.
    aliases : mapping, optional
        Branch name -> its ``model_branch_alias``, in place of what its own file says.

    Raises
    ------
    SharingError
        Variables that are declared shared differ, or a link does not fit the branches.
    BranchNameError
        A branch cannot be named so.
    ModelTreeError
        A branch is no single model.
    UsageError
        There is no branch, or `target` is one of the sources.
    """
    if not branches or not isinstance(branches, Mapping):
        msg = "there is no branch to merge, expected a mapping of names to models"
        raise UsageError(msg)
    with ExitStack() as stack:
        payloads: dict[str, Mapping[str, Any]] = {}
        files: dict[str, str] = {}
        for name, source in branches.items():
            if isinstance(source, Mapping):
                payloads[name] = source
            else:
                refuse_same_file(source, target)
                files[name] = os.fspath(source)
                payloads[name] = stack.enter_context(open_model(source)).tree()
        tree = join_payloads(payloads, files)
        scripts = tree["model_def_script"]["model_dict"]
        for name, given in (aliases or {}).items():
            if name in scripts:
                scripts[name] = {**scripts[name], ALIAS_KEY: given}
        if shared_dict is not None:
            tree["model_def_script"]["shared_dict"] = dict(shared_dict)
        tree["shared_links"] = dict(shared_links)
        save_model(target, tree)


def refuse_same_file(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Raise UsageError when both paths name one file."""
    try:
        same = os.path.samefile(source, target)
    except OSError:
        return
    if same:
        msg = "source and target are the same file"
        raise UsageError(msg, source=os.fspath(target), hint="name another target")
