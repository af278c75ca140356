# SPDX-License-Identifier: LGPL-3.0-or-later
"""The schema and the real DeePMD-kit agree: the same inputs are right, with the same result."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
import warnings
from collections import Counter
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp_multitask.checks.schema.extract import MULTITASK, SINGLE_TASK
from dp_multitask.checks.schema.findings import is_multitask, walk_input
from dp_multitask.checks.schema.installed import installed_schema
from dp_multitask.checks.schema.normalize import normalize
from dp_multitask.checks.schema.releases import INSTALLED, RELEASES
from dp_multitask.checks.schema.table import SchemaTable, load_table
from dp_multitask.checks.schema.walk import Walk
from dp_multitask.config.resolve import preprocess_shared_params
from example_counts import examples
from schema_inputs import ROOTS, inputs, mutated, share

argcheck = pytest.importorskip(
    "deepmd.utils.argcheck", reason="compares with an installed DeePMD-kit"
)
compat = pytest.importorskip("deepmd.utils.compat", reason="needs an installed DeePMD-kit")

pytestmark = pytest.mark.interop

EXAMPLES_VARIABLE = "DPMT_DEEPMD_EXAMPLES"


@pytest.fixture(scope="module")
def counts(request):
    """Count verdicts, and print them at the end of the module."""
    counter: Counter[str] = Counter()
    yield counter
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print("\nschema against deepmd-kit:")
        for what, number in sorted(counter.items()):
            print(f"{number:7d} {what}")


def theirs(config: dict[str, Any]) -> dict[str, Any] | None:
    """Give DeePMD-kit's normalized input, or None if it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return argcheck.normalize(copy.deepcopy(config), multi_task=is_multitask(config))
        except Exception:  # its checks raise whatever a wrong value makes them raise
            return None


def ours_accepts(config: dict[str, Any]) -> bool:
    """Tell whether our walk accepts it; what only training refuses is not the question here."""
    findings = walk_input(config, version=INSTALLED).findings
    return not any(each.severity == "error" and each.code != "DPM021" for each in findings)


def resolved(config: dict[str, Any]) -> dict[str, Any]:
    """Expand the shared parts; what class a backend has for a type does not matter here."""
    if not is_multitask(config):
        return config
    model, _ = preprocess_shared_params(config["model"], class_of=lambda kind, params: kind)
    return {**config, "model": model}


def table() -> SchemaTable:
    return load_table(INSTALLED)


def test_real_inputs_normalize_to_the_same(real_inputs, counts):
    assert real_inputs
    for path in real_inputs:
        config = resolved(json.loads(path.read_text()))
        assert json.dumps(normalize(config, version=INSTALLED)) == json.dumps(theirs(config))
        counts["real inputs normalized to the same"] += 1


def _shipped_examples() -> list[Path]:
    folder = os.environ.get(EXAMPLES_VARIABLE)
    if folder:
        found = sorted(Path(folder).rglob("*.json"))
    else:
        files = metadata.files("deepmd-kit") or []
        found = [Path(str(file.locate())) for file in files if "examples" in file.parts]
    return [path for path in found if path.suffix == ".json" and _is_input(path)]


def _is_input(path: Path) -> bool:
    data = json.loads(path.read_text())
    return isinstance(data, dict) and {"model", "training"} <= set(data)


def test_the_examples_of_deepmd_kit_normalize_to_the_same(counts):
    shipped = _shipped_examples()
    if not shipped:
        pytest.skip(
            f"deepmd-kit {metadata.version('deepmd-kit')} ships no example inputs, neither its "
            f"wheel nor its sdist; set {EXAMPLES_VARIABLE} to the examples folder of a checkout"
        )
    for path in shipped:
        written = json.loads(path.read_text())
        config = resolved(written)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            config = compat.update_deepmd_input(config, warning=False)
        expected = theirs(config)
        if expected is None:
            assert not ours_accepts(written), path
            counts["examples that both refuse"] += 1
        else:
            assert ours_accepts(written), path
            assert normalize(config, version=INSTALLED) == expected, path
            counts["examples normalized to the same"] += 1


@pytest.mark.parametrize("root", ROOTS)
def test_random_inputs_normalize_to_the_same(root, counts):
    @given(inputs(table(), root))
    @settings(max_examples=examples(24, 500))
    def run(config):
        expected = theirs(config)
        assert ours_accepts(config) == (expected is not None)
        if expected is None:
            counts[f"random {root} inputs that both refuse"] += 1
        else:
            assert json.dumps(normalize(config, version=INSTALLED)) == json.dumps(expected)
            counts[f"random {root} inputs normalized to the same"] += 1

    run()


@pytest.mark.parametrize("root", ROOTS)
def test_mutated_inputs_get_the_same_verdict(root, counts):
    @given(mutated(table(), root))
    @settings(max_examples=examples(24, 500))
    def run(config):
        expected = theirs(config)
        accepted = ours_accepts(config)
        said = "we accept" if accepted else "we report"
        done = "deepmd-kit refuses" if expected is None else "deepmd-kit accepts"
        counts[f"mutated {root} inputs: {done}, {said}"] += 1
        assert accepted == (expected is not None)

    run()


def test_an_input_with_shared_parts_gets_the_verdict_of_the_resolved_one(counts):
    @given(inputs(table(), MULTITASK), st.integers(0, 2**32))
    @settings(max_examples=examples(12, 300))
    def run(config, seed):
        written = share(config, random.Random(seed))
        expected = theirs(resolved(written))
        counts["multitask inputs with shared parts: same verdict"] += 1
        assert ours_accepts(written) == (expected is not None)

    run()


def test_a_plugin_s_type_and_its_own_checks_are_part_of_the_installed_schema():
    from dargs import Argument

    config = {
        "model": {"descriptor": {"type": "mine", "size": 2}, "fitting_net": {}},
        "training": {"training_data": {"systems": "x"}, "numb_steps": 1},
    }
    plugins = argcheck.descrpt_args_plugin._ArgsPlugin__plugin.plugins
    before = dict(plugins)
    argcheck.descrpt_args_plugin.register("mine")(
        lambda: [Argument("size", int, extra_check=lambda size: size % 2 == 0)]
    )
    try:
        table = SchemaTable(*installed_schema())
    finally:
        plugins.clear()
        plugins.update(before)
    walk = Walk(table)
    walk.mapping(SINGLE_TASK, config, ())
    assert walk.findings == []
    config["model"]["descriptor"]["size"] = 3
    walk.mapping(SINGLE_TASK, config, ())
    (finding,) = walk.findings
    assert (finding.code, finding.path) == ("DPM015", ("model", "descriptor", "size"))
    assert {each.code for each in walk_input(config).findings} == {"DPM014"}


def test_the_tool_writes_the_packaged_table_again(tmp_path):
    release = metadata.version("deepmd-kit")
    if release not in RELEASES.values():
        pytest.skip(f"the package holds no table for deepmd-kit {release}")
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, root / "tools/extract_schema.py", "-o", tmp_path / "table.json"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    packaged = root / f"src/dp_multitask/checks/schema/tables/{release}.json"
    assert (tmp_path / "table.json").read_text() == packaged.read_text()
