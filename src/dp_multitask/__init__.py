# SPDX-License-Identifier: LGPL-3.0-or-later
"""Resolve, check, store and split multitask DeePMD models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dp_multitask.checks.check import check
    from dp_multitask.checks.origin import origin
    from dp_multitask.config.branch import branch_input
    from dp_multitask.config.compose import compose
    from dp_multitask.config.links_view import Links
    from dp_multitask.config.resolve import preprocess_shared_params
    from dp_multitask.config.upgrade import upgrade
    from dp_multitask.deepmd_kit.pack import pack
    from dp_multitask.deepmd_kit.unpack import unpack
    from dp_multitask.errors import DPMultitaskError
    from dp_multitask.modelfile.branches import merge_branches, split_branch
    from dp_multitask.modelfile.comparison import diff
    from dp_multitask.modelfile.finetuning import finetune_input
    from dp_multitask.modelfile.fresh_file import init
    from dp_multitask.modelfile.reading.load import load_model
    from dp_multitask.modelfile.reading.reader import ModelFile, open_model
    from dp_multitask.modelfile.showing import show
    from dp_multitask.modelfile.verify import verify_model
    from dp_multitask.modelfile.writing.save import save_model
    from dp_multitask.registry import get_class_name, register

# Public name -> the module that defines it, imported at first use.
_LOCATIONS = {
    "DPMultitaskError": "dp_multitask.errors",
    "Links": "dp_multitask.config.links_view",
    "ModelFile": "dp_multitask.modelfile.reading.reader",
    "branch_input": "dp_multitask.config.branch",
    "check": "dp_multitask.checks.check",
    "compose": "dp_multitask.config.compose",
    "diff": "dp_multitask.modelfile.comparison",
    "finetune_input": "dp_multitask.modelfile.finetuning",
    "get_class_name": "dp_multitask.registry",
    "init": "dp_multitask.modelfile.fresh_file",
    "load_model": "dp_multitask.modelfile.reading.load",
    "merge_branches": "dp_multitask.modelfile.branches",
    "open_model": "dp_multitask.modelfile.reading.reader",
    "origin": "dp_multitask.checks.origin",
    "pack": "dp_multitask.deepmd_kit.pack",
    "preprocess_shared_params": "dp_multitask.config.resolve",
    "register": "dp_multitask.registry",
    "save_model": "dp_multitask.modelfile.writing.save",
    "show": "dp_multitask.modelfile.showing",
    "split_branch": "dp_multitask.modelfile.branches",
    "unpack": "dp_multitask.deepmd_kit.unpack",
    "upgrade": "dp_multitask.config.upgrade",
    "verify_model": "dp_multitask.modelfile.verify",
}

__all__ = [
    "DPMultitaskError",
    "Links",
    "ModelFile",
    "branch_input",
    "check",
    "compose",
    "diff",
    "finetune_input",
    "get_class_name",
    "init",
    "load_model",
    "merge_branches",
    "open_model",
    "origin",
    "pack",
    "preprocess_shared_params",
    "register",
    "save_model",
    "show",
    "split_branch",
    "unpack",
    "upgrade",
    "verify_model",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "__version__":
        try:
            return import_module("dp_multitask._version").__version__
        except ModuleNotFoundError:  # a source tree that was never built
            return "0+unknown"
    if name not in _LOCATIONS:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_LOCATIONS[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
