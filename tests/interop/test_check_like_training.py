# SPDX-License-Identifier: LGPL-3.0-or-later
"""`check` has an error exactly where a real training fails: inputs broken at random.

Each takes two steps on tiny data. ``python -m differential.driver`` (in the folder ``tests``) does
the same for thousands of inputs.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from differential.driver import Trainer, is_disagreement
from differential.verdicts import AGREED_FAIL, AGREED_PASS
from example_counts import examples

pytestmark = pytest.mark.interop

pytest.importorskip("deepmd", reason="needs DeePMD-kit, which trains")
pytest.importorskip("torch", reason="needs PyTorch, with which DeePMD-kit trains")

PARTS = 4
EACH = examples(5, 105)


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    with Trainer() as trainer:
        yield trainer


def test_every_input_trains_before_it_is_broken_and_has_no_error(trainer: Trainer):
    for name in trainer.bases:
        verdict = trainer.judge(name)
        assert (name, verdict.failure, verdict.errors) == (name, None, ())


def test_inputs_as_users_write_them_have_an_error_exactly_if_training_fails(trainer: Trainer):
    verdicts = [trainer.judge(name) for name in trainer.strangers]
    wrong = [each._asdict() for each in verdicts if is_disagreement(each)]
    assert not wrong, json.dumps(wrong, indent=1)
    assert {each.kind for each in verdicts} == {AGREED_FAIL, AGREED_PASS}


@pytest.mark.parametrize("part", range(PARTS))
def test_broken_inputs_have_an_error_exactly_if_training_fails(
    part: int, trainer: Trainer, record_property
):
    verdicts = [trainer.judge(number) for number in range(part * EACH, (part + 1) * EACH)]
    counts = Counter(each.kind for each in verdicts)
    for kind, count in counts.items():
        record_property(f"trainings: {kind}", count)
    wrong = [each._asdict() for each in verdicts if is_disagreement(each)]
    assert not wrong, json.dumps(wrong, indent=1)
    assert counts[AGREED_FAIL] + counts[AGREED_PASS] > 0.9 * EACH
