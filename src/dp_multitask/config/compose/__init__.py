# SPDX-License-Identifier: LGPL-3.0-or-later
"""Single-task inputs put together as the branches of one multitask input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from dp_multitask.config.compose.assembly import Assembly, Note
from dp_multitask.config.compose.parts import part_of
from dp_multitask.config.compose.sharing import Alike, as_written, shares_of
from dp_multitask.errors import ConfigError, ConfigTypeError, UsageError
from dp_multitask.text.plain_data import copy_tree, describe

if TYPE_CHECKING:
    from dp_multitask.text.document import Document

__all__ = ["Composed", "Note", "compose"]


class Composed(NamedTuple):
    """What `compose` and `finetune_input` give.

    Attributes
    ----------
    data : dict
        The input.
    notes : list of Note
        What was decided on the way, and what is left to the user.
    """

    data: dict[str, Any]
    notes: list[Note]


def compose(
    inputs: Mapping[str, Mapping[str, Any] | Document],
    *,
    base: Mapping[str, Any] | Document | None = None,
    share: Sequence[str] | None = None,
    unite_type_maps: bool = False,
    prob: Mapping[str, float] | None = None,
    in_force: Callable[[str, Any], Any] = as_written,
) -> Composed:
    """Put single-task inputs together as the branches of one multitask input.

    Every branch references one type map. Descriptors that are equal become one entry of
    ``shared_dict``, fitting nets too if asked for, with ``dim_case_embd`` to tell their tasks
    apart. Losses and data come along. What a job has once (learning rate, optimizer, the rest of
    ``training``) is the first input's, or the base's; where others differ, a note says so.

    Parameters
    ----------
    inputs : mapping
        Branch name -> its single-task input, such as `branch_input` takes out of a multitask one.
        None of them is changed.
    base : mapping or Document, optional
        A multitask input to which the branches are added.
    share : sequence of str, default: ("descriptor",)
        What is shared where it is equal: ``descriptor``, ``fitting_net``, with a level as in
        ``descriptor:1``. An empty one shares nothing but the type map.
    unite_type_maps : bool, default: False
        Take the union of the type maps where they differ. Lists with one item for each type are
        rewritten; of ``sel`` each type gets the largest number of all descriptors that are shared.
    prob : mapping, optional
        Branch name -> how often it is trained, as ``model_prob``. Without it DeePMD-kit takes the
        numbers of systems.
    in_force : callable, optional
        ``in_force(part, params)`` gives what is compared of a descriptor or fitting net, such as
        `checks.schema.in_force.part_in_force`, to which a default that is written out and one that
        is not are equal. By default what is written.

    Returns
    -------
    Composed
        The input, and notes on what was decided.

    Raises
    ------
    ConfigError
        An input has no model or no type map, type maps differ, or the base has such a branch.
    UsageError
        Nothing to compose, a part that cannot be shared so, or a probability of no branch.

    Examples
    --------
    >>> def water(system):
    ...     model = {"type_map": ["O", "H"], "descriptor": {"type": "dpa1"}, "fitting_net": {}}
    ...     return {"model": model, "training": {"training_data": {"systems": system}}}
    >>> result = compose({"ice": water("a"), "liquid": water("b")})
    >>> result.data["model"]["model_dict"]["ice"]
    {'type_map': 'type_map_all', 'descriptor': 'shared_descriptor', 'fitting_net': {}}
    """
    shares = shares_of(share)
    parts = []
    for name, source in inputs.items():
        try:
            parts.append(part_of(name, _data(source)))
        except ConfigError as err:
            err.source = err.source or getattr(source, "name", None) or name
            raise
    if not parts and base is None:
        msg = "there is nothing to compose"
        raise UsageError(msg, hint="give inputs, as NAME=INPUT")
    start = None if base is None else copy_tree(_data(base))
    assembly = Assembly(start, parts, shares, Alike(in_force))
    assembly.settle_type_map(unite_type_maps)
    for part in parts:
        assembly.add(part)
    assembly.tell_cases_apart()
    assembly.set_probabilities(prob or {})
    return Composed(assembly.data, assembly.notes)


def _data(source: Any) -> dict[str, Any]:
    data = getattr(source, "data", source)
    if not isinstance(data, Mapping):
        msg = f"an input must be a mapping, found {describe(data)}"
        raise ConfigTypeError(msg)
    return dict(data)
