# SPDX-License-Identifier: LGPL-3.0-or-later
"""What ``dp --pt train`` does with an input, in this process, for two steps or one a branch."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

STEPS = 2
SECONDS = 30  # of the processor, so that it does not matter who else uses it


class TooSlowError(BaseException):
    """A training took longer than it may."""


def prepare() -> None:
    """Take out of DeePMD-kit what costs time and decides nothing."""
    import logging

    os.environ["TORCHDYNAMO_DISABLE"] = "1"  # compiling an optimizer takes a minute
    import mendeleev
    import torch
    from deepmd.pt.entrypoints import main
    from deepmd.pt.train import training
    from deepmd.pt.utils import env
    from deepmd.utils import argcheck

    torch.set_num_threads(1)
    torch.set_default_device(None)
    env.NUM_WORKERS = training.NUM_WORKERS = 0
    logging.disable(logging.CRITICAL)
    # the same thousands of arguments each time
    argcheck.gen_args = functools.cache(argcheck.gen_args)
    # a query of a database of more than a second for each element
    mendeleev.element = functools.cache(mendeleev.element)
    main.SummaryPrinter = lambda: lambda: None
    run = training.Trainer.run

    draw = training.dp_random.choice

    def run_a_few_steps(trainer: Any) -> None:
        branches = sum(each > 0 for each in trainer.model_prob) if trainer.multi_task else 1
        trainer.num_steps = min(trainer.num_steps, trainer.start_step + max(STEPS, branches))
        training.dp_random.choice = _in_turn(draw)
        try:
            run(trainer)
        finally:
            training.dp_random.choice = draw

    training.Trainer.run = run_a_few_steps


def _in_turn(draw: Callable[..., Any]) -> Callable[..., Any]:
    """Draw every branch that may be drawn, one after the other, so that none is left to chance."""
    turn = itertools.count()

    def choose(choices: Any, p: Any = None, **options: Any) -> Any:
        drawn = draw(choices, p=p, **options)  # which also looks at the probabilities
        if p is None or "size" in options:
            return drawn
        possible = [each for each, chance in zip(choices, p, strict=True) if chance > 0]
        return possible[next(turn) % len(possible)]

    return choose


def failure(
    config: Any, folder: Path, *, finetune: Path | None = None, seconds: int = SECONDS
) -> str | None:
    """Train, and give what DeePMD-kit stopped with, or None.

    Parameters
    ----------
    config : object
        The whole input.
    folder : Path
        Where to train; emptied first.
    finetune : Path, optional
        The checkpoint to start from.
    seconds : int
        How long it may take.

    Returns
    -------
    str or None
        The exception's type and message.
    """
    from deepmd.pt.entrypoints.main import train

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "input.json").write_text(json.dumps(copy.deepcopy(config)))
    arguments: dict[str, Any] = {"init_model": None, "restart": None, "init_frz_model": None}
    arguments |= {"finetune": None if finetune is None else str(finetune), "model_branch": ""}
    with _quietly_in(folder), _time_limit(seconds):
        try:
            train("input.json", **arguments)
        except Exception as err:  # assertions, KeyErrors and torch's own errors are among them
            return f"{type(err).__name__}: {err}"
    return None


def refusal(config: Any) -> str | None:
    """Give what DeePMD-kit's argument check says of an input, or None."""
    from deepmd.pt.utils.multi_task import preprocess_shared_params
    from deepmd.utils.argcheck import normalize
    from deepmd.utils.compat import update_deepmd_input

    given = copy.deepcopy(config)
    try:
        multitask = "model_dict" in given["model"]
        if multitask:
            given["model"], _ = preprocess_shared_params(given["model"])
        normalize(update_deepmd_input(given, warning=False), multi_task=multitask)
    except Exception as err:  # of dargs, and whatever a section of a wrong kind raises
        return f"{type(err).__name__}: {err}"
    return None


@contextmanager
def _quietly_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        with (
            Path(os.devnull).open("w") as sink,
            redirect_stdout(sink),
            redirect_stderr(sink),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        os.chdir(before)


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
