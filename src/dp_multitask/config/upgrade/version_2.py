# SPDX-License-Identifier: LGPL-3.0-or-later
"""The multitask form of DeePMD-kit 2: several fitting nets on the one descriptor of the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.config.model_section import NOT_CASCADED
from dp_multitask.config.outdated_forms import (
    VERSION_1_LOSSES,
    VERSION_2_RATES,
    VERSION_2_TYPE,
    sign_of_version_2,
)
from dp_multitask.config.upgrade.remark import (
    Remark,
    at,
    changed,
    free_name,
    left,
    refused,
    section,
)
from dp_multitask.diagnostics import Edit
from dp_multitask.errors import TreePath

FITTINGS: TreePath = ("model", "fitting_net_dict")
OLD_WEIGHTS: TreePath = ("training", "fitting_weight")
TYPE_MAP, DESCRIPTOR = "type_map_all", "shared_descriptor"
"""The names of the shared entries of an upgraded input."""

_WITH_TYPE_EMBEDDING = ("se_atten", "dpa1", "se_atten_v2")
_SAME_IN_DESCRIPTOR = ("use_econf_tebd", "use_tebd_bias")
_LOSSES: Mapping[str, Mapping[str, Any]] = {
    "ener": {"type": "ener"},
    "dos": {"type": "dos"},
    **VERSION_1_LOSSES,
}


def type_embedding(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Write the type embedding of the model as what the descriptor says of it today."""
    params = at(config, ("model", "type_embedding"))
    if sign_of_version_2(config) is None or params is None:
        return
    path: TreePath = ("model", "type_embedding")
    kind = at(config, ("model", "descriptor", "type"))
    if kind not in _WITH_TYPE_EMBEDDING or not isinstance(params, dict):
        msg = f"a type embedding beside a {kind!r} has no counterpart in a multitask model; "
        yield refused(path, msg + "the descriptors 'se_atten' and 'dpa2' have one of their own")
        return
    neuron = params.get("neuron", [8])
    if not (isinstance(neuron, list) and len(neuron) == 1):
        yield refused((*path, "neuron"), f"a type embedding has one layer today, found {neuron!r}")
    if params.get("trainable", True) is not True:
        yield refused((*path, "trainable"), "the type embedding is trained with its descriptor")
    edits = []
    if isinstance(neuron, list) and len(neuron) == 1:
        edits.append(Edit.insert(("model", "descriptor", "tebd_dim"), neuron[0]))
    edits += [
        Edit.insert(("model", "descriptor", key), params[key])
        for key in _SAME_IN_DESCRIPTOR
        if key in params
    ]
    gone = [key for key in params if key not in ("neuron", "trainable", *_SAME_IN_DESCRIPTOR)]
    msg = "the descriptor has its type embedding itself: the width is its 'tebd_dim'"
    also = f"; left out, as the descriptor's own are taken: {', '.join(gone)}" if gone else ""
    yield changed(path, msg + also, *edits, Edit.remove(path))


def branches(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Make a branch of every fitting net, and share the descriptor and the type map."""
    if sign_of_version_2(config) is None:
        return
    fittings = {key: each for key, each in section(config, *FITTINGS).items() if key[:1] != "_"}
    if not fittings:
        sign = sign_of_version_2(config) or ()
        yield refused(sign, "a multitask input of version 2 has its branches in 'fitting_net_dict'")
        return
    refusals = [*_unfit_model(config), *_unfit_entries(config, fittings)]
    if refusals:
        yield from refusals
        return
    yield from _model(config, fittings)
    yield from _losses(config, fittings)
    yield from _weights(config, fittings)
    yield from _learning_rate(config)


def _unfit_model(config: dict[str, Any]) -> Iterator[Remark]:
    from dp_multitask.config.component_sites import component_sites
    from dp_multitask.registry import find_type

    model = section(config, "model")
    for key, shape in (("type_map", list), ("descriptor", dict)):
        if not isinstance(model.get(key), shape):
            msg = f"a multitask input of version 2 has one {key!r} for all, found none"
            yield refused(("model",), msg)
    for key in ("fitting_net", *NOT_CASCADED):
        if key in model:
            msg = f"{key!r} stands beside 'fitting_net_dict'; remove one of the two"
            yield refused(("model", key), msg)
    for site in component_sites(config):
        known = find_type(site.kind, site.type) if isinstance(site.type, str) else None
        if known is not None and "pt" not in known.class_names:
            msg = f"the {site.kind} {site.type!r} is TensorFlow's alone, which no longer trains "
            yield refused((*site.path, "type"), msg + "multitask models")


def _unfit_entries(config: dict[str, Any], fittings: Mapping[str, Any]) -> Iterator[Remark]:
    data = section(config, "training", "data_dict")
    for name in fittings:
        if name not in data:
            msg = f"the fitting net {name!r} has no data and was not trained; branches need some"
            yield refused((*FITTINGS, name), msg)
    for path in (("training", "data_dict"), ("loss_dict",), OLD_WEIGHTS):
        for name in section(config, *path):
            if name[:1] != "_" and name not in fittings:
                msg = f"{name!r} is no fitting net of 'fitting_net_dict'"
                yield refused((*path, name), msg)


def _model(config: dict[str, Any], fittings: Mapping[str, Any]) -> Iterator[Remark]:
    model = section(config, "model")
    shared: TreePath = ("model", "shared_dict")
    for key, name in (("type_map", TYPE_MAP), ("descriptor", DESCRIPTOR)):
        msg = f"the {key.replace('_', ' ')} is shared by all branches, as {name!r} of 'shared_dict'"
        yield changed(("model", key), msg, Edit.move(("model", key), (*shared, name)))
    for name in fittings:
        branch: TreePath = ("model", "model_dict", name)
        edits = [
            Edit.insert((*branch, "type_map"), TYPE_MAP),
            Edit.insert((*branch, "descriptor"), DESCRIPTOR),
            Edit.move((*FITTINGS, name), (*branch, "fitting_net")),
        ]
        yield changed((*FITTINGS, name), f"{name!r} is a branch, a model of 'model_dict'", *edits)
    comments = [key for key in section(config, *FITTINGS) if key[:1] == "_"]
    for key in comments:  # among the branches a comment would be taken for one
        yield changed((*FITTINGS, key), "", Edit.move((*FITTINGS, key), (*shared, key)))
    if model.get("type") == VERSION_2_TYPE:
        yield changed(("model", "type"), "left out: each branch has its own 'type'",
                      Edit.remove(("model", "type")))


def _losses(config: dict[str, Any], fittings: Mapping[str, Any]) -> Iterator[Remark]:
    given = section(config, "loss_dict")
    for name, params in fittings.items():
        if name in given:
            continue
        kind = params.get("type", "ener") if isinstance(params, Mapping) else "ener"
        path: TreePath = ("loss_dict", name)
        if kind in _LOSSES:
            msg = f"every branch has a loss: {name!r} gets the one that version 2 took"
            yield changed((*FITTINGS, name), msg, Edit.insert(path, dict(_LOSSES[kind])))
        else:
            yield left(path, f"write the loss of the {kind!r} of {name!r}")


def _weights(config: dict[str, Any], fittings: Mapping[str, Any]) -> Iterator[Remark]:
    target: TreePath = ("training", "model_prob")
    if "model_prob" in section(config, "training"):
        msg = "'fitting_weight' and 'model_prob' are both given; remove one"
        if "fitting_weight" in section(config, "training"):
            yield refused(OLD_WEIGHTS, msg)
        return
    weights = section(config, *OLD_WEIGHTS)
    if not weights:
        edits = [Edit.insert((*target, name), 1.0) for name in fittings]
        msg = "'model_prob': all branches alike, as in version 2; else systems would be counted"
        if "fitting_weight" in section(config, "training"):
            edits.insert(0, Edit.remove(OLD_WEIGHTS))
        yield changed(("training",), msg, *edits)
        return
    edits = [Edit.rename(OLD_WEIGHTS, "model_prob")]
    idle = []
    for name in fittings:
        value = weights.get(name)
        trained = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
        if trained:
            continue
        idle.append(name)
        path = (*OLD_WEIGHTS, name)
        if name not in weights:
            edits.append(Edit.insert(path, 0.0))
        elif value != 0:
            edits.append(Edit.replace(path, 0.0))
    also = f"; never trained: {', '.join(idle)}" if idle else ""
    yield changed(OLD_WEIGHTS, f"'fitting_weight' is 'model_prob' today{also}", *edits)
    for key in weights:  # in model_prob a comment would be taken for a branch
        if key[:1] == "_":
            name = free_name(key, section(config, "training"))
            here = (*OLD_WEIGHTS, key)
            yield changed(here, "", Edit.move(here, ("training", name)))


def _learning_rate(config: dict[str, Any]) -> Iterator[Remark]:
    rates = section(config, VERSION_2_RATES)
    if not rates:
        return
    path: TreePath = (VERSION_2_RATES,)
    own = [key for key in rates if key[:1] != "_"]
    if not own or any(rates[key] != rates[own[0]] for key in own):
        msg = "all branches have one learning rate today; these differ"
        yield refused(path, msg)
    elif "learning_rate" in config:
        # of version 2 the one of the dictionary was in force
        yield refused(path, "'learning_rate' is given too; remove the one that does not count")
    else:
        edits = [Edit.move((*path, own[0]), ("learning_rate",))]
        edits += [Edit.remove((*path, key)) for key in rates if key != own[0]]
        yield changed(path, "all branches have one learning rate today", *edits)


def emptied(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Remove the sections that everything has moved out of."""
    for path in (FITTINGS, (VERSION_2_RATES,), *([("optimizer",)] if to == "3.0" else [])):
        if at(config, path) == {}:
            yield changed(path, "", Edit.remove(path))


def defaults_of_branches(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Write the keys directly under ``model`` into the branches, for releases before 3.2."""
    model = section(config, "model")
    if to == "3.2" or "model_dict" not in model:
        return
    for key, value in model.items():
        if key in NOT_CASCADED or key[:1] == "_":
            continue
        edits = [
            Edit.insert(("model", "model_dict", name, key), value)
            for name, branch in section(model, "model_dict").items()
            if isinstance(branch, dict) and key not in branch
        ]
        msg = f"{key!r} is written into the branches: {to} does not hand it down"
        yield changed(("model", key), msg, *edits, Edit.remove(("model", key)))
