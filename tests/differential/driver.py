# SPDX-License-Identifier: LGPL-3.0-or-later
"""Hold `check` against real trainings of inputs that were broken at random.

Each input is made from its number alone, so a run can be resumed and a disagreement repeated::

    PYTHONPATH=src:tests python -m differential.driver --count 5000 --state trainings.json
    PYTHONPATH=src:tests python -m differential.driver --first 1234 --count 1 --show

DeePMD-kit is patched and trains in a process of its own, which may die or hang without harm.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from differential import verdicts
from differential.verdicts import Verdict

_HANGS = _STARTS = 900.0  # seconds on a busy machine, whatever the process itself took


def _work(connection: Connection) -> None:
    """Answer numbers of inputs with verdicts."""
    with tempfile.TemporaryDirectory() as folder:
        bench = verdicts.Bench(Path(folder))
        connection.send((tuple(bench.bases), tuple(bench.strangers)))
        while True:
            try:
                asked = connection.recv()
            except EOFError:
                return
            if isinstance(asked, int):
                connection.send(bench.verdict(asked))
            else:
                connection.send(bench.verdict_of(asked))


class Trainer:
    """A process that judges inputs, and that is made anew when it dies."""

    def __init__(self) -> None:
        self._start()

    def __enter__(self) -> Trainer:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, other = context.Pipe()
        self._process = context.Process(target=_work, args=(other,))
        self._process.start()
        other.close()
        if not self._connection.poll(_STARTS):
            self._stop()
            msg = "the process that trains does not start"
            raise TimeoutError(msg)
        self.bases: tuple[str, ...]
        self.strangers: tuple[str, ...]
        self.bases, self.strangers = self._connection.recv()

    def _stop(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()

    def judge(self, asked: int | str) -> Verdict:
        """Judge the input of a number, or the unchanged one of a name."""
        self._connection.send(asked)
        try:
            if self._connection.poll(_HANGS):
                verdict: Verdict = self._connection.recv()
                return verdict
            ended, kind = "hangs", verdicts.UNTOLD
        except (EOFError, ConnectionError):
            self._process.join(10)
            ended, kind = f"ends the process: {self._process.exitcode}", verdicts.LET_THROUGH
        self._stop()
        self._start()
        return Verdict(asked if isinstance(asked, int) else -1, str(asked), (), kind, ended)


def judged(numbers: range) -> Iterator[Verdict]:
    """Judge the inputs of some numbers."""
    with Trainer() as trainer:
        for number in numbers:
            yield trainer.judge(number)


def is_disagreement(verdict: Verdict) -> bool:
    """Tell whether `check` says other than what a training does."""
    return verdict.kind in (verdicts.LET_THROUGH, verdicts.FALSE_ALARM)


def main(arguments: list[str]) -> int:
    """Judge many inputs, going on where the last run stopped."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--state", type=Path, help="file that keeps how far it got")
    parser.add_argument("--show", action="store_true", help="print every verdict")
    args = parser.parse_args(arguments)
    state: dict[str, Any] = {"next": args.first, "counts": {}, "disagreements": []}
    if args.state is not None and args.state.exists():
        state = json.loads(args.state.read_text())
    counts = Counter(state["counts"])
    for verdict in judged(range(state["next"], args.first + args.count)):
        counts[verdict.kind] += 1
        if args.show or is_disagreement(verdict):
            print(json.dumps(verdict._asdict(), indent=1), flush=True)
        if is_disagreement(verdict):
            state["disagreements"].append(verdict._asdict())
        state |= {"next": verdict.number + 1, "counts": counts}
        if args.state is not None:
            args.state.write_text(json.dumps(state, indent=1))
    print(f"{counts.total()} inputs:", *(f"{n} {kind};" for kind, n in sorted(counts.items())))
    return 1 if state["disagreements"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
