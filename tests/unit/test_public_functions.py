# SPDX-License-Identifier: LGPL-3.0-or-later
"""Functions of the commands' names, called as a program would."""

from __future__ import annotations

import json

import pytest

import dp_multitask
from dp_multitask.errors import ConfigTypeError, MissingKeyError, ModelTreeError, UsageError
from dp_multitask.text.document import read_document
from small_inputs import multitask


@pytest.fixture
def path(tmp_path):
    (tmp_path / "input.json").write_text(json.dumps(multitask(), indent=2))
    return tmp_path / "input.json"


def test_init_and_show(path):
    target = path.with_name("model.dp")
    dp_multitask.init(multitask(), target, seed=3)
    again = path.with_name("again.dp")
    for source in (multitask(), path, read_document(path)):
        dp_multitask.init(source, again)  # the seed of the input is 3
        assert dp_multitask.diff(target, again) == []
    for source in (path, str(path), read_document(path), multitask()):
        summary = dp_multitask.show(source)
        assert summary.kind == "training input"
        assert [each.name for each in summary.branches] == ["water", "ice"]
    assert dp_multitask.show(target).kind == "model file"
    with dp_multitask.open_model(target) as file:
        assert dp_multitask.show(file).branches == dp_multitask.show(target).branches


def test_check_takes_a_path(path):
    path.write_text(path.read_text().replace('"descriptor": "des"', '"descriptor": "dess"', 1))
    for source in (path, str(path)):
        (finding,) = [each for each in dp_multitask.check(source) if each.severity == "error"]
        assert finding.code == "DPM101"
        assert finding.span.line > 1
    path.write_text("{")
    (finding,) = dp_multitask.check(path)
    assert finding.code == "DPM910"
    (finding,) = dp_multitask.check(path.with_name("nowhere.json"))
    assert finding.message == "no such file"


def test_a_whole_input_is_no_model_section():
    with pytest.raises(MissingKeyError, match="pass its 'model' section"):
        dp_multitask.preprocess_shared_params(multitask())


def test_what_is_no_input_or_model_is_refused_in_words(path):
    with pytest.raises(ConfigTypeError, match="must be a mapping"):
        dp_multitask.init([], path.with_name("x.dp"))
    with pytest.raises(ModelTreeError, match="is a mapping, found the string"):
        dp_multitask.save_model(path.with_name("x.dp"), str(path))
    with pytest.raises(UsageError, match="names to models"):
        dp_multitask.merge_branches([path], path.with_name("x.dp"), shared_links={})


def test_submodules_do_not_hide_functions():
    import importlib
    import pkgutil

    for module in pkgutil.iter_modules(dp_multitask.__path__):
        assert module.name not in dp_multitask.__all__
        if not module.name.startswith("__"):
            importlib.import_module(f"dp_multitask.{module.name}")
    for name in dp_multitask.__all__:
        assert callable(getattr(dp_multitask, name))
