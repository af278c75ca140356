# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fixtures and settings that every test may use."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

DATA = Path(__file__).parent / "data"

# The same examples in each run, so that a change fails for what it changes; to look for what no
# example has shown yet, run `pytest --hypothesis-profile=random`.
for name in ("default", "random"):
    settings.register_profile(
        name,
        deadline=None,
        derandomize=name == "default",
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
settings.load_profile("default")


@pytest.fixture(scope="session")
def real_inputs() -> list[Path]:
    """The multitask inputs that DeePMD-kit ships as examples."""
    return sorted((DATA / "inputs").glob("*.json"))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of files that tests read."""
    return DATA


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what a test registers when it is over."""
    from dp_multitask import registry

    monkeypatch.setattr(registry, "_types", {k: dict(v) for k, v in registry._types.items()})
    monkeypatch.setattr(registry, "_plugin_classes", dict(registry._plugin_classes))


@pytest.fixture
def run_command(tmp_path: Path):
    """Run ``dp-multitask`` as a user would, in a folder of its own."""

    def run(*arguments: str | Path, stdin: str | bytes = b"", cwd: Path | None = None, **env: str):
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        return subprocess.run(
            [sys.executable, "-m", "dp_multitask", *map(str, arguments)],
            input=raw,
            capture_output=True,
            cwd=cwd or tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | env,
            check=False,
            timeout=300,
        )

    return run


@pytest.fixture
def call_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any):
    """Run ``dp-multitask`` as `run_command` does, but in this process, a tenth of a second faster.

    For what a command does; how its process starts and ends is for `run_command`.
    """

    def call(*arguments: str | Path, stdin: str | bytes = b"", cwd: Path | None = None, **env: str):
        from dp_multitask.cli.main import main

        raw = stdin.encode() if isinstance(stdin, str) else stdin
        with monkeypatch.context() as patch:
            patch.chdir(cwd or tmp_path)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
            for name, value in env.items():
                patch.setenv(name, value)
            capfdbinary.readouterr()
            try:
                code = main([str(argument) for argument in arguments])
            except SystemExit as end:  # of argparse
                code = end.code
            return subprocess.CompletedProcess(arguments, code, *capfdbinary.readouterr())

    return call


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Add up what tests have counted (``record_property``), in whichever process they ran."""
    counted: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, count in getattr(report, "user_properties", ()):
                if getattr(report, "when", "") == "call" and isinstance(count, int):
                    counted[name] += count
    for name, count in sorted(counted.items()):
        terminalreporter.write_line(f"{name}: {count}")
