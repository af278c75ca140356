# SPDX-License-Identifier: LGPL-3.0-or-later
"""What users are told where an installed DeePMD-kit does not do."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from dp_multitask.deepmd_kit.installed import remedy


@pytest.mark.parametrize(
    ("version", "is_old"),
    [("3.0.3", True), ("3.1.2", True), ("3.2.0", False), ("3.10.0b1", False), ("", False)],
)
def test_an_older_release_is_named_as_the_cause(
    version: str, is_old: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "deepmd", SimpleNamespace(__version__=version))
    said = remedy("look elsewhere")
    if is_old:
        assert f"is {version}, " in said
        assert "deepmd-kit>=3.2" in said
    else:
        assert said == "look elsewhere"
