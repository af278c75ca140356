# SPDX-License-Identifier: LGPL-3.0-or-later
"""What `check` and a real training say of one input, and whether they agree."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, NamedTuple

from differential import inputs, mutations, strangers, training
from differential.exceptions import excused
from dp_multitask import check
from dp_multitask.checks.data.findings import check_paths
from dp_multitask.checks.rules.data_sections import ABOUT_NUMBERS
from dp_multitask.errors import format_path

AGREED_FAIL, AGREED_PASS = "both refuse it", "both take it"
LET_THROUGH, FALSE_ALARM = "it fails, no error of ours", "it trains, an error of ours"
EXCUSED, UNTOLD = "an exception that has its reason", "no verdict: too slow"


class Verdict(NamedTuple):
    """A mutated input and what became of it."""

    number: int
    base: str
    changes: tuple[str, ...]
    kind: str
    failure: str | None = None
    errors: tuple[str, ...] = ()


class Bench:
    """Inputs that train, with their data, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        inputs.write_system(folder / "system")
        inputs.write_pair_table(folder / "pairs.txt")
        training.prepare()
        failed = training.failure(inputs.pretraining(folder), folder / "pretrained")
        assert failed is None, failed
        self.bases = inputs.inputs(folder)
        self.strangers = strangers.strangers(folder)

    def start(self, base: str) -> Path | None:
        """Give the checkpoint that an input starts from."""
        return self.folder / "pretrained/model.ckpt-2.pt" if base == "fine_tuning" else None

    def failure(self, config: Any, base: str) -> str | None:
        """Train; give what DeePMD-kit stops with."""
        return training.failure(config, self.folder / "run", finetune=self.start(base))

    def errors(self, config: Any, base: str) -> tuple[str, ...]:
        """Give what ``check --paths`` (``--finetune``) calls an error."""
        return said(config, self.folder / "run", against=self.start(base))

    def mutated(self, number: int) -> tuple[str, mutations.Mutation]:
        """Make an input from its number alone."""
        rng = random.Random(f"training {number}")
        base = rng.choice(list(self.bases))
        return base, mutations.mutated(self.bases[base], rng)

    def verdict(self, number: int) -> Verdict:
        """Judge the input of a number."""
        base, (config, changes) = self.mutated(number)
        errors = self.errors(config, base)
        try:
            failure = self.failure(config, base)
        except training.TooSlowError:
            return Verdict(number, base, changes, UNTOLD, None, errors)
        return Verdict(number, base, changes, _kind(failure, errors), failure, errors)

    def verdict_of(self, name: str) -> Verdict:
        """Judge an input that is not changed."""
        config = self.bases[name] if name in self.bases else self.strangers[name]
        errors, failure = self.errors(config, name), self.failure(config, name)
        return Verdict(-1, name, (), _kind(failure, errors), failure, errors)


def said(config: Any, folder: Path, *, backend: str = "pt", **options: Any) -> tuple[str, ...]:
    """Give the errors of ``check --paths`` for an input in a folder."""
    said_of_input = check(config, backend=backend, **options)
    found = [each for each in said_of_input if each.code not in ABOUT_NUMBERS]
    found += check_paths(config, str(folder), backend=backend)
    return tuple(
        f"{each.code} {format_path(each.path)}: {each.message}"
        for each in found
        if each.severity == "error"
    )


def _kind(failure: str | None, errors: tuple[str, ...]) -> str:
    if failure and errors:
        return AGREED_FAIL
    if not failure and not errors:
        return AGREED_PASS
    if excused(failure, errors):
        return EXCUSED
    return LET_THROUGH if failure else FALSE_ALARM
