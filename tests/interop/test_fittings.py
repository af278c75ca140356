# SPDX-License-Identifier: LGPL-3.0-or-later
"""Each native fitting net against the class of the same name in an installed DeePMD-kit."""

from __future__ import annotations

import copy
import warnings

import pytest
from hypothesis import given, settings

from dp_multitask.components.core.component import Component
from dp_multitask.components.fittings.fitting import Fitting
from example_counts import examples
from fitting_configs import FITTINGS, fitting_configs
from tree_comparison import differences, in_order, outline

pytestmark = pytest.mark.interop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("deepmd", reason="DeePMD-kit is not installed")
    from deepmd.dpmodel.fitting.base_fitting import BaseFitting as NumpyFitting

    pytest.importorskip("torch", reason="PyTorch is not installed")
    import deepmd.pt.model.model  # noqa: F401  it registers the fitting nets
    from deepmd.pt.model.task import BaseFitting as TorchFitting

BACKENDS = {"numpy": NumpyFitting, "pytorch": TorchFitting}
CASES = [
    (name, backend)
    for name in FITTINGS
    for backend in BACKENDS
    if (name, backend) != ("population", "numpy")  # only PyTorch has it
]
NUMBER = examples(30, 200)


@pytest.mark.parametrize(("type_name", "backend"), CASES)
def test_their_tree_comes_back_exactly(type_name, backend):
    @settings(max_examples=NUMBER)
    @given(fitting_configs(type_name, backend))
    def check(config):
        tree = BACKENDS[backend](**copy.deepcopy(config)).serialize()
        assert differences(Component.deserialize(tree).serialize(), tree) == []

    check()


@pytest.mark.parametrize(("type_name", "backend"), CASES)
def test_a_fresh_tree_is_accepted_and_comes_back_the_same(type_name, backend):
    @settings(max_examples=NUMBER)
    @given(fitting_configs(type_name, backend))
    def check(config):
        fresh = Fitting.from_config(config, None, 1).serialize()
        returned = BACKENDS[backend].deserialize(copy.deepcopy(fresh)).serialize()
        assert differences(in_order(returned, fresh), fresh) == []

    check()


@pytest.mark.parametrize(("type_name", "backend"), CASES)
def test_a_fresh_tree_is_what_they_build_but_for_the_numbers(type_name, backend):
    @settings(max_examples=NUMBER)
    @given(fitting_configs(type_name, backend))
    def check(config):
        fresh = outline(Fitting.from_config(config, None, 1).serialize())
        built = outline(BACKENDS[backend](**copy.deepcopy(config)).serialize())
        assert differences(in_order(fresh, built), built) == []

    check()
