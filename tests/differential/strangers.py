# SPDX-License-Identifier: LGPL-3.0-or-later
"""Inputs such as users write, each a change of one that trains; some train, some do not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from differential import inputs
from differential.inputs import Config

_WATER = "model/model_dict/water"
_TABLE = ("use_srtab", "smin_alpha", "sw_rmin", "sw_rmax")
_DENS = {
    **{"type": "dens", "start_pref_e": 1, "limit_pref_e": 1},
    **{"start_pref_f": 1, "limit_pref_f": 1},
}
_GENERALIZED = {"start_pref_gf": 1, "limit_pref_gf": 1}
_FITTINGS: dict[str, Config] = {
    "no type": {"neuron": [6]},
    "ener": {"type": "ener", "neuron": [6]},
    "dpa4_ener": {"type": "dpa4_ener", "neuron": [6]},
}
_LOSSES: dict[str, Config] = {
    "one generalized coordinate": {**_GENERALIZED, "numb_generalized_coord": 1},
    "three generalized coordinates": {**_GENERALIZED, "numb_generalized_coord": 3},
    "relative forces": {"type": "ener", "relative_f": 1.0},
    "Huber's loss": {"type": "ener", "use_huber": True},
    "denoising": _DENS,
    "spins": {"type": "ener_spin"},
    "a tensor": {"type": "tensor", "pref": 1.0, "pref_atomic": 0.0},
    "nothing said": {},
}


def strangers(folder: Path) -> dict[str, Config]:
    """Give every input by name.

    Parameters
    ----------
    folder : Path
        Where the folder ``system`` and the file ``pairs.txt`` are.
    """
    bases = inputs.inputs(folder)
    return {
        name: config
        for family in (_losses, _dpa4, _sums, _beside_shared_parts, _layers, _data, _branches)
        for name, config in family(bases)
    }


def _with(config: Config, **changes: Any) -> Config:
    """Give a copy with values at places such as ``model__descriptor``; None removes a key."""
    result = copy.deepcopy(config)
    for place, value in changes.items():
        *above, last = place.split("__")
        here: Any = result
        for part in above:
            here = here[part]
        if value is None:
            del here[last]
        else:
            here[last] = copy.deepcopy(value)
    return result


def _losses(bases: dict[str, Config]) -> Iterator[tuple[str, Config]]:
    for name, loss in _LOSSES.items():
        yield f"a loss with {name}", _with(bases["se_e2_a"], loss=loss)
        yield f"a branch's loss with {name}", _with(bases["shared_dpa1"], loss_dict__water=loss)


def _dpa4(bases: dict[str, Config]) -> Iterator[tuple[str, Config]]:
    for name, fitting in _FITTINGS.items():
        parts = {"model__descriptor": inputs.DPA4, "model__fitting_net": fitting}
        standard = _with(bases["se_e2_a"], **parts)
        yield f"a dpa4 in a standard model, {name}", standard
        bridged = _with(standard, model__bridging_method="ZBL")
        yield f"a bridged dpa4 in a standard model, {name}", bridged
        yield f"a bridged dpa4, {name}", _with(bridged, model__type="dpa4")
    dipole = {"type": "dipole", "neuron": [6]}
    tensor = {"type": "tensor", "pref": 1.0, "pref_atomic": 0.0}
    yield "a dipole of a dpa4", _with(
        bases["se_e2_a"], model__descriptor=inputs.DPA4, model__fitting_net=dipole, loss=tensor
    )
    dens = _with(bases["dpa4"], loss=_DENS)
    yield "a dpa4 that denoises", dens
    yield "a bridged dpa4 that denoises", _with(dens, model__bridging_method="ZBL")
    for rank in (0, 2):
        yield f"a dpa4 with rank {rank}", _with(bases["dpa4"], model__lora={"rank": rank})


def _sums(bases: dict[str, Config]) -> Iterator[tuple[str, Config]]:
    table = bases["linear"]["model"]["models"][1]
    yield "a table alone", _with(bases["se_e2_a"], model={**table, "type_map": inputs.TYPES})
    yield "a sum beside a branch", _with(
        bases["shared_dpa1"], **{_WATER.replace("/", "__"): bases["linear"]["model"]}
    )
    yield "a sum that denoises", _with(bases["linear"], loss=_DENS)
    yield "weights of a sum", _with(bases["linear"], model__weights=[0.3, 0.7])


def _beside_shared_parts(bases: dict[str, Config]) -> Iterator[tuple[str, Config]]:
    table = {key: bases["zbl"]["model"][key] for key in _TABLE}
    for names in (("water",), ("ice",), ("water", "ice")):
        config = copy.deepcopy(bases["shared_dpa1"])
        for name in names:
            config["model"]["model_dict"][name] |= table
        yield f"a table of pairs in {' and '.join(names)}", config
    own = copy.deepcopy(bases["shared_dpa1"])
    own["model"]["model_dict"]["ice"] |= {**table, "descriptor": inputs.DPA1}
    yield "a table of pairs beside a descriptor of its own", own


def _layers(bases: dict[str, Config]) -> Iterator[tuple[str, Config]]:
    for name in ("se_e2_a", "dpa4"):
        config = _with(bases[name], model__fitting_net__neuron=[0])
        yield f"a layer without width, {name}", config
        clipped = _with(config, training__gradient_max_norm=5.0)
        yield f"a clipped layer without width, {name}", clipped


def _data(bases: dict[str, Config]) -> Iterator[tuple[str, Config]]:
    base = bases["se_e2_a"]
    system = base["training"]["training_data"]["systems"][0]
    for blocks in ("0:2:1", "3:5:1.0", "0:1:0.5;1:2:0.5", "0:1:0.5;4:5:0.5", "0:2:0.5;1:2:0.5"):
        style = f"prob_sys_size;{blocks}"
        yield f"systems drawn by {style}", _with(
            base, training__training_data__auto_prob=style
        )
    for blocks in ("0:1:1;4:5:1", "4:5:1"):
        yield f"validated with prob_sys_size;{blocks}", _with(
            base, training__validation_data__auto_prob=f"prob_sys_size;{blocks}"
        )
    spin = _with(bases["spin"], model__descriptor__exclude_types=[[1], [8]])
    yield "what a descriptor beside spins excludes", spin
    old = _with(base, training__training_data=None, training__systems=[system])
    for sizes in (1, [1], [1, 2]):
        yield f"data of version 1, sizes {sizes}", _with(old, training__batch_size=sizes)


def _branches(bases: dict[str, Config]) -> Iterator[tuple[str, Config]]:
    base = bases["shared_dpa1"]
    for name in ("water", "ice"):
        yield f"no type map in {name}", _with(
            base, **{f"model__model_dict__{name}__type_map": None}
        )
    yield "a prefactor among the losses", _with(base, loss_dict__start_pref_e=1.0)
    yield "a batch size among the data", _with(base, training__data_dict__batch_size=1)
    yield "the data of a branch that was dropped", _with(
        base,
        training__data_dict__spin=base["training"]["data_dict"]["ice"],
        loss_dict__spin=inputs.ENERGY,
    )
