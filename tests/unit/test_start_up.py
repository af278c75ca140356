# SPDX-License-Identifier: LGPL-3.0-or-later
"""What importing costs: nothing heavy before it is needed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dp_multitask.component_types import BUILTIN_TYPES

INPUT = str(Path(__file__).parents[1] / "data" / "inputs" / "water_sharefit.json")
HEAVY = ("numpy", "h5py", "yaml", "dargs", "torch", "deepmd")


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("import dp_multitask", HEAVY),
        ("import dp_multitask; dp_multitask.preprocess_shared_params", HEAVY),
        ("import dp_multitask; dp_multitask.get_class_name('descriptor', {})", HEAVY),
        ("import dp_multitask.cli.main, dp_multitask.cli.resolve", HEAVY),
        (
            f"import json; from dp_multitask import check; check(json.load(open({INPUT!r})))",
            (*HEAVY, "difflib", "importlib.metadata", "pathlib", "dataclasses", "inspect"),
        ),
        (
            "import dp_multitask.cli.show, dp_multitask.cli.split_branch, dp_multitask.cli.merge, "
            "dp_multitask.cli.convert, dp_multitask.cli.verify",
            HEAVY,
        ),
        (
            "import dp_multitask as d; d.branch_input({'model': {'model_dict': {'a': {}}}}, 'a')",
            HEAVY,
        ),
        (
            "from dp_multitask.text.document import parse_document as p; p('a: 1')",
            tuple(name for name in HEAVY if name != "yaml"),
        ),
    ],
)
def test_nothing_heavy_is_imported(code, forbidden):
    listing = f"{code}\nimport sys\nprint(*(m for m in {forbidden!r} if m in sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", listing],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert result.stdout.strip() == ""


BLOCKED = """
import sys
sys.modules.update(dict.fromkeys(("numpy", "h5py", "torch")))
"""


def test_every_class_is_planned_without_numpy():
    code = f"""{BLOCKED}
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
import planned_configs
from dp_multitask.components.core.planning import planned_shapes
from dp_multitask.components.whole.planned import plan_branch
for config in planned_configs.BRANCHES:
    assert dict(planned_shapes(plan_branch(config))), config
print(*sorted(name for name in sys.modules if name.startswith("dp_multitask.components.d")))
"""
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert result.returncode == 0, result.stderr
    planned = {name.rpartition(".")[2] for name in result.stdout.split()}
    types = {entry.name for entry in BUILTIN_TYPES if entry.kind == "descriptor"}
    assert types <= planned


def test_the_public_names_are_all_there():
    import dp_multitask

    for name in dp_multitask.__all__:
        assert getattr(dp_multitask, name).__name__ == name
    assert set(dp_multitask.__all__) < set(dir(dp_multitask))
    assert dp_multitask.__all__ == sorted(dp_multitask.__all__)
    assert dp_multitask.__version__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        dp_multitask.nothing  # noqa: B018
