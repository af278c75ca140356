# SPDX-License-Identifier: LGPL-3.0-or-later
"""Paired timings for the benchmarks of this folder.

Rivals are timed in turn, round by round, so that a busy machine slows all of them alike; what is
reported is the median over rounds, and ratios are medians of the ratios within a round.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
SOURCE_FOLDER = Path(__file__).resolve().parent.parent / "src"


@dataclass(frozen=True)
class Timings:
    """Seconds of every rival, one value a round.

    Attributes
    ----------
    seconds : dict of str to list of float
        Name -> seconds in each round; round ``i`` of all names ran back to back.
    """

    seconds: dict[str, list[float]]

    def median(self, name: str) -> float:
        """Give the median seconds of one rival."""
        return statistics.median(self.seconds[name])

    def ratio(self, numerator: str, denominator: str) -> float:
        """Give the median over rounds of one rival's time divided by another's."""
        pairs = zip(self.seconds[numerator], self.seconds[denominator], strict=True)
        return statistics.median(above / below for above, below in pairs)


def time_functions(
    rivals: Mapping[str, Callable[[], object]],
    *,
    rounds: int = 7,
    warm_up: int = 1,
    clock: Callable[[], float] = time.perf_counter,
    clean_up: Callable[[], object] = lambda: None,
) -> Timings:
    """Time functions in turn, with the garbage collector held off while each one runs.

    Parameters
    ----------
    rivals : mapping of str to callable
        Name -> function of no arguments that does the whole work.
    rounds : int, default: 7
        How often each function is timed.
    warm_up : int, default: 1
        Untimed rounds before.
    clock : callable, default: time.perf_counter
        Gives seconds; ``time.process_time`` leaves out what other processes take.
    clean_up : callable, optional
        Called after each timed call, untimed.
    """
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for index in range(warm_up + rounds):
        for name, function in rivals.items():
            elapsed = _seconds_of(function, clock)
            clean_up()
            if index >= warm_up:
                seconds[name].append(elapsed)
    return Timings(seconds)


def time_commands(
    rivals: Mapping[str, Sequence[str]],
    *,
    rounds: int = 7,
    warm_up: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> Timings:
    """Time commands in turn, each in a fresh process with its output thrown away.

    With `children_seconds` as `clock` it is their CPU time.

    Raises
    ------
    subprocess.CalledProcessError
        A command failed: a benchmark of a failure would say nothing.
    """
    environment = command_environment()

    def runner(command: Sequence[str]) -> Callable[[], object]:
        return lambda: subprocess.run(
            command, check=True, capture_output=True, env=environment
        )

    functions = {name: runner(command) for name, command in rivals.items()}
    return time_functions(functions, rounds=rounds, warm_up=warm_up, clock=clock)


def children_seconds() -> float:
    """Give the CPU time of all finished child processes together."""
    times = os.times()
    return times.children_user + times.children_system


def command_environment() -> dict[str, str]:
    """Give the environment of a timed command: this source tree, one thread, cached bytecode.

    Bytecode is written, and used from the second run on, because that is how an installed package
    runs; the warm-up round writes it.
    """
    folders = [str(SOURCE_FOLDER), os.environ.get("PYTHONPATH", "")]
    inherited = {key: value for key, value in os.environ.items() if key != _NO_BYTECODE}
    return inherited | {
        "PYTHONPATH": os.pathsep.join(filter(None, folders)),
        "OMP_NUM_THREADS": "1",
    }


def python(*arguments: str) -> list[str]:
    """Give the command that runs this interpreter with some arguments."""
    return [sys.executable, *arguments]


def format_seconds(seconds: float) -> str:
    """Write a duration with three digits and the unit that fits: ``1.23 s``, ``45.6 ms``."""
    factor, unit = (1.0, "s") if seconds >= 1 else (1e3, "ms") if seconds >= 1e-3 else (1e6, "us")
    return f"{seconds * factor:.3g} {unit}"


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, the first column flush left and the others flush right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    print(title)
    for row in (header, ["-" * width for width in widths], *rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  " + "  ".join(cells))
    print()


def _seconds_of(function: Callable[[], object], clock: Callable[[], float]) -> float:
    gc.collect()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        start = clock()
        result = function()
        elapsed = clock() - start
        del result  # after the clock has stopped: to free it is no part of the work
        return elapsed
    finally:
        if was_enabled:
            gc.enable()
