# SPDX-License-Identifier: LGPL-3.0-or-later
"""How earlier releases of DeePMD-kit wrote an input, and where the same stands today.

Facts alone: `check` recognises the forms, `upgrade` writes the present ones. Read off the argument
checks of deepmd-kit 1.3.3, 2.0.3 to 2.2.11, 3.0.0a0 to 3.1.3 against that of 3.2.0, and off
``deepmd.utils.compat``, which converts some of it in ``dp train``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.errors import TreePath
from dp_multitask.records import NamedTuple

# --- the multitask form of version 2 --------------------------------------------------------

VERSION_2_SIGNS: tuple[TreePath, ...] = (
    ("model", "fitting_net_dict"),
    ("training", "fitting_weight"),
)
"""Mappings that only a multitask input of DeePMD-kit 2 has."""

VERSION_2_TYPE = "multi"
"""The ``model/type`` of such an input; it may be left out."""

VERSION_2_RATES = "learning_rate_dict"


def sign_of_version_2(config: Mapping[str, Any]) -> TreePath | None:
    """Give a place that tells that an input has the multitask form of DeePMD-kit 2."""
    for path in VERSION_2_SIGNS:
        section = config.get(str(path[0]))
        if isinstance(section, Mapping) and isinstance(section.get(path[1]), Mapping):
            return path
    model = config.get("model")
    if isinstance(model, Mapping) and model.get("type") == VERSION_2_TYPE:
        return ("model", "type")
    return None


# --- DPA-2 with flat keys -------------------------------------------------------------------

DPA2_SECTIONS = ("repinit", "repformer")

_DPA2_NAMES: Mapping[str, TreePath] = {
    "repinit_activation": ("repinit", "activation_function"),
    "repformer_activation": ("repformer", "activation_function"),
    "repformer_axis_dim": ("repformer", "axis_neuron"),
    "repformer_add_type_ebd_to_seq": ("add_tebd_to_repinit_out",),
}
# Flat keys whose name does not tell their section; they count only beside others that do.
_DPA2_LOOSE: Mapping[str, TreePath] = {
    "tebd_dim": ("repinit", "tebd_dim"),
    "tebd_input_mode": ("repinit", "tebd_input_mode"),
}


def place_of_flat_key(key: object) -> TreePath | None:
    """Give the place below a ``dpa2`` of a key that 3.0.0a0 wrote flat, such as `repinit_rcut`.

    None if the key is none of these; keys in `REMOVED_KEYS` have no place at all.
    """
    if not isinstance(key, str):
        return None
    section, _, name = key.partition("_")
    if section not in DPA2_SECTIONS or not name or key in REMOVED_KEYS["dpa2"]:
        return None
    return _DPA2_NAMES.get(key, (section, name))


def flat_keys(params: Mapping[Any, Any]) -> dict[str, TreePath]:
    """Give the flat keys of a ``dpa2`` with their places today; nothing if it has none.

    ``repformer_add_type_ebd_to_seq`` alone is none: 3.2.0 takes it for another name.
    """
    found = {key: place for key in params if (place := place_of_flat_key(key)) is not None}
    if not any(len(place) > 1 for place in found.values()):
        return {}
    return found | {key: place for key, place in _DPA2_LOOSE.items() if key in params}


# --- types ----------------------------------------------------------------------------------

RENAMED_TYPES: Mapping[str, Mapping[str, str]] = {
    "descriptor": {"se_uni": "dpa2", "se_repformer": "dpa2", "se_ar": "hybrid"},
    "fitting_net": {"global_polar": "polar"},
}
"""Kind of component -> type of an earlier release -> the type that does its work today.

``se_uni`` was what is the ``repformer`` of a ``dpa2`` today, alone or behind a ``se_atten`` in a
hybrid with ``hybrid_mode: sequential``; ``se_ar`` a pair of ``se_a`` and ``se_r``.
"""

REMOVED_TYPES: Mapping[str, Mapping[str, str]] = {
    "descriptor": {},
    "fitting_net": {
        "wfc": "'dipole' fits the displacement of the Wannier centroid, another quantity",
    },
}
"""Types that nothing replaces without a decision of the user, and what that is about."""

# --- keys -----------------------------------------------------------------------------------


class RemovedKey(NamedTuple):
    """A key that is gone.

    Attributes
    ----------
    same_as_absent : tuple
        Values that mean what the present release does anyway; any other has no counterpart.
        Empty: the key never had an effect on the model, whatever its value.
    reason : str
        Why it is gone, for people.
    """

    same_as_absent: tuple[Any, ...]
    reason: str


REMOVED_KEYS: Mapping[str, Mapping[str, RemovedKey]] = {
    "dpa2": {
        "repformer_do_bn_mode": RemovedKey(("no",), "batch normalisation was taken out"),
        "repformer_bn_momentum": RemovedKey((), "batch normalisation was taken out"),
        "rcut": RemovedKey((), "'repinit' and 'repformer' have their own"),
        "rcut_smth": RemovedKey((), "'repinit' and 'repformer' have their own"),
        "sel": RemovedKey((), "'repinit' and 'repformer' have 'nsel'"),
    },
    "se_atten": {
        "post_ln": RemovedKey((True,), "the layer normalisation always comes last"),
        "ffn": RemovedKey((False,), "there is no feed-forward net"),
        "ffn_embed_dim": RemovedKey((), "there is no feed-forward net"),
        "head_num": RemovedKey((1,), "there is one head"),
        "return_rot": RemovedKey((), "the backend asks for it where it needs it"),
    },
    "property": {
        "bias_method": RemovedKey(("normal",), "the bias is always added"),
    },
    "data": {
        "set_prefix": RemovedKey(("set",), "the folders of a system are called 'set.*'"),
    },
    "training": {
        "numb_test": RemovedKey((), "it has had no effect since version 2"),
        "load_ckpt": RemovedKey((), "the command line names the checkpoint to start from"),
    },
    "": {
        "with_distrib": RemovedKey((), "it has had no effect since version 1"),
        "model_type": RemovedKey((), "the fitting net tells what is fitted"),
    },
}
"""Owner -> key of an earlier release -> what to know before it is left out.

Owners are component types, ``data`` (``training_data``, ``validation_data``), sections of the input
and, for the top of it, the empty string.
"""

RENAMED_KEYS: Mapping[str, Mapping[str, str]] = {
    "se_atten": {"activation": "activation_function"},
}
"""Type of a component -> key of an earlier release -> its name today."""

PROPERTY_NAME = "property"
"""What DeePMD-kit 3.0 read for a property fitting: ``property.npy``. Since 3.1 it is named."""

# --- the section `training` -----------------------------------------------------------------

WARMUP_KEYS = ("warmup_steps", "warmup_ratio", "warmup_start_factor")
"""Stood in ``training``, stand in ``learning_rate`` since 3.1."""

OPTIMIZER_KEYS = (
    "opt_type",
    "kf_blocksize",
    "kf_start_pref_e",
    "kf_limit_pref_e",
    "kf_start_pref_f",
    "kf_limit_pref_f",
    "weight_decay",
    "momentum",
    "muon_momentum",
    "adam_beta1",
    "adam_beta2",
    "lr_adjust",
    "lr_adjust_coeff",
    "muon_2d_only",
    "min_2d_dim",
)
"""Stood in ``training``, stand in ``optimizer`` since 3.1.3; ``opt_type`` is its ``type``."""

VERSION_1_DATA_KEYS = (
    "systems",
    "set_prefix",
    "batch_size",
    "sys_prob",
    "auto_prob",
    "sys_weights",
    "auto_prob_style",
)
"""Stood in ``training`` in version 1, stand in ``training/training_data`` since 2.0."""

VERSION_1_LOSSES: Mapping[str, Mapping[str, Any]] = {
    "dipole": {"type": "tensor", "pref": 0.0, "pref_atomic": 1.0},
    "polar": {"type": "tensor", "pref": 0.0, "pref_atomic": 1.0},
    "global_polar": {"type": "tensor", "pref": 1.0, "pref_atomic": 0.0},
}
"""Type of a fitting net -> the loss that versions 1 and 2 took where none was given."""
