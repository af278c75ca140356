# SPDX-License-Identifier: LGPL-3.0-or-later
"""What earlier releases wrote in descriptors and fitting nets, and how it is written today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.config.component_sites import ComponentSite, component_sites
from dp_multitask.config.outdated_forms import (
    PROPERTY_NAME,
    REMOVED_KEYS,
    REMOVED_TYPES,
    RENAMED_KEYS,
    RENAMED_TYPES,
    flat_keys,
)
from dp_multitask.config.upgrade.remark import Remark, changed, left, refused
from dp_multitask.config.upgrade.training import without
from dp_multitask.diagnostics import Edit
from dp_multitask.errors import TreePath, format_path

REPFORMER_TYPES = ("se_uni", "se_repformer")
# Keys of a `se_uni` whose name is another in the section `repformer`, and those of its owner.
_REPFORMER_NAMES = {
    "sel": "nsel",
    "axis_dim": "axis_neuron",
    "activation": "activation_function",
}
_OF_DPA2 = {
    "smooth": "smooth",
    "seed": "seed",
    "trainable": "trainable",
    "precision": "precision",
    "exclude_types": "exclude_types",
    "add_type_ebd_to_seq": "add_tebd_to_repinit_out",
    "concat_output_tebd": "concat_output_tebd",
}
_GONE_FROM_SE_UNI = {"do_bn_mode": ("no",), "bn_momentum": (), "gather_g1": (True,),
                     "combine_grrg": (False,)}
_REPINIT_NAMES = {"sel": "nsel", "activation": "activation_function"}
_OF_REPINIT = (
    "rcut", "rcut_smth", "sel", "nsel", "neuron", "axis_neuron", "tebd_dim", "tebd_input_mode",
    "set_davg_zero", "activation_function", "activation", "type_one_side", "resnet_dt",
)  # fmt: skip
# What an attention that has no layers was told.
_OF_ATTENTION = (
    "attn", "attn_layer", "attn_dotr", "attn_mask", "normalize", "temperature", "scaling_factor",
    "post_ln", "ffn", "ffn_embed_dim", "head_num",
)  # fmt: skip
_ATTENTION_TYPES = ("se_atten", "dpa1")


def hybrids_in_sequence(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Write a ``se_atten`` with a ``se_uni`` behind it as the ``dpa2`` that it was.

    The first DPA-2 was a hybrid with ``hybrid_mode: sequential``.
    """
    for site in component_sites(config):
        mode = site.params.get("hybrid_mode")
        if site.type != "hybrid" or "hybrid_mode" not in site.params:
            continue
        path = (*site.path, "hybrid_mode")
        if mode == "concat":
            yield changed(path, "left out: a hybrid always joins its members", Edit.remove(path))
        elif mode == "sequential" and _is_dpa2(site.params.get("list")):
            yield from _one_dpa2(site)
        else:
            msg = f"'hybrid_mode' {mode!r} has no counterpart but for a 'se_atten' without layers "
            yield refused(path, msg + "of attention and a 'se_uni', which are a 'dpa2'")


def _is_dpa2(members: Any) -> bool:
    return (
        isinstance(members, list)
        and len(members) == 2
        and all(isinstance(each, Mapping) for each in members)
        and members[0].get("type") in _ATTENTION_TYPES
        and members[0].get("attn_layer", 2) == 0
        and members[1].get("type") in REPFORMER_TYPES
    )


def _one_dpa2(site: ComponentSite) -> Iterator[Remark]:
    first, second = site.params["list"]
    value: dict[str, Any] = {"type": "dpa2", "repinit": {}, "repformer": {}}
    for key, each in first.items():
        if key in _OF_REPINIT:
            value["repinit"][_REPINIT_NAMES.get(key, key)] = _one_number(key, each)
        elif key in _OF_DPA2 or key.startswith("_"):
            value.setdefault(_OF_DPA2.get(key, key), each)
        elif key != "type" and key not in _OF_ATTENTION:
            yield refused((*site.path, "list", 0, key), f"a 'dpa2' has no {key!r} in its 'repinit'")
    for key, each in second.items():
        here = (*site.path, "list", 1, key)
        if key in _GONE_FROM_SE_UNI:
            yield from _gone(here, each, _GONE_FROM_SE_UNI[key], drop=False)
        elif key in _OF_DPA2 or key.startswith("_"):
            value.setdefault(_OF_DPA2.get(key, key), each)
        elif key != "type":
            value["repformer"][_REPFORMER_NAMES.get(key, key)] = _one_number(key, each)
    rest = {key: each for key, each in site.params.items()
            if key not in ("type", "list", "hybrid_mode")}
    msg = "a 'se_atten' and a 'se_uni' in sequence are the 'repinit' and 'repformer' of a 'dpa2'"
    yield changed(site.path, msg, Edit.replace(site.path, value | rest))


def _one_number(key: str, value: Any) -> Any:
    """Write the one number of neighbours that a list of one held."""
    if key in ("sel", "nsel") and isinstance(value, list) and len(value) == 1:
        return value[0]
    return value


def types(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Write the present name of a type, and the form that goes with it."""
    for site in component_sites(config):
        path, old = (*site.path, "type"), site.type
        if not isinstance(old, str):
            continue
        if old in REMOVED_TYPES[site.kind]:
            reason = REMOVED_TYPES[site.kind][old]
            yield refused(path, f"the {site.kind} type {old!r} has no counterpart: {reason}")
        new = RENAMED_TYPES[site.kind].get(old)
        if new is None:
            continue
        msg = f"the {site.kind} type {old!r} is {new!r} today"
        if old == "se_ar":
            yield changed(path, f"{msg}, of a 'se_e2_a' and a 'se_e2_r'", *_hybrid_of(site))
        elif old in REPFORMER_TYPES:
            yield from _dpa2_of(site, msg)
        else:
            yield changed(path, msg, Edit.replace(path, new))


def _hybrid_of(site: ComponentSite) -> Iterator[Edit]:
    members = []
    for key, type_name in (("a", "se_e2_a"), ("r", "se_e2_r")):
        if isinstance(site.params.get(key), Mapping):
            members.append({"type": type_name} | dict(site.params[key]))
            yield Edit.remove((*site.path, key))
    yield Edit.replace((*site.path, "type"), "hybrid")
    yield Edit.insert((*site.path, "list"), members, after="type")


def _dpa2_of(site: ComponentSite, msg: str) -> Iterator[Remark]:
    """Write a ``se_uni`` that stands alone; what is in front of it is for the user to say."""
    path = (*site.path, "type")
    yield changed(path, msg, Edit.replace(path, "dpa2"))
    if flat_keys(site.params) or "repinit" in site.params:
        return
    for key, value in site.params.items():
        here = (*site.path, key)
        if key in _GONE_FROM_SE_UNI:
            yield from _gone(here, value, _GONE_FROM_SE_UNI[key])
        elif key in _OF_DPA2:
            if _OF_DPA2[key] != key:
                new = _OF_DPA2[key]
                yield changed(here, f"{key!r} is {new!r} today", Edit.rename(here, new))
        elif key != "type" and not str(key).startswith("_"):
            part = "repinit" if key == "tebd_dim" else "repformer"
            name = _REPFORMER_NAMES.get(key, key)
            target = (*site.path, part, name)
            said = f"{key!r} goes into {part!r}" + (f" as {name!r}" if name != key else "")
            yield changed(here, said, Edit.move(here, target))
    need = "a 'dpa2' has a 'repinit' in front: write its 'rcut', 'rcut_smth' and 'nsel'"
    yield left(site.path, f"{need}, with a cut-off beyond that of 'repformer'")


def _gone(
    path: TreePath, value: Any, same: tuple[Any, ...], *, drop: bool = True
) -> Iterator[Remark]:
    key = path[-1]
    if same and value not in same:
        yield refused(path, f"{key!r} has no counterpart for {value!r}")
    else:
        edits = (Edit.remove(path),) if drop else ()
        yield changed(path, f"{key!r} is left out: it does nothing today", *edits)


def dpa2_sections(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Move the flat keys of an early ``dpa2`` into its sections."""
    for site in component_sites(config):
        if site.type != "dpa2":
            continue
        for key, place in flat_keys(site.params).items():
            here, target = (*site.path, key), (*site.path, *place)
            holder = site.params.get(place[0]) if len(place) > 1 else site.params
            if isinstance(holder, Mapping) and place[-1] in holder:
                msg = f"{key!r} is given here and as {format_path(place)!r}; remove one of the two"
                yield refused(here, msg)
            else:
                msg = f"{key!r} is {format_path(place)!r} today"
                yield changed(here, msg, Edit.move(here, target))


def keys(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Rename what has another name, and leave out what no longer does anything."""
    for site in component_sites(config):
        owner = "se_atten" if site.type in _ATTENTION_TYPES else str(site.type)
        if owner == "property" and to == "3.0":
            continue
        for key, new in RENAMED_KEYS.get(owner, {}).items():
            here = (*site.path, key)
            if key in site.params and new not in site.params:
                yield changed(here, f"{key!r} is {new!r} today", Edit.rename(here, new))
        if owner in REMOVED_KEYS:
            yield from without(owner, dict(site.params), site.path)


def property_names(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Name the property that a fitting net of 3.0 read without a name."""
    for site in component_sites(config):
        if site.type != "property" or to == "3.0" or "property_name" in site.params:
            continue
        path = (*site.path, "property_name")
        msg = f"'property_name' says which data is fitted; 3.0 always read {PROPERTY_NAME!r}"
        yield changed(site.path, msg, Edit.insert(path, PROPERTY_NAME, after="type"))
