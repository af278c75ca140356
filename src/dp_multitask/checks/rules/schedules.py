# SPDX-License-Identifier: LGPL-3.0-or-later
"""Learning rate, warm-up and what is printed on the way."""

from __future__ import annotations

from collections.abc import Iterator

from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.training import STEPS
from dp_multitask.checks.rules.view import InputView, as_dict, is_misspelt, number
from dp_multitask.errors import TreePath

# A training in ten that is lost is an error, one in a thousand worth a word.
_OFTEN, _RARELY = 0.1, 1e-3


@rule("DPM530", "warning", *EVERY)
def learning_rate_rises(view: InputView) -> Iterator[Finding]:
    """The learning rate rises during the training.

    `stop_lr` is the rate at the end; it is usually orders of magnitude below `start_lr`, so that
    the parameters settle. `stop_lr_ratio` is the quotient of the two.

    Exchange the two numbers, or correct one.
    """
    rate = as_dict(view.data.get("learning_rate"))
    start, stop = number(rate.get("start_lr")), number(rate.get("stop_lr"))
    ratio = number(rate.get("stop_lr_ratio"))
    if start is not None and stop is not None and stop > start > 0:
        msg = f"the learning rate rises from {start:g} to {stop:g}"
        yield Finding(("learning_rate", "stop_lr"), msg, "make stop_lr smaller than start_lr")
    elif ratio is not None and ratio > 1:
        msg = f"the learning rate rises to {ratio:g} times its start"
        yield Finding(("learning_rate", "stop_lr_ratio"), msg, "make the ratio smaller than 1")


@rule("DPM531", "error", *EVERY)
def warmup_as_long_as_training(view: InputView) -> Iterator[Finding]:
    """The warm-up takes as many steps as the training, or more.

    The learning rate decays after `warmup_steps` (or `warmup_ratio` of all steps); at least one
    step must be left. DeePMD-kit stops when it builds the schedule.

    Make the warm-up shorter.
    """
    rate = as_dict(view.data.get("learning_rate"))
    steps = next((view.training[key] for key in STEPS if key in view.training), None)
    total = steps if isinstance(steps, int) and steps > 0 else None
    ratio, warmup = number(rate.get("warmup_ratio")), number(rate.get("warmup_steps"))
    path: TreePath = ("learning_rate", "warmup_steps")
    if warmup is not None and warmup < 0:
        yield Finding(path, f"warmup_steps is {warmup:g}", "write a number of steps, zero or more")
    elif warmup and total is not None and warmup >= total:
        msg = f"the warm-up takes {warmup:g} steps, the training {total}"
        yield Finding(path, msg, f"write a number below {total}")
    elif ratio is not None and ratio >= 1:
        msg = f"the warm-up takes {ratio:g} times the steps of the training"
        yield Finding(("learning_rate", "warmup_ratio"), msg, "write a number below 1")


@rule("DPM534", "error", *EVERY)
def no_learning_rate(view: InputView) -> Iterator[Finding]:
    """The input has no `learning_rate`.

    DeePMD-kit's argument check lets the section be absent, and training stops with a `KeyError`
    when it builds the loss. Every branch is trained with the same one.

    Add it: `"learning_rate": {"type": "exp", "start_lr": 1e-3, "stop_lr": 1e-8}`.
    """
    written = isinstance(view.data.get("training"), dict)
    if not written or "learning_rate" in view.data or "learning_rate_dict" in view.data:
        return
    if not is_misspelt("learning_rate", view.data):
        msg = "the input has no 'learning_rate'"
        yield Finding(("learning_rate",), msg, "add it, with 'start_lr' and 'stop_lr'")


@rule("DPM532", "error")
def averages_of_nothing(view: InputView) -> Iterator[Finding]:
    """With `disp_avg` a branch must be drawn between any two lines of the learning curve.

    `disp_avg` prints the average loss of each branch over the last `disp_freq` steps. A branch that
    was drawn before but not among these steps has an average over no step: DeePMD-kit stops with a
    `ZeroDivisionError`, somewhere in the middle of the training.

    Increase `disp_freq` or the probability of the branch, or switch `disp_avg` off.
    """
    yield from _averages(view, likely=True)


@rule("DPM533", "warning")
def averages_of_perhaps_nothing(view: InputView) -> Iterator[Finding]:
    """With `disp_avg` a branch may happen not to be drawn between two lines.

    It is the failure that DPM532 tells of, in less than one training of ten.

    Increase `disp_freq` or the probability of the branch, or switch `disp_avg` off.
    """
    yield from _averages(view, likely=False)


def _averages(view: InputView, *, likely: bool) -> Iterator[Finding]:
    """Find the branch that is most often not drawn for `disp_freq` steps."""
    training = view.training
    steps = next((training[key] for key in STEPS if isinstance(training.get(key), int)), 0)
    every = training.get("disp_freq", 1000)
    if training.get("disp_avg") is not True or not isinstance(every, int) or every < 1:
        return
    if training.get("disp_training") is False:
        return
    shares = _shares(view)
    fails = {name: _missed_once(share, every, steps // every) for name, share in shares.items()}
    worst = max(fails, key=fails.__getitem__, default=None)
    if worst is None or (fails[worst] >= _OFTEN) is not likely or fails[worst] < _RARELY:
        return
    msg = (
        f"with disp_avg, branch {worst!r} (drawn in {shares[worst]:.3g} of the steps) must be "
        f"drawn in every {every} steps; that fails in {fails[worst]:.2g} of such trainings"
    )
    hint = "increase 'disp_freq', or switch 'disp_avg' off"
    yield Finding(("training", "disp_avg"), msg, hint)


def _missed_once(share: float, every: int, intervals: int) -> float:
    """Give the probability that a branch is drawn in an interval and not in a later one."""
    missed = (1.0 - share) ** every
    drawn = 1.0 - missed
    if abs(drawn - missed) < 1e-9:
        return 1.0 - (intervals + 1) * drawn**intervals
    # it is fine if the branch is absent from the first intervals and present in all others
    fine = (drawn ** (intervals + 1) - missed ** (intervals + 1)) / (drawn - missed)
    return 1.0 - fine


def _shares(view: InputView) -> dict[str, float]:
    """Give the probability of each branch, or nothing where the input does not tell."""
    given = as_dict(view.training.get("model_prob"))
    weights: dict[str, float] = {}
    for name in view.branch_names:
        data = as_dict(as_dict(view.training.get("data_dict")).get(name))
        systems = as_dict(data.get("training_data")).get("systems")
        by_default = float(len(systems)) if isinstance(systems, list) else None
        weight = number(given.get(name)) if given else by_default
        if weight is None or not 0.0 <= weight < float("inf"):
            return {}
        weights[name] = weight
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()} if total > 0 else {}
