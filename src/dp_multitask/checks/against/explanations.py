# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the findings against a trained model mean, and what to do about them."""

from __future__ import annotations

from dp_multitask.diagnostics import Severity

EXPLANATIONS: dict[str, tuple[Severity, str, str]] = {
    "DPM801": (
        "error",
        "A part does not fit the trained model",
        "The parameters of the trained model are loaded into the descriptor and the fitting net "
        "of the input, and each must have the same shape there: DeePMD-kit stops with `size "
        "mismatch for ...`, or with a key that is not found, when the trainer is built.\n\n"
        "Write the value of the trained model, or start with `--use-pretrain-script`, which takes "
        "them over; a fitting net may be another one with `finetune_head: RANDOM`.",
    ),
    "DPM802": (
        "error",
        "The trained model has no such head",
        "`finetune_head`, or `--model-branch`, names a branch of the trained model or one of its "
        "aliases, as it is written there. A single model has the one head `Default`.\n\n"
        "Correct the name; `dp-multitask show MODEL` lists them. `RANDOM` asks for a fresh "
        "fitting net.",
    ),
    "DPM803": (
        "error",
        "The trained model has other branches",
        "`--restart` and `--init-model` load every parameter under its own name: branches must be "
        "the same, and none may be left out or added.\n\n"
        "Use `--finetune` for other branches.",
    ),
    "DPM804": (
        "warning",
        "The trained model has another type map",
        "`--restart` and `--init-model` do not look at the names of the elements: with another "
        "type map of the same length each element takes the parameters of another.\n\n"
        "Write the type map of the trained model, or use `--finetune`, which sorts them.",
    ),
    "DPM805": (
        "error",
        "The descriptor cannot change its type map",
        "The parameters of `se_e2_a`, `se_e2_r` and `se_e3` belong to pairs of elements. "
        "Fine-tuning with another type map, even in another order, ends in a "
        "`NotImplementedError`.\n\nWrite the type map of the trained model.",
    ),
    "DPM806": (
        "warning",
        "A setting differs from the trained model",
        "The parameters fit, but were trained with another value: what they mean has changed. "
        "DeePMD-kit warns, and trains.\n\n"
        "Write the value of the trained model, or start with `--use-pretrain-script`.",
    ),
    "DPM807": (
        "error",
        "A branch is chosen on the command line for several branches",
        "`--model-branch` is the head that a single-task input starts from. Each branch of a "
        "multitask input has its own `finetune_head`.\n\n"
        "Write `finetune_head` in the branches.",
    ),
}
"""Code -> (severity, title, explanation)."""
