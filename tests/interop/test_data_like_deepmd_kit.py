# SPDX-License-Identifier: LGPL-3.0-or-later
"""Training stops at data in which `check --paths` finds an error, and at no others."""

from __future__ import annotations

import gc
import json

import pytest

from data_cases import CASES
from data_systems import input_of, write_system

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]

pytest.importorskip("deepmd", reason="needs DeePMD-kit, which trains")
pytest.importorskip("torch", reason="needs PyTorch, with which DeePMD-kit trains")


@pytest.mark.parametrize("name", CASES)
def test_training_starts_where_no_error_is_found(tmp_path, monkeypatch, name):
    from deepmd.pt.entrypoints.main import train

    case = CASES[name]
    case.build(tmp_path)
    (tmp_path / "input.json").write_text(json.dumps(case.input))
    monkeypatch.chdir(tmp_path)
    if case.errors:
        with pytest.raises(Exception):  # noqa: B017, PT011  # of any kind, each from another place
            train("input.json", None, None, None, None, "", skip_neighbor_stat=True)
        gc.collect()  # here, where warnings are ignored: it leaves its learning curve open
    else:
        train("input.json", None, None, None, None, "", skip_neighbor_stat=True)
        curve = tmp_path / case.input["training"].get("disp_file", "lcurve.out")
        assert len(curve.read_text().splitlines()) > 1


def test_a_restart_does_not_open_its_statistics(tmp_path, monkeypatch):
    from deepmd.pt.entrypoints.main import train

    write_system(tmp_path / "sys")
    monkeypatch.chdir(tmp_path)
    for start, more in ((None, {}), ("model.ckpt.pt", {"stat_file": "gone.h5"})):
        config = input_of(training=more | ({"stat_file_mode": "read"} if more else {}))
        (tmp_path / "input.json").write_text(json.dumps(config))
        train("input.json", None, start, None, None, "", skip_neighbor_stat=True)
    assert not (tmp_path / "gone.h5").exists()
