# SPDX-License-Identifier: LGPL-3.0-or-later
"""One class for each descriptor, fitting net and model of the native format.

`Component` reads the tree of any of them; `Descriptor`, `Fitting` and `Model` start one from its
part of an input, `Multitask` a whole input. The names are imported when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dp_multitask.components.core.component import Component
    from dp_multitask.components.descriptors.descriptor import Descriptor
    from dp_multitask.components.fittings.fitting import Fitting
    from dp_multitask.components.models.model import Model
    from dp_multitask.components.models.multitask import Multitask

__all__ = ["Component", "Descriptor", "Fitting", "Model", "Multitask"]

_HOMES = {
    "Component": "core.component",
    "Descriptor": "descriptors.descriptor",
    "Fitting": "fittings.fitting",
    "Model": "models.model",
    "Multitask": "models.multitask",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
