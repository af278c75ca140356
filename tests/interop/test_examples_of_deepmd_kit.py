# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every example input of a DeePMD-kit checkout: no error, and it trains.

``DPMT_DEEPMD_KIT`` names the checkout.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from differential.examples import examples_elsewhere
from differential.exceptions import excused

CHECKOUT = "DPMT_DEEPMD_KIT"

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(CHECKOUT not in os.environ, reason=f"{CHECKOUT} names no checkout"),
]

pytest.importorskip("deepmd", reason="needs DeePMD-kit, which trains")
pytest.importorskip("torch", reason="needs PyTorch, with which DeePMD-kit trains")


def test_no_error_is_found_in_an_example_and_it_trains():
    examples = examples_elsewhere(Path(os.environ[CHECKOUT]))
    assert len(examples) > 50
    accepted = [each for each in examples if each.refused is None]
    assert [(each.name, each.errors) for each in accepted if each.errors] == []
    trained = [each for each in accepted if each.trained]
    assert len(trained) > 20
    failed = [each for each in trained if each.failure and not excused(each.failure, each.errors)]
    assert [(each.name, each.failure) for each in failed] == []
