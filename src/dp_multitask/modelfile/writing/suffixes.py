# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which files a model can be written to, and how to get to those that others write."""

from __future__ import annotations

import os

from dp_multitask.errors import UsageError
from dp_multitask.text.marks import CHECKPOINT_SUFFIXES, HDF5_SUFFIXES, YAML_SUFFIXES

_BY_UNPACK = (".pt", ".jax")
_BY_CONVERTING = frozenset(CHECKPOINT_SUFFIXES) - {".ckpt", *_BY_UNPACK} | {".pd", ".json"}


def check_writable_suffix(path: str | os.PathLike[str]) -> None:
    """Refuse a suffix that is no model file's of ours, and say what makes such a file.

    Raises
    ------
    UsageError
        The suffix is unknown, or that of a backend of DeePMD-kit.
    """
    target = os.fspath(path)
    stem, suffix = os.path.splitext(target)
    suffix = suffix.lower()
    if suffix in (*HDF5_SUFFIXES, *YAML_SUFFIXES):
        return
    msg = f"unknown model file suffix {suffix!r}"
    hint = f"known: {', '.join((*HDF5_SUFFIXES, *YAML_SUFFIXES))}"
    if suffix in _BY_UNPACK:
        msg = f"{suffix!r} is a checkpoint of DeePMD-kit, not a model file"
        hint = f"write {stem}.dp, then: dp-multitask unpack {stem}.dp -o {target}"
    elif suffix in _BY_CONVERTING:
        msg = f"{suffix!r} is a backend's own format, not a model file"
        hint = f"write one branch as {stem}.dp, then: dp convert-backend {stem}.dp {target}"
    raise UsageError(msg, source=target, hint=hint)
