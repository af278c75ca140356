# SPDX-License-Identifier: LGPL-3.0-or-later
"""Run what a page of the documentation shows, as a reader would, from top to bottom."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dp_multitask.cli.main import main

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"(?:^<!-- ([^\n]*) -->\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SHELL = re.compile(r"[|;&<>$`*]")


class Block(NamedTuple):
    """A block of code; the mark is what the comment right before it says, or nothing."""

    mark: str
    language: str
    text: str

    def commands(self) -> Iterator[tuple[str, str]]:
        """Give each command with what it prints, in ``console`` blocks; in ``sh`` ones nothing."""
        if self.language == "console":
            yield from re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", self.text, re.MULTILINE)
        elif self.language == "sh":
            whole_lines = self.text.replace("\\\n", " ").splitlines()
            yield from ((line, "") for line in whole_lines if line and not line.startswith("#"))


def blocks(page: Path) -> list[Block]:
    """Give the blocks of a page, in order."""
    return [Block(*found) for found in _BLOCK.findall(page.read_text(encoding="utf-8"))]


def run_command_line(line: str, folder: Path) -> tuple[int | str | None, str]:
    """Run a command line in the working folder `folder`; give its exit code and what it printed.

    A command of ours runs in this process, in which Python is started already; what a shell has to
    do with it, in a shell.
    """
    program, *arguments = shlex.split(line, comments=True)
    if program == "dp-multitask" and not _SHELL.search(line):
        with printed() as text:
            try:
                code: int | str | None = main(arguments)
            except SystemExit as end:  # of argparse
                code = end.code
        return code, text.getvalue().decode()
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env=_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout


@contextlib.contextmanager
def printed() -> Iterator[io.BytesIO]:
    """Collect what is printed on standard output and standard error, in its order."""
    text = io.BytesIO()
    stream = io.TextIOWrapper(text, "utf-8", write_through=True)
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        yield text
        stream.flush()
    stream.detach()


def _environment(folder: Path) -> dict[str, str]:
    """Give an environment in which ``dp-multitask`` is a program."""
    program = folder.parent / "bin" / "dp-multitask"
    if not program.exists():
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dp_multitask "$@"\n')
        program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}


def assert_shown(shown: str, found: str, command: str) -> None:
    """Compare line by line; three dots stand for the rest of a line, or for any lines."""
    lines = [
        r"(?:.*\n)*" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
        for line in shown.splitlines()
    ]
    assert re.fullmatch("".join(lines), found), f"$ {command}\n{found}"
