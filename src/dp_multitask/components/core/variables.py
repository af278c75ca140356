# SPDX-License-Identifier: LGPL-3.0-or-later
"""Walk over the arrays of a component, find one, count them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from dp_multitask.components.core.layout import VARIABLES
from dp_multitask.errors import ComponentError, TreePath
from dp_multitask.records import NamedTuple

if TYPE_CHECKING:
    from dp_multitask.components.core.component import Component
    from dp_multitask.components.core.initial import Array

STATISTICS = frozenset(
    {
        *("davg", "dstd", "mean", "stddev"),
        *("bias_atom_e", "case_embd", "scale", "constant_matrix"),
        *("fparam_avg", "fparam_inv_std", "aparam_avg", "aparam_inv_std"),
        *("out_bias", "out_std", "min_nbor_dist"),
    }
)
"""Variables that are found from the data or given, not trained."""

TABLES = frozenset(
    {
        *("version_tensor", "expand_index", "balance_weight", "degree_index_m", "m0_idx"),
        *("pos_indices", "neg_indices", "kernel_compact_index", "kernel_dense_index"),
        *("l1_perm", "l1_sign_outer", "non_scalar_row_index"),
        *("zonal_m0_col_index_for_row", "radial_slot_index_for_row"),
    }
)
"""Last parts of the names of variables of ``dpa4`` that follow from its config."""


class Count(NamedTuple):
    """How many numbers there are.

    Attributes
    ----------
    parameters : int
        Those that training changes.
    statistics : int
        The others: means, deviations and biases of elements, which are found from the data, and
        the tables of ``dpa4``, which are given.
    """

    parameters: int
    statistics: int


def count(shapes: Iterable[tuple[TreePath, tuple[int, ...]]]) -> Count:
    """Count the numbers of variables of given paths and shapes."""
    parameters = statistics = 0
    for path, shape in shapes:
        if _is_given(path):
            statistics += prod(shape)
        else:
            parameters += prod(shape)
    return Count(parameters, statistics)


def _is_given(path: TreePath) -> bool:
    """Say whether a variable is found from the data or given, not trained."""
    name = str(path[-1])
    return name in STATISTICS or name.rpartition(".")[2] in TABLES or "compress" in path


def arrays_in(
    node: Any, path: TreePath, *, inside: bool = False
) -> Iterator[tuple[TreePath, Array]]:
    """Find the arrays of a component, mapping or list: what stands under ``@variables``."""
    items: Iterable[tuple[str | int, Any]]
    if isinstance(node, Mapping):
        items = node.items()
    elif isinstance(node, list):
        items = enumerate(node)
    elif (data := getattr(node, "data", None)) is not None and isinstance(data, dict):
        items = data.items()
    else:
        if inside and node is not None:
            yield path, node
        return
    for key, each in items:
        yield from arrays_in(each, (*path, key), inside=inside or key == VARIABLES)


def variable_at(component: Component, path: TreePath) -> tuple[Any, Any]:
    """Give what holds the variable at a path, and the variable.

    Raises
    ------
    ComponentError
        There is no such variable.
    """
    node: Any = component
    holder: Any = None
    try:
        for part in path:
            holder = getattr(node, "data", node) if not isinstance(node, dict | list) else node
            node = holder[part]
    except (LookupError, TypeError) as err:
        msg = "there is no such variable"
        raise ComponentError(msg, path=path) from err
    return holder, node
