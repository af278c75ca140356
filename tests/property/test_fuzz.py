# SPDX-License-Identifier: LGPL-3.0-or-later
"""Damage with valid checksums: right data or a named error, within 2 s and 200 MB, and no death."""

from __future__ import annotations

import sys

import pytest

from example_counts import examples

pytest.importorskip("resource", reason="memory is limited as POSIX systems do")

from fuzz.driver import FORMATS, Failure, failures


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited and counted as Linux does")
@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_are_read_right_or_refused(name: str) -> None:
    count = examples(9, 5000 // len(FORMATS))
    failed = [each for each in failures(name, range(count)) if isinstance(each, Failure)]
    assert failed == []
