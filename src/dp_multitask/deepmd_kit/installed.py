# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reach the installed DeePMD-kit, or say what to install."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from dp_multitask.errors import MissingDeepmdKitError

DEEPMD_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What DeePMD-kit raises at files and models that it cannot take, assertions included."""

_LAYOUT_OF = (3, 2)
"""The release whose trees model files hold."""

_NEEDS = {
    "torch": "PyTorch",
    "jax": "JAX",
    "flax": "Flax",
    "orbax": "Orbax",
    "tensorflow": "TensorFlow",
    "paddle": "Paddle",
    "e3nn": "e3nn",
}


def deepmd_module(name: str) -> Any:
    """Import a module of DeePMD-kit, or one that its backends stand on.

    Raises
    ------
    MissingDeepmdKitError
        It is not installed, or what it needs is not.
    """
    try:
        with quiet_deepmd():
            return import_module(name)
    except ModuleNotFoundError as err:
        raise _missing(err.name or name) from err
    except ImportError as err:
        msg = f"the installed DeePMD-kit cannot be imported: {err}"
        hint = "repair that environment; 'dp --version' must work in it"
        raise MissingDeepmdKitError(msg, hint=hint) from err


def remedy(otherwise: str) -> str:
    """Give what to do where DeePMD-kit does not take a tree: `otherwise`, unless it is too old."""
    version = str(getattr(deepmd_module("deepmd"), "__version__", ""))
    numbers = tuple(int(each) for each in re.findall(r"\d+", version)[:2])
    if not numbers or numbers >= _LAYOUT_OF:
        return otherwise
    return (
        f"the installed DeePMD-kit is {version}, and model files have the layout of 3.2: "
        "pip install 'deepmd-kit>=3.2'"
    )


def _missing(name: str) -> MissingDeepmdKitError:
    package = name.partition(".")[0]
    what = _NEEDS.get(package, "DeePMD-kit" if package == "deepmd" else package)
    msg = f"this command works through an installed DeePMD-kit, and {what} is not installed"
    hint = "pip install 'dp-multitask[deepmd-kit]' torch"
    if package not in ("deepmd", "torch"):
        hint = f"pip install {package}"
    return MissingDeepmdKitError(msg, hint=f"{hint}, or run it in DeePMD-kit's own environment")


def said(err: BaseException) -> str:
    """Give the class and text of an error that DeePMD-kit raised, in one line."""
    text = " ".join(str(err).split())
    return f"{type(err).__name__}: {text[:300]}"


@contextmanager
def quiet_deepmd() -> Iterator[None]:
    """Keep what DeePMD-kit and its frameworks log and warn about to themselves."""
    before = logging.root.manager.disable
    logging.disable(max(before, logging.WARNING))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
