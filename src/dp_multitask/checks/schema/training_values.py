# SPDX-License-Identifier: LGPL-3.0-or-later
"""What training demands of single values, where DeePMD-kit's argument check takes any.

Each constraint was read off the code that meets the value in deepmd-kit 3.2.0, and is held
against it by the tests of `tests/interop`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from dp_multitask.checks.schema.constraints import Constraint, bounds, length, one_of
from dp_multitask.checks.schema.table import SchemaField
from dp_multitask.components.core.kinds import LARGEST_SIZE

ACTIVATIONS = (
    *("tanh", "relu", "relu6", "softplus", "sigmoid", "gelu", "gelu_tf", "silu"),
    *("silut", "custom_silu", "linear", "none"),
)
PRECISIONS = ("default", "float16", "float32", "float64", "bfloat16")
_MOST_FRAMES = sys.maxsize
_BOUNDED = {"minimum": 0, "maximum": LARGEST_SIZE}
_PRECISION_NAMES = (*PRECISIONS, "half", "single", "double")


def _text_or_numbers(
    accepts: Callable[[str], bool],
    expected: str,
    choices: tuple[str, ...] = (),
    low: float = -math.inf,
    high: float = math.inf,
) -> Constraint:
    """Demand a text that a function accepts, or numbers in an interval, alone or in a list."""

    def allows(value: Any) -> bool:
        if isinstance(value, str):
            return accepts(value)
        numbers = value if isinstance(value, list) else [value]
        return all(not isinstance(each, int | float) or low <= each <= high for each in numbers)

    return Constraint(allows, expected, choices=choices)


def _widths(expected: str, *, may_be_empty: bool = False, truths: bool = False) -> Constraint:
    """Demand sizes of arrays, alone or in a list that must not be empty."""
    schema: dict[str, Any] = {**_BOUNDED, "items": _BOUNDED}

    def is_one(value: Any) -> bool:
        return not isinstance(value, int | float) or 0 <= value <= LARGEST_SIZE

    def allows(value: Any) -> bool:
        if not isinstance(value, list):
            return is_one(value)
        # the argument check lets some lists hold anything; PyTorch mostly refuses truths, too
        whole = (isinstance(each, int) if truths else type(each) is int for each in value)
        numbers = all(whole) and all(map(is_one, value))
        return numbers and (bool(value) or may_be_empty)

    return Constraint(allows, expected, schema if may_be_empty else schema | {"minItems": 1})


def _no_truth(constraint: Constraint) -> Constraint:
    """Demand a number of a size, for which PyTorch does not take true, as it does elsewhere."""
    return constraint._replace(allows=lambda value: value is not True and constraint.allows(value))


def _neighbours(least: int = 1) -> Constraint:
    """Demand numbers of neighbours, `least` in all, or that they are taken from the data."""
    enough = ", not all zero" if least else ""

    def allows(value: Any) -> bool:
        if isinstance(value, str):
            return _is_automatic_sel(value)
        numbers = value if isinstance(value, list) else [value]
        if not all(isinstance(each, int) for each in numbers):
            return True  # the type's to judge
        return all(each >= 0 for each in numbers) and least <= sum(numbers) <= LARGEST_SIZE

    return Constraint(
        allows,
        f"numbers of neighbours from 0 to {LARGEST_SIZE}{enough}, 'auto' or 'auto:FACTOR'",
        {**_BOUNDED, "items": _BOUNDED},
        ("auto",),
    )


def _is_activation(text: str) -> bool:
    lower = text.lower()
    if lower.startswith(("silut", "custom_silu")):
        return ":" not in lower or _is_number(lower.rsplit(":", 1)[1])
    return lower in ACTIVATIONS


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_whole(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True


def _is_batch_rule(text: str) -> bool:
    """``auto[:N]``, ``max:N``, ``filter:N`` (``mixed:N`` and ``mix:N`` are judged by rules)."""
    word, *numbers = text.split(":")
    if word == "auto":
        return not numbers or (_is_whole(numbers[0]) and 0 < int(numbers[0]) <= _MOST_FRAMES)
    known = word in ("max", "filter", "mix", "mixed")
    single = len(numbers) == 1 and _is_whole(numbers[0])
    return known and single and int(numbers[0]) <= _MOST_FRAMES


def _is_probability_style(text: str) -> bool:
    if text in ("prob_uniform", "prob_sys_size"):
        return True
    head, *blocks = text.split(";")
    if head != "prob_sys_size" or not blocks or not all(map(_is_block, blocks)):
        return False
    return any(float(block.split(":")[2]) > 0.0 for block in blocks)


def _is_block(text: str) -> bool:
    parts = text.split(":")
    return len(parts) >= 3 and all(map(_is_whole, parts[:2])) and _is_weight(parts[2])


def _is_weight(text: str) -> bool:
    return _is_number(text) and 0.0 <= float(text) < math.inf


def _is_automatic_sel(text: str) -> bool:
    word, *ratio = text.split(":")
    if word != "auto" or len(ratio) > 1:
        return False
    return not ratio or (_is_number(ratio[0]) and float(ratio[0]) > 0.0)


# Arrays of a batch that are no labels.
_RESERVED = frozenset((
    *("type", "atype", "coord", "box", "natoms", "natoms_vec", "real_natoms_vec", "spin"),
    *("fparam", "aparam", "fid", "sid"),
))


def _is_property_name(text: str) -> bool:
    return bool(text) and text not in _RESERVED and not text.startswith("find_") and "/" not in text


_ACTIVATION = _text_or_numbers(
    _is_activation,
    f"one of {', '.join(map(repr, ACTIVATIONS))}; 'silut' and 'custom_silu' may have a threshold, "
    "as in 'silut:10.0'",
    ACTIVATIONS,
)
_PRECISION = one_of(*_PRECISION_NAMES)
_BATCH = _text_or_numbers(
    _is_batch_rule,
    "a number of frames (at least 1), a list with one for each system, 'auto', 'auto:N', 'max:N' "
    "or 'filter:N'",
    ("auto", "max", "filter"),
    low=1,
    high=_MOST_FRAMES,
)
_STYLE = _text_or_numbers(
    _is_probability_style,
    "'prob_uniform', 'prob_sys_size' or 'prob_sys_size;START:END:WEIGHT;...'",
    ("prob_uniform", "prob_sys_size"),
)
_SEL = _neighbours()
_OF_DESCRIPTOR = _widths(f"widths from 0 to {LARGEST_SIZE}, of one layer or more")
_OF_FITTING = _widths(f"widths from 0 to {LARGEST_SIZE}", may_be_empty=True)
_OF_DPA4 = _widths(f"widths from 0 to {LARGEST_SIZE}", may_be_empty=True, truths=True)
_COUNT = bounds(low=0)
_SIZE = bounds(0, LARGEST_SIZE)
_POSITIVE = bounds(low=0, exclusive="low")
_CUTOFF = bounds(0, 1e9, exclusive="low")
_ONE_OR_MORE = bounds(low=1)
_MOMENT = bounds(0, 1, exclusive="high")
_NOT_ZERO = Constraint(
    lambda value: not isinstance(value, int | float) or value != 0,
    "a number other than 0",
    {"not": {"const": 0}},
)
_FILE_NAME = _text_or_numbers(bool, "the name of a file")
_CHECKPOINT_NAME = _text_or_numbers(
    lambda text: any(part not in ("", ".") for part in text.split("/")),
    "the name of a checkpoint, to which its step is added",
)

BY_NAME: Mapping[str, Constraint] = {
    "activation_function": _ACTIVATION,
    "precision": _PRECISION,
    "axis_neuron": _COUNT,
    "tebd_dim": _SIZE,
    "tebd_input_mode": one_of("concat", "strip"),
    **dict.fromkeys(("numb_fparam", "numb_aparam", "dim_case_embd"), _no_truth(_SIZE)),
    **dict.fromkeys(("task_dim", "numb_dos"), _no_truth(bounds(1, LARGEST_SIZE))),
    **dict.fromkeys(("g1_dim", "g2_dim", "attn1_hidden"), _no_truth(_SIZE)),
    **dict.fromkeys(("n_dim", "e_dim", "a_dim"), _no_truth(_SIZE)),
    **dict.fromkeys(("rcut", "e_rcut", "a_rcut", "three_body_rcut"), _CUTOFF),
    "update_style": one_of("res_avg", "res_incr", "res_residual"),
    "update_residual_init": one_of("norm", "const"),
    "start_lr": _POSITIVE,
    "warmup_ratio": _COUNT,
    "auto_prob": _STYLE,
    "disp_freq": _NOT_ZERO,
    "data_stat_nbatch": _ONE_OR_MORE,
    "zero_stage": bounds(0, 3),
    "numb_steps": _COUNT,
    "huber_delta": length(3, "energy, force, virial"),
    "lmax": bounds(1, 4),
    "sel_reduce_factor": _POSITIVE,
    "property_name": _text_or_numbers(
        _is_property_name,
        "the name of the file with the property; not one that DeePMD-kit has another use for",
    ),
}
"""Name of a field, wherever it stands -> what training demands of its value."""

_DESCRIPTOR = "model[standard]/descriptor["
# lmax of these is the largest degree of their harmonics
_OTHER_LMAX = ("dpa4", "dpa4c")
_LOSSES = {
    "loss[ener]": ("mse", "mae"),
    "loss[ener_spin]": ("mse", "mae"),
    "loss[dens]": ("mse", "mae"),
    "loss[property]": ("smooth_mae", "mae", "mse", "rmse", "mape"),
    "loss[population]": ("smooth_mae", "mae", "rmse"),
}

BY_PLACE: Mapping[str, Constraint] = {
    "model[standard]/fitting_net[dpa4_ener]/neuron": _OF_DPA4,
    **{f"{body}/loss_func": one_of(*words) for body, words in _LOSSES.items()},
    "model[standard]/descriptor[dpa3]/repflow/nlayers": _ONE_OR_MORE,
    "model[standard]/descriptor[dpa3]/repflow/a_sel": _neighbours(least=0),
    "model[standard]/descriptor[dpa3]/repflow/n_multi_edge_message": _ONE_OR_MORE,
    "model[dpa4]/lora/rank": _ONE_OR_MORE,
    **{
        f"loss[dos]/{when}_pref_{term}": _COUNT
        for when in ("start", "limit")
        for term in ("dos", "cdf", "ados", "acdf")
    },
    "loss[property]/beta": _COUNT,
    "loss[population]/beta": _COUNT,
    "loss[tensor]/pref": _COUNT,
    "loss[tensor]/pref_atomic": _COUNT,
    "loss[dens]/dens_prob": bounds(0, 1),
    "loss[dens]/dens_corrupt_ratio": bounds(0, 1),
    "loss[dens]/dens_std": _POSITIVE,
    "loss[dens]/dens_denoising_pos_coefficient": _COUNT,
    **{
        f"optimizer[{name}]/{key}": bounds
        for name in ("Adam", "AdamW")
        for key, bounds in (
            ("adam_beta1", _MOMENT),
            ("adam_beta2", _MOMENT),
            ("weight_decay", _COUNT),
        )
    },
    "optimizer[LKF]/kf_blocksize": _ONE_OR_MORE,
    **{
        f"optimizer[LKF]/kf_{when}_pref_{term}": demanded
        for when, demanded in (("start", _POSITIVE), ("limit", _COUNT))
        for term in ("e", "f")
    },
    "optimizer[HybridMuon]/muon_mode": one_of("2d", "flat", "slice"),
    "training/numb_epoch": _POSITIVE,
    "training/disp_file": _FILE_NAME,
    "training/save_ckpt": _CHECKPOINT_NAME,
    "training/stat_file": _FILE_NAME,
    "training/data_dict/stat_file": _FILE_NAME,
    "training/training_data/batch_size": _BATCH,
    "training/validation_data/batch_size": _BATCH,
}
"""Place of a field in the schema -> what training demands of its value."""


def demand(field: SchemaField) -> Constraint | None:
    """Give what training demands of a field's value beyond the argument check, if anything."""
    return _demand(field.owner, field.name, field.type)


@cache
def _demand(owner: str, name: str, type_: str) -> Constraint | None:
    if name == "lmax" and any(f"[{each}]" in owner for each in _OTHER_LMAX):
        return None
    place = f"{owner}/{name}".removeprefix("multitask/")  # a multitask section shares its twin's
    found = BY_PLACE.get(place, BY_NAME.get(name))
    if found is not None:
        return found
    if name in ("neuron", "three_body_neuron"):
        return _OF_DESCRIPTOR if _DESCRIPTOR in place else _OF_FITTING
    if name in ("sel", "nsel", "e_sel", "a_sel", "three_body_sel") and "str" in type_:
        return _SEL
    return None
