# SPDX-License-Identifier: LGPL-3.0-or-later
"""The backend by which DeePMD-kit opens multitask model files; DeePMD-kit imports it, nobody else.

It is found by the entry point ``deepmd.backend``. It claims multitask files by their content and
leaves all others, single models included, to DeePMD-kit's own backends.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, ClassVar

from deepmd.backend.backend import Backend

from dp_multitask.errors import DPMultitaskError

_SUFFIXES = (".dp", ".hlo", ".hdf5", ".h5")
_CLAIM = 2
"""More than the 1 of a backend that goes by the suffix."""


@Backend.register("dp-multitask")
class MultitaskBackend(Backend):  # type: ignore[misc]
    """Multitask model files: evaluated by PyTorch where it is installed, else by numpy."""

    name = "dp-multitask"
    features: ClassVar[Any] = Backend.Feature.DEEP_EVAL | Backend.Feature.IO
    suffixes: ClassVar[list[str]] = [".dp"]

    @classmethod
    def match_filename(cls, filename: str) -> int:
        """Claim a file that holds branches."""
        path = os.fspath(filename)
        if not path.lower().endswith(_SUFFIXES) or not os.path.isfile(path):
            return 0
        from dp_multitask.modelfile.reading.reader import open_model

        try:
            with open_model(path) as file:
                return _CLAIM if file.branches else 0
        except DPMultitaskError:  # whoever reads it says what is wrong with it
            return 0

    def is_available(self) -> bool:
        """Say yes: numpy evaluates where PyTorch is not installed."""
        return True

    @property
    def entry_point_hook(self) -> Callable[..., None]:
        """There are no commands: ``dp-multitask`` has its own."""
        raise NotImplementedError

    @property
    def deep_eval(self) -> type[Any]:
        """The class that evaluates one branch."""
        from dp_multitask.deepmd_kit.evaluation import numpy_evaluation, pytorch_evaluation

        return pytorch_evaluation() if find_spec("torch") else numpy_evaluation()

    @property
    def neighbor_stat(self) -> type[Any]:
        """There is none: it is a matter of data, not of a model file."""
        raise NotImplementedError

    @property
    def serialize_hook(self) -> Callable[[str], dict[str, Any]]:
        """What gives the tree of a file."""
        from dp_multitask.modelfile.reading.load import load_model

        return load_model

    @property
    def deserialize_hook(self) -> Callable[[str, dict[str, Any]], None]:
        """What writes a tree: DeePMD-kit's own, for such a file is its to write."""
        from deepmd.dpmodel.utils.serialization import save_dp_model

        hook: Callable[[str, dict[str, Any]], None] = save_dp_model
        return hook
