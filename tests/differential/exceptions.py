# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where `check` and a training may disagree, each with its reason; `docs/check.md` lists them."""

from __future__ import annotations

import re

TRAINS_WRONGLY: dict[str, str] = {
    r"DPM102 ": "a share level that is none is left out of account, or taken for the base's",
    r"DPM30[67] ": "the trained model cannot be loaded under its names",
    r"DPM415 .*'(attn(_layer|\d_nhead|\d_hidden)|nlayers)' .*": "there is nothing of that kind",
    r"DPM021 model/descriptor/sel: found (-?\d|\[0)": "a `dpa4` takes every neighbour",
    r"DPM415 .* must be at most 2147483647": "a size beyond all memory that comes to nothing here",
    r"DPM215 ": "one of two equal elements is never trained, and what is given per type is off",
    r"DPM420 ": "it trains until the data have an element that `sel` has no number for",
    r"DPM205 ": "the parameters of one element are those of another in the other branch",
    r"DPM021 .*/sel: found \[.*-\d": "neighbours of one element are counted as those of another",
    r"DPM430 .*use_spin has \d+ values": "it trains until the data have the element without one",
    r"DPM523 .*sys_probs has \d+ numbers, but": "which systems are drawn is left to chance",
    r"DPM021 model/models/\d+/(rcut|sel): ": "a table of pairs that reaches nothing adds nothing",
}
"""An error of ours, a regular expression -> what training does instead of stopping."""

NOT_SEEN: dict[str, str] = {
    r"NaN detected at batch": "the numbers overflow; no setting is wrong by itself",
    r"/descriptor`\] key `type` is required": "`descriptor: {}` is for `--use-pretrain-script`",
    r"No module named 'tensorboard'": "what is installed beside DeePMD-kit is not looked at",
    r"size mismatch for .*\.mean: ": "`sel: auto` counts neighbours in the data, as below",
    r"ufunc 'isfinite' not supported": "a number of more than 64 bits without a decimal point",
    r"[aA]llocate memory|not enough memory": "how much memory there is, is not looked at",
    r"rcut and sel are not in the same order": "`nsel: auto` counts neighbours in the data",
    r"KeyError: 'r_0'": "`min_pair_dist` leaves no frame: positions of atoms are not looked at",
    r"at least one sampled system with a valid frame": "`min_pair_dist` leaves no frame, as above",
    r"No system left after removing": "`filter:N` leaves no system: atoms are not counted",
}
"""What DeePMD-kit stops with, a regular expression -> why `check` does not see it coming."""


def excused(failure: str | None, errors: tuple[str, ...]) -> bool:
    """Tell whether a disagreement is one of the exceptions."""
    if failure is not None:
        return any(re.search(pattern, failure) for pattern in NOT_SEEN)
    return all(any(re.match(pattern, each) for pattern in TRAINS_WRONGLY) for each in errors)
