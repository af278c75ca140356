# SPDX-License-Identifier: LGPL-3.0-or-later
"""How long to train, and what only one kind of input can have."""

from __future__ import annotations

from collections.abc import Iterator

from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.view import InputView, as_dict, number
from dp_multitask.diagnostics import Fix
from dp_multitask.errors import TreePath
from dp_multitask.text.plain_data import is_commented_out, suggest

STEPS = ("numb_steps", "num_steps", "num_step", "numb_step", "stop_batch")
EPOCHS = ("numb_epoch", "num_epoch", "num_epochs", "numb_epochs")

_SINGLE_KEYS = {
    ("loss",): "loss_dict",
    ("training", "training_data"): "data_dict",
    ("training", "validation_data"): "data_dict",
    ("training", "stat_file"): "data_dict",
}
_MULTITASK_KEYS: dict[TreePath, str] = {
    ("loss_dict",): "loss",
    ("training", "data_dict"): "training_data",
    ("training", "model_prob"): "training_data",
    ("training", "num_epoch_dict"): "num_epoch",
}


@rule("DPM508", "error")
def epochs_and_steps(view: InputView) -> Iterator[Finding]:
    """`num_epoch_dict` excludes `numb_steps` and `model_prob`.

    The epochs of the branches determine both the number of steps and the probabilities.

    Keep either `num_epoch_dict`, or `numb_steps` with or without `model_prob`.
    """
    known = view.release_has("num_epoch_dict", "multitask/training")
    if not known or not as_dict(view.training.get("num_epoch_dict")):
        return  # a release without the key refuses it
    for key in (*STEPS, "model_prob"):
        if view.training.get(key) not in (None, {}):
            msg = f"{key!r} and 'num_epoch_dict' exclude each other"
            yield Finding(("training", key), msg, "keep one of the two", "key")


@rule("DPM509", "error", *EVERY)
def no_training_length(view: InputView) -> Iterator[Finding]:
    """Nothing says how long to train.

    A multitask input needs `numb_steps` or `num_epoch_dict`, a single-task input `numb_steps` or
    `num_epoch`.

    Add one of them to `training`.
    """
    training = view.training
    written = isinstance(view.data.get("training"), dict)
    if not written or any(training.get(key) is not None for key in STEPS):
        return
    multitask = view.kind == "multitask"
    if multitask and (as_dict(training.get("num_epoch_dict")) or not view.branches):
        return
    if any(training.get(key) is not None for key in EPOCHS):
        return  # a multitask input: DPM510 says so
    if not multitask and "num_epoch_dict" in training:
        return  # DPM513 says so
    section, other = ("multitask", "num_epoch_dict") if multitask else ("training", "num_epoch")
    msg = "'training' has no 'numb_steps'"
    if view.release_has(other, section):
        msg = f"'training' has neither 'numb_steps' nor {other!r}"
    near = suggest("numb_steps", (key for key in training if not is_commented_out(key)))
    hint = f"{near!r} is perhaps meant for 'numb_steps'" if near else "add 'numb_steps'"
    yield Finding(("training", "numb_steps"), msg, hint)


@rule("DPM510", "error")
def epochs_of_single_task(view: InputView) -> Iterator[Finding]:
    """`num_epoch` is for single-task inputs.

    The branches of a multitask input have data sets of different sizes; epochs are counted for
    each branch.

    Use `num_epoch_dict`, with a value for each branch, or `numb_steps`.
    """
    for key in EPOCHS:
        if view.training.get(key) is not None:
            msg = f"{key!r} is not supported in a multitask input"
            hint = "use 'numb_steps'"
            if view.release_has("num_epoch_dict", "multitask"):
                hint = "use 'num_epoch_dict', with a number for each branch"
            length = (("training", "numb_steps"), ("training", "numb_epoch"))
            yield Finding(("training", key), msg, hint, "key", length)


@rule("DPM511", "error", "single")
def steps_and_epochs(view: InputView) -> Iterator[Finding]:
    """`numb_steps` and `num_epoch` exclude each other.

    Both say how long to train, and DeePMD-kit's argument check refuses to choose.

    Keep one of them.
    """
    steps = [key for key in STEPS if view.training.get(key) is not None]
    for key in EPOCHS:
        if steps and view.training.get(key) is not None:
            msg = f"{key!r} and {steps[0]!r} exclude each other"
            yield Finding(("training", key), msg, "keep one of the two", "key")


@rule("DPM512", "error")
def single_task_section(view: InputView) -> Iterator[Finding]:
    """A section of single-task inputs stands in a multitask input.

    With a `model_dict`, losses stand in `loss_dict` and data in `training/data_dict`, each under
    the name of its branch.

    Move the section there.
    """
    for path, replacement in _SINGLE_KEYS.items():
        if view.at(path) is not None:
            msg = f"{path[-1]!r} is for single-task inputs"
            hint = f"write one for each branch in {replacement!r}"
            yield Finding(path, msg, hint, "key", covers=(path,))


@rule("DPM513", "error", "single")
def multitask_section(view: InputView) -> Iterator[Finding]:
    """A section of multitask inputs stands in a single-task input.

    Without a `model_dict` there are no branches: the loss stands in `loss`, the data in
    `training/training_data`.

    Write the single-task section, or put the models into `model/model_dict`.
    """
    for path, replacement in _MULTITASK_KEYS.items():
        if view.at(path) is not None:
            msg = f"{path[-1]!r} needs a 'model/model_dict'"
            hint = f"use {replacement!r}, or write the models into 'model/model_dict'"
            yield Finding(path, msg, hint, "key")


@rule("DPM514", "error", *EVERY)
def learning_rate_dict(view: InputView) -> Iterator[Finding]:
    """`learning_rate_dict` no longer exists.

    All branches are trained with one learning rate.

    Use `learning_rate`.
    """
    if "learning_rate_dict" in view.data:
        msg = "'learning_rate_dict' no longer exists: all branches have one learning rate"
        yield Finding(("learning_rate_dict",), msg, "use 'learning_rate'", "key")


@rule("DPM515", "error")
def data_stat_protect_differs(view: InputView) -> Iterator[Finding]:
    """The branches have different `data_stat_protect`.

    The statistics of shared parts are merged with one protection; DeePMD-kit asserts that all
    branches have the same when training starts. A branch without it has 0.01.

    Write the same value in every branch, or once directly under `model`.
    """
    values = []
    for branch in view.branches:
        value = number(branch.params.get("data_stat_protect", 1e-2))
        if value is not None:
            values.append((branch, value))
    for branch, value in values[1:]:
        first = values[0]
        # the tolerance of the reference: numpy.allclose
        if not abs(value - first[1]) <= 1e-8 + 1e-5 * abs(first[1]):
            msg = (
                f"data_stat_protect is {value:g} in branch {branch.name!r}, "
                f"{first[1]:g} in {first[0].name!r}"
            )
            yield Finding(branch.place("data_stat_protect"), msg, "use one value in all branches")


@rule("DPM536", "error", *EVERY)
def optimizer_of_energies(view: InputView) -> Iterator[Finding]:
    """The optimizer `LKF` trains a single energy model only.

    The Kalman filter of the PyTorch backend has steps for the energies and forces of one model
    with the loss `ener`. With any other loss, and in a multitask input, no step is made, and
    training stops with an `UnboundLocalError`.

    Use `Adam`, the default.
    """
    chosen = as_dict(view.data.get("optimizer")).get("type", view.training.get("opt_type"))
    if chosen != "LKF" or view.backend != "pt":
        return
    loss = as_dict(view.data.get("loss")).get("type", "ener")
    if view.kind == "multitask" or loss not in ("ener", "ener_hess"):
        path = ("optimizer", "type") if "optimizer" in view.data else ("training", "opt_type")
        found = "a multitask input" if view.kind == "multitask" else f"the loss {loss!r}"
        yield Finding(path, f"{found} cannot be trained with 'LKF'", "use 'Adam'")


@rule("DPM516", "error")
def lora_in_multitask(view: InputView) -> Iterator[Finding]:
    """`lora` is for single-task inputs.

    Branches share their descriptor's modules, so that the adapters of all branches would be one.

    Remove `lora`, or fine-tune a single-task input.
    """
    for branch in view.branches:
        if branch.params.get("lora") is not None:
            msg = "'lora' is not supported in a multitask input"
            path = branch.place("lora")
            yield Finding(path, msg, "remove it", "key", fix=Fix.remove(path))


@rule("DPM517", "warning")
def zero_stage_in_multitask(view: InputView) -> Iterator[Finding]:
    """A job of several processes refuses `zero_stage` in multitask training.

    DeePMD-kit 3.2 distributes the optimizer's state over processes in single-task training only.
    A single process drops `zero_stage` and trains; a job that is started with `torchrun` on
    several devices stops when the trainer is built.

    Set it to 0, unless the input is only ever trained by one process.
    """
    stage = view.training.get("zero_stage")
    if isinstance(stage, int) and 1 <= stage <= 3:
        msg = f"zero_stage {stage} stops a multitask job of several processes; one drops it"
        path = ("training", "zero_stage")
        yield Finding(path, msg, "set it to 0", fix=Fix.replace(path, 0))


@rule("DPM518", "error")
def full_validation_in_multitask(view: InputView) -> Iterator[Finding]:
    """Full validation is for single-task inputs.

    DeePMD-kit 3.2 refuses `full_validation` in multitask training, and `ema_full_validation` if
    `enable_ema` is on.

    Switch it off; the validation data of each branch are still evaluated every `disp_freq` steps.
    """
    section = as_dict(view.data.get("validating"))
    if number(section.get("full_val_start", 0.0)) == 1.0:
        return
    for key in ("full_validation", "ema_full_validation"):
        on = section.get(key) is True
        if on and (key == "full_validation" or view.training.get("enable_ema") is True):
            msg = f"{key!r} is not supported in a multitask input"
            path = ("validating", key)
            yield Finding(path, msg, "set it to false", fix=Fix.replace(path, False))
