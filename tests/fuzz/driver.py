# SPDX-License-Identifier: LGPL-3.0-or-later
"""Run damaged files through the readers: the right data or a named error, soon, in little memory.

Each case is made from its number alone, so a run can be resumed and a failure repeated::

    PYTHONPATH=src:tests python -m fuzz.driver native --count 100000 --state native.json
    PYTHONPATH=src:tests python -m fuzz.driver native --first 1234 --count 1 --keep .

A case runs in a process of its own kind that may die or hang without harm. A format is a module
with `corpus`, `damage` and `judge`, and a line in `FORMATS`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

FORMATS = {
    "native": "fuzz.native",
    "flat": "fuzz.flat",
    "yaml": "fuzz.yaml_models",
    "pt": "fuzz.checkpoints",
    "json-input": "fuzz.json_inputs",
    "yaml-input": "fuzz.yaml_inputs",
}
SECONDS = 2.0
MEGABYTES = 200
_MEMORY = Path("/dev/shm")  # Linux's folder of files that stay in memory
_HANGS = 60.0  # seconds on a busy machine, whatever the process itself took


class Case(NamedTuple):
    """A file of the corpus: its name, its bytes, and what it is compared with."""

    name: str
    content: bytes
    expected: Any


class Format(Protocol):
    """What a format's module has."""

    def corpus(self, folder: Path) -> list[Case]:
        """Make the files to be damaged."""

    def damage(self, case: Case, rng: random.Random) -> bytes:
        """Damage a file and make its checksums valid again."""

    def judge(self, path: Path, case: Case) -> str | None:
        """Read a damaged file in every way there is; say what is wrong, None if nothing is."""


class Failure(NamedTuple):
    """A case that went wrong."""

    number: int
    what: str


def make_case(name: str, number: int, cases: list[Case]) -> tuple[Case, bytes]:
    """Make a case from its number."""
    rng = random.Random(f"{name} {number}")
    case = rng.choice(cases)
    return case, cast(Format, import_module(FORMATS[name])).damage(case, rng)


def _work(name: str, connection: Connection) -> None:
    """Answer numbers of cases with what went wrong."""
    module = cast(Format, import_module(FORMATS[name]))
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        cases = module.corpus(Path(folder))
        target = Path(folder) / f"damaged{Path(cases[0].name).suffix}"
        for case in cases:  # what readers import and keep is there before memory is counted
            target.write_bytes(case.content)
            connection.send(_judged(module, target, case))
        _limit_memory()
        while True:
            try:
                number = connection.recv()
            except EOFError:
                return
            case, content = make_case(name, number, cases)
            target.unlink()
            target.write_bytes(content)
            begun = time.process_time()
            what = _judged(module, target, case)
            seconds = time.process_time() - begun
            if what is None and seconds > SECONDS:
                what = f"took {seconds:.1f} s"
            connection.send(what)


def _judged(module: Format, target: Path, case: Case) -> str | None:
    try:
        return module.judge(target, case)
    except MemoryError:
        return f"took more than {MEGABYTES} MB"
    except Exception as err:
        return f"{case.name}: raised {type(err).__name__}: {err}"


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + (MEGABYTES << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _Worker:
    """A process that judges cases, and that is made anew when it dies."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, other = context.Pipe()
        self._process = context.Process(target=_work, args=(self._name, other))
        self._process.start()
        other.close()
        for _ in range(self._count()):
            what = self._connection.recv()
            if what is not None:
                self.stop()
                msg = f"an undamaged file fails: {what}"
                raise AssertionError(msg)

    def _count(self) -> int:
        with tempfile.TemporaryDirectory() as folder:
            return len(cast(Format, import_module(FORMATS[self._name])).corpus(Path(folder)))

    def judge(self, number: int) -> str | None:
        self._connection.send(number)
        try:
            if self._connection.poll(_HANGS):
                what = cast("str | None", self._connection.recv())
                if what is None:
                    return None
            else:
                what = "hangs"
        except (EOFError, ConnectionError):
            self._process.join(10)
            what = f"ended the process: {self._process.exitcode}"
        self.stop()  # what went wrong in a process may be followed by more
        self._start()
        return what

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()


def failures(name: str, numbers: range) -> Iterator[Failure | int]:
    """Judge cases; give each that went wrong, and the number of each that did not."""
    worker = _Worker(name)
    try:
        for number in numbers:
            what = worker.judge(number)
            yield number if what is None else Failure(number, what)
    finally:
        worker.stop()


def main(arguments: list[str]) -> int:
    """Judge many cases, going on where the last run stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--state", type=Path, help="file that keeps how far it got")
    parser.add_argument("--keep", type=Path, help="folder for the files that failed")
    args = parser.parse_args(arguments)
    state: dict[str, Any] = {"next": args.first, "failed": []}
    if args.state is not None and args.state.exists():
        state = json.loads(args.state.read_text())
    for result in failures(args.format, range(state["next"], args.first + args.count)):
        number = result.number if isinstance(result, Failure) else result
        if isinstance(result, Failure):
            print(result, flush=True)
            state["failed"].append(result)
            if args.keep is not None:
                _keep(args.format, number, args.keep)
        state["next"] = number + 1
        if args.state is not None and (number % 100 == 99 or isinstance(result, Failure)):
            args.state.write_text(json.dumps(state))
    if args.state is not None:
        args.state.write_text(json.dumps(state))
    print(f"{state['next'] - args.first} cases, {len(state['failed'])} failed")
    return 1 if state["failed"] else 0


def _keep(name: str, number: int, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        cases = cast(Format, import_module(FORMATS[name])).corpus(Path(made))
    case, content = make_case(name, number, cases)
    (folder / f"{number}-{case.name}").write_bytes(content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
