# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whatever a model file says, every command answers it or names what is wrong."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import dp_multitask
from dp_multitask.errors import DPMultitaskError
from example_counts import examples
from model_trees import LINKS, multitask, single

ODD_VALUES = (
    None, True, -1, 0, 2**70, 1.5, float("nan"), "", "x", "\ud800", "a/b", [], {}, [1, "a"],
    [None], {"type": []}, {"@class": {}, "type": 3}, {"@variables": "x"}, {"@variables": {"w": 1}},
    [{"model_key": "water", "shared_type": "descriptor", "shared_level": "x"}],
    {"links": []}, {"links": [{}]}, {"model_dict": {}}, {"model_dict": {"a": 1}},
)  # fmt: skip


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("trees")
    written = []
    for name, tree in [("single", single(aliases=("a",))), ("multi", multitask())]:
        dp_multitask.save_model(folder / f"{name}.yaml", tree)
        written.append(yaml.safe_load((folder / f"{name}.yaml").read_text()))
    return written


def places(node: Any) -> Any:
    pairs = list(node.items() if isinstance(node, dict) else enumerate(node))
    for key, value in pairs:
        yield node, key
        if isinstance(value, list) or (isinstance(value, dict) and "@is_variable" not in value):
            yield from places(value)


def mutate(tree: Any, rng: random.Random) -> None:
    holder, key = rng.choice(list(places(tree)))
    if rng.random() < 0.2:
        del holder[key]
    else:
        holder[key] = copy.deepcopy(rng.choice(ODD_VALUES))


@settings(max_examples=examples(4, 1000))
@given(st.integers(0, 2**48))
def test_commands_never_fail_in_another_way(
    trees: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    from dp_multitask.cli.main import main

    rng = random.Random(seed)
    tree = copy.deepcopy(rng.choice(trees))
    for _ in range(rng.choice((1, 1, 2, 3))):
        mutate(tree, rng)
    folder = tmp_path_factory.getbasetemp()
    model = folder / "odd.yaml"
    model.write_text(yaml.dump(tree, sort_keys=False))
    for arguments in (
        ["show", model, "--tree"],
        ["show", model, "--tree", "--json"],
        ["verify", model],
        ["split-branch", model, "water", "-fo", folder / "water.dp"],
        ["merge", f"one={model}", "--share-nothing", "-fo", folder / "merged.dp"],
        ["convert", model, "-fo", folder / "odd.dp"],
        ["convert", model, "--flat", "-fo", folder / "flat.dp"],
    ):
        assert main([str(argument) for argument in arguments]) in (0, 1, 2)
    _same_after_conversion(model, folder / "odd.dp")


def _same_after_conversion(model: Path, converted: Path) -> None:
    """A file that was converted says the same of its parts."""
    from dp_multitask.modelfile.summary import summarize_model

    try:
        with dp_multitask.open_model(model) as before, dp_multitask.open_model(converted) as after:
            one, other = summarize_model(before), summarize_model(after)
    except (DPMultitaskError, OSError):
        return
    finally:
        converted.unlink(missing_ok=True)
    assert [branch.name for branch in one.branches] == [branch.name for branch in other.branches]
    assert one.together == other.together


def test_links_without_branches_are_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from dp_multitask.cli.main import main

    tree = {**multitask(), "shared_links": {"des": copy.deepcopy(LINKS["my_descriptor"])}}
    dp_multitask.save_model(tmp_path / "model.yaml", tree)
    text = (tmp_path / "model.yaml").read_text().replace("model_key: ice", "model_key: steam")
    (tmp_path / "model.yaml").write_text(text)
    assert main(["show", str(tmp_path / "model.yaml")]) == 0
    output = capsys.readouterr()
    assert "names the branch 'steam', which the model does not have" in output.err
    assert "des  DescrptSeA  level 0: water, steam" in output.out
