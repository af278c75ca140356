# SPDX-License-Identifier: LGPL-3.0-or-later
"""Hypothesis strategies for whole ``model`` sections of multitask inputs.

`model_sections` draws sections that DeePMD-kit's PyTorch backend accepts, `faulty_sections` the
same with one mistake in it. Both vary the order of every mapping's keys, because the order of the
result is part of the contract. Strategies are cached: to build one costs more than to draw from it.
"""

from __future__ import annotations

import functools
import random
from typing import Any, NamedTuple

from hypothesis import strategies as st

ELEMENTS = ["H", "C", "N", "O", "Na", "Si", "Ni", "Cu"]

# Every name that the PyTorch backend registers; a hybrid is drawn on its own.
DESCRIPTOR_TYPES = [
    "se_e2_a", "se_a", "se_e2_r", "se_r", "se_e3", "se_at", "se_a_3be", "se_e3_tebd",
    "se_atten", "dpa1", "se_atten_v2", "dpa2", "dpa3", "dpa4", "DPA4", "SeZM", "sezm",
]  # fmt: skip
FITTING_TYPES = [
    "ener", "dos", "dipole", "polar", "property", "invar", "dpa4_ener", "sezm_ener",
    "population", "direct_force", "direct_force_ener",
]  # fmt: skip

TYPE_MAP_KEYS = ["type_map", "type_map_all", "elements of the water"]
DESCRIPTOR_KEYS = ["my_des1", "my_des2", "dpa2_descriptor", "Deskriptor für Wasser", "描述符"]
FITTING_KEYS = ["shared_fit", "shared_fit_with_id", "fit.2"]
BRANCH_NAMES = [
    "water_1", "water_2", "MPtraj_v026_01-mix-Utype", "水", "a b", "model", "1", "Default",
]  # fmt: skip


class Plan(NamedTuple):
    """What the branches of a section may refer to: keys of ``shared_dict``, by kind."""

    descriptors: tuple[str, ...]
    fittings: tuple[str, ...]


@functools.cache
def json_values() -> st.SearchStrategy[Any]:
    """Draw any value that JSON and YAML both write and read back unchanged."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-(10**6), 10**6)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text("ab1: _-#é水\"\\\n", max_size=6)
    )
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text("abc_1é", min_size=1, max_size=3), inner, max_size=3)
        ),
        max_leaves=5,
    )


def model_sections(*, require_shared_type_map: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a ``model`` section that DeePMD-kit resolves.

    Parameters
    ----------
    require_shared_type_map : bool, default: True
        Draw what a multitask input must have, one shared type map; otherwise also what the
        sub-models of a linear model may have, none at all.
    """
    return _model_section(require_shared_type_map)


@st.composite
def _model_section(draw: st.DrawFn, require_shared_type_map: bool) -> dict[str, Any]:
    shared, plan = draw(_shared_dicts())
    type_map_key = draw(st.sampled_from(sorted(set(TYPE_MAP_KEYS) & set(shared))))
    type_map_reference = type_map_key + draw(st.sampled_from(["", "", "", ":0", ":1"]))
    type_maps = _branch_type_maps(type_map_reference)

    names = draw(st.lists(st.sampled_from(BRANCH_NAMES), min_size=1, max_size=5, unique=True))
    model_dict = {name: draw(_branches(plan, type_maps)) for name in names}
    defaults = draw(_defaults(plan, type_maps))
    if require_shared_type_map:
        _ensure_reference(draw, model_dict, type_map_reference)
    parts = {"model_dict": model_dict, "shared_dict": shared, **defaults}
    return _shuffled(draw, parts)


@functools.cache
@st.composite
def _shared_dicts(draw: st.DrawFn) -> tuple[dict[str, Any], Plan]:
    type_map_keys = draw(st.lists(st.sampled_from(TYPE_MAP_KEYS), min_size=1, unique=True))
    descriptor_keys = draw(st.lists(st.sampled_from(DESCRIPTOR_KEYS), unique=True))
    fitting_keys = draw(st.lists(st.sampled_from(FITTING_KEYS), unique=True))
    entries: dict[str, Any] = {key: draw(_type_maps()) for key in type_map_keys}
    entries |= {key: draw(descriptors() | _inline_hybrids()) for key in descriptor_keys}
    entries |= {key: draw(fittings()) for key in fitting_keys}
    entries |= draw(_comments())
    if draw(st.booleans()):
        entries["never used"] = draw(json_values())
    return _shuffled(draw, entries), Plan(tuple(descriptor_keys), tuple(fitting_keys))


@functools.cache
def descriptors() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a descriptor without references; without ``type`` it is a ``se_e2_a``."""
    return _components(DESCRIPTOR_TYPES)


@functools.cache
def fittings() -> st.SearchStrategy[dict[str, Any]]:
    """Draw a fitting net; without ``type`` it is an ``ener``."""
    return _components(FITTING_TYPES)


@st.composite
def _components(draw: st.DrawFn, types: list[str]) -> dict[str, Any]:
    names = st.sampled_from(["rcut", "sel", "neuron", "seed", "precision", "repinit", "_comment"])
    params = draw(st.dictionaries(names, json_values(), max_size=3))
    if draw(st.booleans()):
        params["type"] = draw(st.sampled_from(types))
    return _shuffled(draw, params)


@functools.cache
@st.composite
def _inline_hybrids(draw: st.DrawFn) -> dict[str, Any]:
    members = draw(st.lists(descriptors(), max_size=2))
    return _shuffled(draw, {"type": "hybrid", "list": members} | draw(_comments()))


@functools.cache
@st.composite
def _hybrids_with_references(draw: st.DrawFn, plan: Plan) -> dict[str, Any]:
    member = descriptors() | _inline_hybrids()
    if plan.descriptors:
        member = member | references(plan.descriptors)
    members = draw(st.lists(member, min_size=1, max_size=3))
    return _shuffled(draw, {"type": "hybrid", "list": members} | draw(_comments()))


@st.composite
def _branches(draw: st.DrawFn, plan: Plan, type_maps: st.SearchStrategy[Any]) -> dict[str, Any]:
    branch: dict[str, Any] = {}
    if draw(st.integers(0, 3)):
        branch["type_map"] = draw(type_maps)
    if draw(st.integers(0, 3)):
        branch["descriptor"] = draw(_branch_descriptors(plan))
    if draw(st.integers(0, 3)):
        branch["fitting_net"] = draw(_branch_fittings(plan))
    if draw(st.integers(0, 3)) == 0:
        branch["spin"] = draw(st.none() | st.just({"use_spin": [True, False]}))
    if draw(st.booleans()):
        branch["model_branch_alias"] = draw(st.lists(st.sampled_from(["Default", "Water"])))
    if draw(st.booleans()):
        branch["info"] = draw(json_values())
    if draw(st.integers(0, 4)) == 0:
        branch["type"] = draw(st.sampled_from(["standard", "linear_ener", "pairtab"]))
    return _shuffled(draw, branch | draw(_comments()))


@st.composite
def _defaults(draw: st.DrawFn, plan: Plan, type_maps: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Draw keys directly under ``model``, which every branch takes over unless it has its own."""
    defaults: dict[str, Any] = draw(_comments())
    if draw(st.integers(0, 2)) == 0:
        defaults["type_map"] = draw(type_maps)
    if draw(st.integers(0, 2)) == 0:
        defaults["descriptor"] = draw(_branch_descriptors(plan))
    if draw(st.integers(0, 2)) == 0:
        defaults["fitting_net"] = draw(_branch_fittings(plan))
    if draw(st.integers(0, 5)) == 0:
        defaults["spin"] = {"use_spin": [True, False]}
    if draw(st.integers(0, 2)) == 0:
        defaults["data_stat_nbatch"] = draw(st.integers(1, 20))
    if draw(st.integers(0, 2)) == 0:
        defaults["info"] = draw(json_values())
    return defaults


@functools.cache
def _branch_type_maps(reference: str) -> st.SearchStrategy[Any]:
    return _type_maps() | st.just(reference)


@functools.cache
def _branch_descriptors(plan: Plan) -> st.SearchStrategy[Any]:
    inline = descriptors() | _hybrids_with_references(plan)
    if not plan.descriptors:
        return inline
    return references(plan.descriptors) | references(plan.descriptors) | inline


@functools.cache
def _branch_fittings(plan: Plan) -> st.SearchStrategy[Any]:
    if not plan.fittings:
        return fittings()
    return references(plan.fittings) | fittings()


@functools.cache
def references(keys: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Draw a reference to one of some shared keys, with and without a level."""
    levels = st.sampled_from(["", "", "", ":0", ":1", ":1", ":2", ":10"])
    return st.builds(str.__add__, st.sampled_from(keys), levels)


@functools.cache
def _type_maps() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(ELEMENTS), min_size=1, unique=True)


@functools.cache
def _comments() -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(
        st.sampled_from(["_comment", "_note"]), st.text("that's all é", max_size=5), max_size=1
    )


def _shuffled(draw: st.DrawFn, mapping: dict[str, Any]) -> dict[str, Any]:
    """Reorder the keys; one seed costs far less to draw than a permutation."""
    keys = list(mapping)
    if len(keys) > 1:
        random.Random(draw(st.integers(0, 999))).shuffle(keys)
    return {key: mapping[key] for key in keys}


def _ensure_reference(draw: st.DrawFn, model_dict: dict[str, Any], reference: str) -> None:
    """Let one branch refer to the shared type map if none does so far."""
    if not any(branch.get("type_map") == reference for branch in model_dict.values()):
        model_dict[draw(st.sampled_from(list(model_dict)))]["type_map"] = reference


# --- sections with a mistake ------------------------------------------------------------------


@st.composite
def faulty_sections(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a section with one mistake that DeePMD-kit stops at, in a branch of its own."""
    section = draw(model_sections())
    reference = next(
        branch["type_map"]
        for branch in section["model_dict"].values()
        if isinstance(branch.get("type_map"), str)
    )
    fault = draw(st.sampled_from(sorted(_FAULTY_BRANCHES)))
    shared, branch = _FAULTY_BRANCHES[fault]
    section["shared_dict"] |= shared
    section["model_dict"][fault] = {"type_map": reference} | branch
    return section


# name of the mistake -> (entries for shared_dict, the branch)
_FAULTY_BRANCHES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "unknown descriptor": ({}, {"descriptor": "absent"}),
    "unknown descriptor with a level": ({}, {"descriptor": "absent:1"}),
    "unknown fitting net": ({}, {"fitting_net": "absent"}),
    "unknown type map": ({}, {"type_map": "absent"}),
    "unknown hybrid member": ({}, {"descriptor": {"type": "hybrid", "list": ["absent"]}}),
    "empty level": ({"d": {}}, {"descriptor": "d:"}),
    "level that is no number": ({"d": {}}, {"descriptor": "d:x"}),
    "level that is a fraction": ({"d": {}}, {"descriptor": "d:0.5"}),
    "level of a hybrid member": (
        {"d": {}},
        {"descriptor": {"type": "hybrid", "list": ["d:one"]}},
    ),
    "second type map": ({"other": ["H"]}, {"type_map": "other"}),
    "descriptor of an unknown type": ({"d": {"type": "no_such"}}, {"descriptor": "d"}),
    "descriptor of a type nobody builds": ({"d": {"type": "se_t"}}, {"descriptor": "d"}),
    "fitting net of an unknown type": ({"f": {"type": "no_such"}}, {"fitting_net": "f"}),
    "type map as descriptor": ({"other": ["H"]}, {"descriptor": "other"}),
    "typed fitting net as descriptor": ({"f": {"type": "dos"}}, {"descriptor": "f"}),
    "typed descriptor as fitting net": ({"d": {"type": "dpa2"}}, {"fitting_net": "d"}),
    "hybrid without a list": ({}, {"descriptor": {"type": "hybrid"}}),
}
