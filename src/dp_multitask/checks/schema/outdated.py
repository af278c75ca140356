# SPDX-License-Identifier: LGPL-3.0-or-later
"""Keys of earlier releases that ``dp train`` still takes: it drops them or moves them.

Read off ``deepmd.utils.compat`` and the argument check of deepmd-kit 3.2.0.
"""

from __future__ import annotations

from collections.abc import Mapping

_DATA = ("training_data", "validation_data")
_TRAINING = ("training", "multitask/training")

_WARMUP = ("warmup_steps", "warmup_ratio", "warmup_start_factor")
_OPTIMIZER = (
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
_FIRST_VERSION = (
    "systems",
    "set_prefix",
    "batch_size",
    "sys_prob",
    "auto_prob",
    "sys_weights",
    "auto_prob_style",
)


def outdated(key: str, owner: str, data: Mapping[object, object], sections: list[str]) -> str:
    """Say what to do about a key that is only known to earlier releases.

    Parameters
    ----------
    key : str
        The key.
    owner : str
        The body it stands in.
    data : mapping
        Everything that stands there.
    sections : list of str
        The bodies of the release, which tell what it has.

    Returns
    -------
    str
        The remedy, or nothing if the key is simply unknown.
    """
    if key == "set_prefix" and owner.rsplit("/", 1)[-1] in _DATA:
        return "it has no effect any more: remove it"
    if owner not in _TRAINING:
        return ""
    if key == "numb_test":
        return "it has no effect any more: remove it"
    if key in _WARMUP and "optimizer" in sections:
        return "write it in 'learning_rate'"
    if key in _OPTIMIZER and "optimizer" in sections:
        name = "type" if key == "opt_type" else key
        return f"write it in 'optimizer' as {name!r}"
    if owner == "training" and key in _FIRST_VERSION and "systems" in data:
        return "the form of version 1: write it in 'training_data'"
    return ""
