# SPDX-License-Identifier: LGPL-3.0-or-later
"""Energies, forces and virials of one branch of a multitask file, by DeePMD-kit's evaluation.

The branch is taken out into a file of its own, which DeePMD-kit's own class opens; it is gone when
that class has read it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from dp_multitask.errors import UnknownBranchError
from dp_multitask.modelfile.payload import resolve_branch
from dp_multitask.modelfile.reading.load import load_model
from dp_multitask.modelfile.reading.reader import ModelFile, open_model

_DEFAULT = "Default"


@lru_cache
def pytorch_evaluation() -> type[Any]:
    """Make the class that evaluates a branch with PyTorch: energies, forces and virials."""
    from deepmd.pt.infer.deep_eval import DeepEval

    from dp_multitask.deepmd_kit.unpack import unpack

    return _evaluation(DeepEval, ".pt", lambda path, tree: unpack(tree, path))


@lru_cache
def numpy_evaluation() -> type[Any]:
    """Make the class that evaluates a branch with numpy: energies alone."""
    from deepmd.dpmodel.infer.deep_eval import DeepEval

    from dp_multitask.modelfile.writing.save import save_model

    return _evaluation(DeepEval, ".dp", save_model)


def _evaluation(
    base: type[Any], suffix: str, write: Callable[[str, dict[str, Any]], None]
) -> type[Any]:
    class BranchEval(base):  # type: ignore[misc]
        """Evaluates the branch that ``head`` names."""

        def __init__(
            self, model_file: str, *args: Any, head: str | int | None = None, **kwargs: Any
        ) -> None:
            source = os.fspath(model_file)
            with open_model(source) as file:
                branch = branch_of(file, head)
                script = file.skeleton.get("model_def_script", {})
            with tempfile.TemporaryDirectory(prefix="dp-multitask-") as folder:
                single = os.path.join(folder, f"branch{suffix}")
                write(single, load_model(source, branch))
                super().__init__(single, *args, **kwargs)
            self.model_path = source
            self.model_def_script = script

        def get_model_def_script(self) -> dict[str, Any]:
            """Give the config of every branch, as a multitask checkpoint does."""
            script: dict[str, Any] = self.model_def_script
            return script

    return BranchEval


def branch_of(file: ModelFile, head: str | int | None) -> str:
    """Give the branch that a head means, as DeePMD-kit's PyTorch backend does.

    Parameters
    ----------
    file : ModelFile
        A multitask file.
    head : str, int or None
        A name or an alias, whatever its case; any number is the first branch; None is the branch
        with the alias ``Default``.

    Raises
    ------
    UnknownBranchError
        There is none; the message lists those that there are.
    """
    if isinstance(head, int):
        return file.branches[0]
    listed = ", ".join(file.branches)
    known = [*file.branches, *file.aliases]
    if head is None and _DEFAULT not in known:
        msg = "the file has several branches, and none is named"
        hint = f"name one with head=...; its branches: {listed}"
        raise UnknownBranchError(msg, source=file.path, hint=hint)
    name = _DEFAULT if head is None else head
    if name not in known:
        name = next((each for each in known if each.lower() == name.lower()), name)
    if name not in known:
        msg = f"there is no branch or alias {name!r}"
        raise UnknownBranchError(msg, source=file.path, hint=f"its branches: {listed}")
    return resolve_branch(name, file.skeleton, file.path)
