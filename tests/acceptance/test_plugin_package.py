# SPDX-License-Identifier: LGPL-3.0-or-later
"""A third party's package adds types through the entry-point group, once it is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dp_multitask import load_model

PYPROJECT = """\
[build-system]
requires = []
build-backend = "build_backend"
backend-path = ["."]

[project]
name = "silicon-descriptors"
version = "1.0"

[project.entry-points."dp_multitask.components"]
silicon = "silicon_descriptors"
"""

# A build backend of a dozen lines, so that the test needs none installed and no network.
BUILD_BACKEND = """\
import zipfile
from pathlib import Path

STEM = "silicon_descriptors-1.0"
FILES = {
    f"{STEM}.dist-info/METADATA": (
        "Metadata-Version: 2.1\\nName: silicon-descriptors\\nVersion: 1.0\\n"
    ),
    f"{STEM}.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    f"{STEM}.dist-info/entry_points.txt": (
        "[dp_multitask.components]\\nsilicon = silicon_descriptors\\n"
    ),
    "silicon_descriptors/__init__.py": Path("silicon_descriptors/__init__.py").read_text(),
}


def build_wheel(folder, config_settings=None, metadata_directory=None):
    record = "".join(f"{name},,\\n" for name in [*FILES, f"{STEM}.dist-info/RECORD"])
    with zipfile.ZipFile(Path(folder) / f"{STEM}-py3-none-any.whl", "w") as wheel:
        for name, text in FILES.items():
            wheel.writestr(name, text)
        wheel.writestr(f"{STEM}.dist-info/RECORD", record)
    return f"{STEM}-py3-none-any.whl"
"""

MODULE = """\
import sys

from dp_multitask import register
from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.core.layout import Child, Field, Version, statistics
from dp_multitask.components.core.shareable import EVERYTHING, Coverage
from dp_multitask.components.descriptors.descriptor import (
    MixedTypes,
    SingleEmbedding,
    filter_network,
)
from dp_multitask.components.descriptors.usual import head, usual

print("plugin loaded", file=sys.stderr)


def _embeddings(fields):
    # one network for all types
    network = filter_network(fields, 1)
    return NetworkCollection.planned(0, fields["ntypes"], "embedding_network", [network])


@register("descriptor", "diamond", aliases=["dia"], share_levels={"pt": (0, 1)})
class DescrptDiamond:
    pass


@register("descriptor", "lattice", share_levels={"pt": (0, 1)})
class DescrptLattice(MixedTypes, SingleEmbedding):
    __slots__ = ()
    share_levels = {0: EVERYTHING, 1: Coverage(("type_embedding/**",))}
    layout = (
        *head("lattice", Version(1, 1, written=1)),
        *usual(
            "rcut", "rcut_smth", "sel", "ntypes", "neuron", "axis_neuron", "activation_function",
            "resnet_dt", "trainable", "precision", "type_map",
        ),
        Field("tebd_dim", "size", 8, unit="", meaning="The width of a type."),
        Field("use_econf_tebd", "bool", default=False),
        Field("use_tebd_bias", "bool", default=False),
        Child("embeddings", NetworkCollection, _embeddings),
        *usual("type_embedding"),
        statistics("ntypes", "sum(sel)", 4),
    )


@register("fitting_net", "band_gap", class_names={"pt": "BandGapFitting", "jax": "JaxBandGap"})
class BandGapFitting:
    pass
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build and install the package into a folder of its own."""
    root = tmp_path_factory.mktemp("plugin")
    source, target = root / "source", root / "site"
    package = source / "silicon_descriptors"
    package.mkdir(parents=True)
    (source / "pyproject.toml").write_text(PYPROJECT)
    (source / "build_backend.py").write_text(BUILD_BACKEND)
    (package / "__init__.py").write_text(MODULE)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(target)]
    done = subprocess.run([*pip, *options, str(source)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def section(descriptor: dict) -> str:
    branch = {"type_map": "t", "descriptor": "d:1", "fitting_net": {}}
    shared = {"t": ["Si"], "d": descriptor}
    return json.dumps({"model": {"shared_dict": shared, "model_dict": {"a": branch}}})


@pytest.fixture
def run_with_plugin(run_command, installed):
    path = os.pathsep.join([str(installed), *sys.path])

    def run(*arguments, **options):
        return run_command(*arguments, PYTHONPATH=path, **options)

    return run


# Runs several commands in one process and prints what each printed.
RUN_ALL = """\
import io, json, sys
from dp_multitask.cli.main import main
printed = []
for arguments in json.loads(sys.argv[1]):
    sys.stdout = io.TextIOWrapper(io.BytesIO(), "utf-8")
    code = main(arguments)
    sys.stdout.flush()
    printed.append(sys.stdout.buffer.getvalue().decode())
    assert code == 0, (arguments, printed[-1])
sys.__stdout__.write(json.dumps(printed))
"""


@pytest.fixture
def run_all(installed):
    """Run commands with the plugin and give what each printed."""
    path = os.pathsep.join([str(installed), *sys.path])

    def run(*commands):
        command = [sys.executable, "-c", RUN_ALL, json.dumps(commands, default=str)]
        environment = os.environ | {"PYTHONPATH": path}
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return run


def test_types_lists_what_the_plugin_adds(run_with_plugin):
    done = run_with_plugin("types", "--json")
    assert done.returncode == 0, done.stderr
    added = {entry["name"]: entry for entry in json.loads(done.stdout)}
    assert added["diamond"]["aliases"] == ["dia"]
    assert added["diamond"]["classes"]["pt"] == "DescrptDiamond"
    assert added["diamond"]["share_levels"]["pt"] == [0, 1]
    assert added["band_gap"]["classes"]["jax"] == "JaxBandGap"
    assert added["band_gap"]["classes"]["tf"] is None


@pytest.mark.parametrize("name", ["diamond", "dia"])
def test_resolve_names_the_plugins_class(run_with_plugin, name):
    done = run_with_plugin("resolve", "-", "--links-only", stdin=section({"type": name}))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["d"]["type"] == "DescrptDiamond"


LATTICE = {"type": "lattice", "rcut": 6.0, "sel": [4, 8], "neuron": [4, 8]}
BRANCH = {"type_map": "t", "fitting_net": {"neuron": [5]}}
DATA = {"training_data": {"systems": ["data"], "batch_size": 1}}


def lattices(*levels: str) -> dict:
    """An input whose branches share the plugin's descriptor at these levels."""
    names = [f"branch_{number}" for number in range(len(levels))]
    branches = {
        name: {**BRANCH, "descriptor": f"d:{level}"}
        for name, level in zip(names, levels, strict=True)
    }
    return {
        "model": {"shared_dict": {"t": ["O", "H"], "d": LATTICE}, "model_dict": branches},
        "learning_rate": {"type": "exp", "start_lr": 0.001, "stop_lr": 1e-8, "decay_steps": 5},
        "loss_dict": {name: {"type": "ener"} for name in names},
        "training": {
            "data_dict": dict.fromkeys(names, DATA),
            "model_prob": dict.fromkeys(names, 1.0),
            "numb_steps": 10,
        },
    }


@pytest.mark.parametrize("level", ["0", "1"])
def test_a_descriptor_from_outside_takes_the_whole_road(run_all, tmp_path, level):
    source, stored, alone = (tmp_path / name for name in ("in.json", "all.dp", "one.dp"))
    source.write_text(json.dumps(lattices("0", level)))

    other, merged = tmp_path / "other.dp", tmp_path / "merged.dp"
    links, _, drawn, _, shown, *_, shown_merged = run_all(
        ("resolve", source, "--links-only"),
        ("check", source),
        ("show", source),
        ("init", source, "-o", stored),
        ("show", stored, "--json"),
        ("verify", stored, "--against", source),
        ("split-branch", stored, "branch_1", "-o", alone),
        ("verify", alone),
        ("split-branch", stored, "branch_0", "-o", other),
        ("merge", f"branch_0={other}", f"branch_1={alone}", "--config", source, "-o", merged),
        ("verify", merged, "--against", source),
        ("show", merged, "--json"),
    )
    shared = [link["shared_level"] for link in json.loads(links)["d"]["links"]]
    assert shared == [0, int(level)]
    assert "parameters: not known" not in drawn
    assert json.loads(shown)["shared"]["d"]["type"] == "DescrptLattice"
    assert json.loads(shown_merged)["shared"] == json.loads(shown)["shared"]
    one, other = load_model(stored)["model"]["model_dict"].values()
    davg = [branch["descriptor"]["@variables"]["davg"] for branch in (one, other)]
    types = [branch["descriptor"]["type_embedding"] for branch in (one, other)]
    weights = [each["embedding"]["layers"][0]["@variables"]["w"] for each in types]
    assert (davg[0] is davg[1]) == (level == "0")
    assert weights[0] is weights[1]


def test_a_level_that_the_class_does_not_state_is_refused(run_with_plugin, tmp_path):
    source = tmp_path / "in.json"
    source.write_text(json.dumps(lattices("0", "2")))
    done = run_with_plugin("init", str(source), "-o", str(tmp_path / "all.dp"))
    assert done.returncode == 1
    assert b"share level 2" in done.stderr
    assert not (tmp_path / "all.dp").exists()


def test_a_built_in_type_does_not_load_the_plugin(run_with_plugin):
    done = run_with_plugin("resolve", "-", "--links-only", stdin=section({"type": "dpa1"}))
    assert json.loads(done.stdout)["d"]["type"] == "DescrptDPA1"
    assert b"plugin loaded" not in done.stderr
    needed = run_with_plugin("resolve", "-", stdin=section({"type": "dia"}))
    assert needed.stderr.count(b"plugin loaded") == 1


def test_without_the_plugin_its_type_is_unknown(run_command):
    done = run_command("resolve", "-", stdin=section({"type": "diamond"}))
    assert done.returncode == 1
    assert b"unknown descriptor type 'diamond'" in done.stderr


def test_a_misspelt_type_of_a_plugin_is_suggested(run_with_plugin):
    done = run_with_plugin("resolve", "-", stdin=section({"type": "diamand"}))
    assert done.returncode == 1
    assert b"Did you mean 'diamond'?" in done.stderr


WHOLE_PLUGIN = """
from dp_multitask import register

@register("descriptor", "whole_descriptor")
class DescrptWhole: pass
"""


@pytest.mark.parametrize(
    ("module", "complaint"),
    [
        ("raise RuntimeError('no licence')", "no licence"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("raise SystemExit(3)", "3"),
        ("class Odd(BaseException): pass\nraise Odd", "Odd"),
        (
            "from dp_multitask import register\n@register('descriptor', 'dpa1')\nclass Mine: pass",
            "the descriptor type 'dpa1' is registered already",
        ),
    ],
    ids=["raises", "lacks a module", "exits", "raises another", "takes a built-in name"],
)
def test_a_broken_plugin_is_named_and_hinders_neither_commands_nor_other_plugins(
    run_command, tmp_path, module, complaint
):
    for name, text in (("broken", module), ("whole", WHOLE_PLUGIN)):
        metadata = tmp_path / f"{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        group = f"[dp_multitask.components]\n{name} = {name}\n"
        (metadata / "entry_points.txt").write_text(group)
        (tmp_path / f"{name}.py").write_text(text)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = run_command("types", PYTHONPATH=path)
    assert done.returncode == 0
    assert b"  whole_descriptor\n" in done.stdout
    message = done.stderr.decode()
    assert message.startswith("warning: the plugin 'broken' (broken) failed to load")
    assert complaint in message
    assert "Traceback" not in message
    done = run_command("resolve", "-", stdin=section({"type": "whole_descriptor"}), PYTHONPATH=path)
    assert done.returncode == 0
    done = run_command("resolve", "-", stdin=section({"type": "of_broken"}), PYTHONPATH=path)
    assert done.returncode == 1
    assert b"perhaps the plugin 'broken' (broken) failed to load" in done.stderr
