# SPDX-License-Identifier: LGPL-3.0-or-later
"""Inputs of version 0, which had no sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.config.upgrade.remark import Remark, changed, refused
from dp_multitask.diagnostics import Edit
from dp_multitask.errors import TreePath

SMOOTH = "use_smooth"

_DESCRIPTOR: TreePath = ("model", "descriptor")
_FITTING: TreePath = ("model", "fitting_net")
_COMMON: dict[str, TreePath] = {
    "type_map": ("model", "type_map"),
    "use_srtab": ("model", "use_srtab"),
    "smin_alpha": ("model", "smin_alpha"),
    "sw_rmin": ("model", "sw_rmin"),
    "sw_rmax": ("model", "sw_rmax"),
    "fitting_neuron": (*_FITTING, "neuron"),
    "n_neuron": (*_FITTING, "neuron"),
    "fitting_resnet_dt": (*_FITTING, "resnet_dt"),
    "decay_steps": ("learning_rate", "decay_steps"),
    "decay_rate": ("learning_rate", "decay_rate"),
    "start_lr": ("learning_rate", "start_lr"),
    **{
        f"{which}_pref_{what}": ("loss", f"{which}_pref_{what}")
        for what in ("e", "f", "v", "ae")
        for which in ("start", "limit")
    },
    **{
        key: ("training", key)
        for key in (
            "systems", "set_prefix", "stop_batch", "batch_size", "disp_file", "disp_freq",
            "numb_test", "save_freq", "save_ckpt", "load_ckpt", "disp_training", "time_training",
            "profiling", "profiling_file",
        )
    },
}  # fmt: skip
_SMOOTH: dict[str, TreePath] = {
    "sel_a": (*_DESCRIPTOR, "sel"),
    "rcut": (*_DESCRIPTOR, "rcut"),
    "rcut_smth": (*_DESCRIPTOR, "rcut_smth"),
    "filter_neuron": (*_DESCRIPTOR, "neuron"),
    "filter_resnet_dt": (*_DESCRIPTOR, "resnet_dt"),
    "axis_neuron": (*_DESCRIPTOR, "axis_neuron"),
    "n_axis_neuron": (*_DESCRIPTOR, "axis_neuron"),
}
_LOCAL_FRAME: dict[str, TreePath] = {
    key: (*_DESCRIPTOR, key) for key in ("sel_a", "sel_r", "rcut", "axis_rule")
}
# What was the only thing that the key could usefully say.
_SAME_TODAY = {"coord_norm": True, "type_fitting_net": False}


def sections(config: dict[str, Any], to: str) -> Iterator[Remark]:
    """Bring the keys of version 0 into sections, as ``dp train`` does."""
    if "model" in config or SMOOTH not in config:
        return
    smooth = bool(config[SMOOTH])
    places = _COMMON | (_SMOOTH if smooth else _LOCAL_FRAME)
    kind = "se_e2_a" if smooth else "loc_frame"
    msg = f"the input is of version 0: its descriptor is a {kind!r} today"
    yield changed((SMOOTH,), msg, Edit.remove((SMOOTH,)),
                  Edit.insert((*_DESCRIPTOR, "type"), kind),
                  Edit.insert(("learning_rate", "type"), "exp"))
    taken: dict[TreePath, str] = {}
    for key, value in config.items():
        path: TreePath = (key,)
        if key in places:
            place = places[key]
            if place in taken:
                yield refused(path, f"{key!r} and {taken[place]!r} are two names of one key")
                continue
            taken[place] = key
            where = "/".join(map(str, place))
            yield changed(path, f"{key!r} is {where!r} today", Edit.move(path, place))
        elif key in _SAME_TODAY:
            if value == _SAME_TODAY[key]:
                yield changed(path, f"{key!r} is left out: so it is always", Edit.remove(path))
            else:
                yield refused(path, f"{key!r} has no counterpart for {value!r}")
    yield from _defaults(config, smooth)


def _defaults(config: dict[str, Any], smooth: bool) -> Iterator[Remark]:
    """Write what version 0 took where a key was absent, and one seed for all."""
    inserted: list[tuple[str, TreePath, Any]] = []
    both = config.get("resnet_dt")
    if smooth:
        if "rcut_smth" not in config and "rcut" in config:
            inserted.append(("rcut", (*_DESCRIPTOR, "rcut_smth"), config["rcut"]))
        if "filter_resnet_dt" not in config:
            inserted.append((SMOOTH, (*_DESCRIPTOR, "resnet_dt"), bool(both)))
    if "fitting_resnet_dt" not in config:
        inserted.append((SMOOTH, (*_FITTING, "resnet_dt"), True if both is None else both))
    for key, place, value in inserted:
        where = "/".join(map(str, place))
        yield changed((key,), f"{where!r} says what version 0 did", Edit.insert(place, value))
    if "resnet_dt" in config:
        yield changed(("resnet_dt",), "", Edit.remove(("resnet_dt",)))
    if "seed" in config:
        seeded = [_FITTING, ("training",), *([_DESCRIPTOR] if smooth else [])]
        edits = [Edit.insert((*place, "seed"), config["seed"]) for place in seeded]
        msg = "every section has a 'seed' of its own"
        yield changed(("seed",), msg, *edits, Edit.remove(("seed",)))
