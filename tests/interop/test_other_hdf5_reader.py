# SPDX-License-Identifier: LGPL-3.0-or-later
"""An HDF5 reader that shares no code with the HDF5 library finds the same in our files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dp_multitask
from dp_multitask.modelfile.tree import flatten
from model_trees import multitask, single

pyfive = pytest.importorskip("pyfive", reason="needs pyfive, an HDF5 reader in pure Python")

pytestmark = pytest.mark.interop


def with_long_json() -> dict[str, Any]:
    """Give a model whose JSON lies in a heap."""
    return single() | {"note": "x" * 100_000}


def with_many_members() -> dict[str, Any]:
    """Give a model with a group of a thousand datasets, of every rank up to three."""
    arrays = [np.arange(number, dtype="f4").reshape(-1, 1, 1) for number in range(1, 1000)]
    arrays += [np.float64(1.5), np.arange(3, dtype="u2"), np.array([[True, False]])]
    return {"model": {"@variables": {"水": arrays}}}


@pytest.mark.parametrize("make", [single, multitask, with_long_json, with_many_members])
def test_every_variable_and_the_json_are_found(make: Any, tmp_path: Path) -> None:
    dp_multitask.save_model(tmp_path / "model.dp", make())
    loaded = dp_multitask.load_model(tmp_path / "model.dp")
    with pyfive.File(str(tmp_path / "model.dp")) as file:
        text = file.attrs["json"]
        skeleton = json.loads(text if isinstance(text, str) else bytes(text))
        places = flatten(skeleton)[1]
        values = flatten(loaded)[1]
        assert [each.path for each in places] == [each.path for each in values]
        for place, value in zip(places, values, strict=True):
            expected = np.asarray(value.leaf)
            found = np.asarray(file[place.leaf][()])
            np.testing.assert_array_equal(found.astype(expected.dtype), expected)
            assert found.shape == expected.shape
