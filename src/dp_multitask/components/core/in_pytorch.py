# SPDX-License-Identifier: LGPL-3.0-or-later
"""How a class looks in PyTorch: the names in a checkpoint's state, and what its tree is like.

Facts of DeePMD-kit 3.2.0, found by filling a module's tensors with random numbers and looking for
them in what it serialises to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.records import NamedTuple

NOWHERE: Mapping[str, str | None] = {}


def filters(module: str = "", networks: str = "filter_layers") -> dict[str, str | None]:
    """Give the names of the networks and statistics of an environment, as a module has them."""
    names = {"embeddings": networks, "embeddings_strip": f"{networks}_strip"}
    names |= {"davg": "mean", "dstd": "stddev"}
    return {name: f"{module}{place}" for name, place in names.items()}


class InPyTorch(NamedTuple):
    """What DeePMD-kit's PyTorch backends do in a way of their own.

    Attributes
    ----------
    names : mapping
        Variable or nested component -> its name in the state of the backend ``pt``, below the
        component's own; None for one that the state does not have, ``""`` for a component that
        is no module of its own. What is not listed has the tree's name.
    exportable : mapping
        The same for the backend ``pt_expt``.
    order : str
        The first keys that ``pt`` writes, in its order, with spaces between them; the others
        follow in the order of the layout.
    constants : mapping
        Place below the component -> what ``pt`` writes there whatever the config says; ``*`` is
        every entry of a list.
    flat : bool
        Whether the variables stand in the order of the state.
    root : str
        Where the state of a whole model keeps the component, with its dot.
    """

    names: Mapping[str, str | None] = NOWHERE
    exportable: Mapping[str, str | None] = NOWHERE
    order: str = ""
    constants: Mapping[str, Any] = {}
    flat: bool = False
    root: str = ""
