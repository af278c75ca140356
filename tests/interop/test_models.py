# SPDX-License-Identifier: LGPL-3.0-or-later
"""Each native model against the class of the same name in an installed DeePMD-kit."""

from __future__ import annotations

import copy
import logging
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings

from dp_multitask.components.core.component import Component
from dp_multitask.components.models.model import Model
from example_counts import examples
from model_configs import ANY, EQUIVARIANT, dpa4, linear, spin, standard, zbl
from tree_comparison import differences, in_order, outline

pytestmark = pytest.mark.interop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("deepmd", reason="DeePMD-kit is not installed")
    from deepmd.dpmodel.model.model import get_model as numpy_model

    pytest.importorskip("torch", reason="PyTorch is not installed")
    from deepmd.pt.model.model import get_model as torch_model

BACKENDS = {"numpy": numpy_model, "pytorch": torch_model}
TABLE = np.column_stack([np.linspace(0.1, 2.0, 20), np.linspace(9.0, 0.0, 20)])

MODELS = {
    "ener": standard("ener", ANY),
    "dos": standard("dos", ANY),
    "dipole": standard("dipole", EQUIVARIANT),
    "polar": standard("polar", EQUIVARIANT),
    "property": standard("property", ANY),
    "population": standard("population", ANY),
    "linear_ener": linear(),
    "spin_ener": spin(),
}
MISSING = {("population", "numpy")}
CASES = [(name, each) for name in MODELS for each in BACKENDS if (name, each) not in MISSING]
NUMBER = examples(10, 60)

# The backends disagree on these: PyTorch writes constants, numpy has a protection of its own, and
# the signs of a dpa4 have its precision in PyTorch, double precision in numpy.
BY_ROTE = ("/trainable", "/env_mat/protection", "/env_protection")
BY_ROTE += ("wigner_calc.l1_sign_outer", "wigner_calc.l1_sign_outer/0")
# Distances of a table: numpy's floats there, Python's here.
FLOATS = ("/rmin", "/rmax", "/hh")


@pytest.fixture(autouse=True)
def quiet():
    logging.disable(logging.WARNING)  # the table of the tests ends before the cut-off
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.txt"
    np.savetxt(path, TABLE)
    return str(path)


def theirs(backend, config):
    return BACKENDS[backend](copy.deepcopy(config))


def real_differences(left, right, rote=BY_ROTE):
    """Give the differences without those that a backend makes by rote."""
    found = differences(left, right)
    return [each for each in found if not each.partition(":")[0].endswith(rote)]


def check_exact(backend, config):
    tree = theirs(backend, config).serialize()
    assert differences(Component.deserialize(tree).serialize(), tree) == []


def check_accepted(backend, config):
    fresh = Model.from_config(config, None, 1).serialize()
    kind = type(theirs(backend, config))
    returned = kind.deserialize(copy.deepcopy(fresh)).serialize()
    assert real_differences(in_order(returned, fresh), fresh) == []


def check_built(backend, config):
    built = theirs(backend, config).serialize()
    fresh = outline(in_order(Model.from_config(config, None, 1).serialize(), built))
    assert real_differences(fresh, outline(built), (*BY_ROTE, *FLOATS)) == []


CHECKS = {
    "their_tree_comes_back_exactly": check_exact,
    "a_fresh_tree_is_accepted": check_accepted,
    "a_fresh_tree_is_what_they_build_but_for_the_numbers": check_built,
}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize(("type_name", "backend"), CASES)
def test_a_model_agrees_with_theirs(type_name, backend, check):
    @settings(max_examples=NUMBER)
    @given(MODELS[type_name])
    def run(config):
        check(backend, config)

    run()


NATIVE_SPIN = {"use_spin": [True, False], "scheme": "native"}
VIRTUAL_SPIN = {"use_spin": [True, False], "virtual_scale": [0.3]}
PROPERTY = {
    **{"type": "property", "property_name": "gap", "neuron": [4], "resnet_dt": True},
    "precision": "float64",
}
EXCLUDED = {"pair_exclude_types": [[0, 1]], "atom_exclude_types": [1]}
OF_DPA4 = {
    "dpa4": ("pytorch", dpa4(type="dpa4")),
    "dpa4 without some pairs": ("pytorch", dpa4(type="dpa4", **EXCLUDED)),
    "dpa4 with a repulsion": ("pytorch", dpa4(type="dpa4", bridging_method="ZBL")),
    "dpa4_property": ("pytorch", dpa4(type="dpa4", fitting_net=PROPERTY)),
    "dpa4_property of a chosen width": (
        "pytorch",
        dpa4(type="dpa4", fitting_net={**PROPERTY, "neuron": [0, 4], "numb_fparam": 9}),
    ),
    "sezm_spin": ("pytorch", dpa4(type="dpa4", spin=VIRTUAL_SPIN)),
    "sezm_spin without some pairs": ("pytorch", dpa4(type="dpa4", spin=VIRTUAL_SPIN, **EXCLUDED)),
    "sezm_native_spin": ("pytorch", dpa4(type="dpa4", spin=NATIVE_SPIN)),
    "sezm_native_spin with a repulsion": (
        "pytorch",
        dpa4(type="dpa4", spin=NATIVE_SPIN, bridging_method="ZBL"),
    ),
    "dpa4 of numpy": ("numpy", dpa4(type="standard")),
    "native_spin": ("numpy", dpa4(type="standard", spin=NATIVE_SPIN)),
}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("name", OF_DPA4)
def test_a_model_of_dpa4_agrees_with_theirs(name, check):
    backend, configs = OF_DPA4[name]

    @settings(max_examples=examples(3, 10))
    @given(configs)
    def run(config):
        check(backend, config)

    run()


def test_a_tree_that_only_they_can_start_comes_back_exactly():
    @settings(max_examples=examples(3, 10))
    @given(dpa4(type="dpa4", spin=NATIVE_SPIN, bridging_method="ZBL"))
    def run(config):
        check_exact("numpy", config)

    run()


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_model_with_a_table_agrees_with_theirs(backend, check, table):
    @settings(max_examples=NUMBER)
    @given(zbl(table))
    def run(config):
        check(backend, config)

    run()


def evaluate(config):
    """Evaluate a fresh model in the numpy backend, for four atoms of one type."""
    descriptor = config["descriptor"]
    # with fewer columns than it takes the descriptor cannot be evaluated
    assume(descriptor.get("axis_neuron", 1) <= descriptor.get("neuron", [1])[-1])
    fresh = Model.from_config(config, None, 1).serialize()
    model = type(theirs("numpy", config)).deserialize(fresh)
    fitting = fresh["fitting"]
    coordinates = np.random.default_rng(1).uniform(0.0, 3.0, (1, 4, 3))
    # where every pair is excluded, its attention subtracts infinities on the way
    with np.errstate(invalid="ignore"):
        return model(
            coordinates,
            np.zeros((1, 4), dtype=int),
            fparam=np.zeros((1, fitting["numb_fparam"])) if fitting["numb_fparam"] else None,
            aparam=np.zeros((1, 4, fitting["numb_aparam"])) if fitting["numb_aparam"] else None,
        )


@pytest.mark.parametrize(
    ("configs", "output"),
    [
        (standard("ener", ANY), "energy"),
        (dpa4(), "energy"),
        (standard("dos", ANY), "dos"),
        (standard("dipole", EQUIVARIANT), "global_dipole"),
        (standard("polar", EQUIVARIANT), "global_polar"),
    ],
    ids=["ener", "dpa4", "dos", "dipole", "polar"],
)
def test_what_a_fresh_model_gives_is_finite(configs, output):
    @settings(max_examples=NUMBER)
    @given(configs)
    def run(config):
        assert np.isfinite(evaluate(config)[output]).all()

    run()


def test_the_property_of_a_fresh_model_is_finite():
    @settings(max_examples=NUMBER)
    @given(standard("property", ANY))
    def run(config):
        assume(not config["atom_exclude_types"])  # the mean over no atom is none
        name = config["fitting_net"]["property_name"]
        assert np.isfinite(evaluate(config)[name]).all()

    run()
