# SPDX-License-Identifier: LGPL-3.0-or-later
"""Each native descriptor against the class of the same name in an installed DeePMD-kit."""

from __future__ import annotations

import copy
import itertools
import warnings

import pytest
from hypothesis import assume, given, settings

from component_configs import DESCRIPTORS, descriptor_configs, read_wrongly
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.variables import count
from dp_multitask.components.descriptors.descriptor import Descriptor
from example_counts import examples
from tree_comparison import differences, in_order, outline

pytestmark = pytest.mark.interop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("deepmd", reason="DeePMD-kit is not installed")
    from deepmd.dpmodel.descriptor.base_descriptor import BaseDescriptor as NumpyDescriptor

    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from deepmd.pt.model.descriptor.base_descriptor import BaseDescriptor as TorchDescriptor

BACKENDS = {"numpy": NumpyDescriptor, "pytorch": TorchDescriptor}
MISSING = {("dpa4c", "pytorch")}


def cases(names):
    return [pair for pair in itertools.product(names, BACKENDS) if pair not in MISSING]


CASES = cases(DESCRIPTORS)


# DeePMD-kit 3.2.0's PyTorch backend writes constants here, whatever the object has; nothing reads
# them back into the physics. The signs of a dpa4 have its precision there.
WRITTEN_BY_ROTE = {
    "numpy": (),
    "pytorch": (
        *("/trainable", "/env_mat/protection"),
        *("wigner_calc.l1_sign_outer", "wigner_calc.l1_sign_outer/0"),
    ),
}


def theirs(backend, config, type_map):
    """Build a descriptor with DeePMD-kit; members of a hybrid get the type map there."""
    config = copy.deepcopy(config)
    return BACKENDS[backend](**config, type_map=type_map, ntypes=len(type_map))


def real_differences(backend, left, right):
    """Give the differences without those that the backend makes by rote."""
    return [
        each
        for each in differences(left, right)
        if not each.partition(":")[0].endswith(WRITTEN_BY_ROTE[backend])
    ]


@pytest.mark.parametrize(("type_name", "backend"), CASES)
def test_their_tree_comes_back_exactly(type_name, backend):
    @settings(max_examples=examples(12, 60))
    @given(descriptor_configs(type_name))
    def check(drawn):
        tree = theirs(backend, *drawn).serialize()
        assert differences(Component.deserialize(tree).serialize(), tree) == []

    check()


@pytest.mark.parametrize(("type_name", "backend"), CASES)
def test_a_fresh_tree_is_accepted_and_comes_back_the_same(type_name, backend):
    @settings(max_examples=examples(12, 60))
    @given(descriptor_configs(type_name))
    def check(drawn):
        assume(not read_wrongly(drawn[0]))
        fresh = Descriptor.from_config(*drawn, 1).serialize()
        returned = BACKENDS[backend].deserialize(copy.deepcopy(fresh)).serialize()
        assert real_differences(backend, in_order(returned, fresh), fresh) == []

    check()


@pytest.mark.parametrize(("type_name", "backend"), CASES)
def test_a_fresh_tree_is_what_they_build_but_for_the_numbers(type_name, backend):
    @settings(max_examples=examples(12, 60))
    @given(descriptor_configs(type_name))
    def check(drawn):
        fresh = outline(Descriptor.from_config(*drawn, 1).serialize())
        built = outline(theirs(backend, *drawn).serialize())
        assert real_differences(backend, in_order(fresh, built), built) == []

    check()


@pytest.mark.parametrize(("type_name", "backend"), CASES)
def test_the_widths_for_the_fitting_are_theirs(type_name, backend):
    @settings(max_examples=examples(10, 60))
    @given(descriptor_configs(type_name))
    def check(drawn):
        plan = Descriptor.plan_config(*drawn)
        built = theirs(backend, *drawn)
        assert plan.cls.dim_out(plan.fields) == built.get_dim_out()
        assert plan.cls.mixes_types(plan.fields) == built.mixed_types()
        width = plan.cls.dim_emb(plan.fields)
        if width is not None:
            assert width == built.get_dim_emb()

    check()


def test_the_parameters_of_dpa4_are_counted_without_its_tables():
    @settings(max_examples=examples(10, 60))
    @given(descriptor_configs("dpa4"))
    def check(drawn):
        built = theirs("pytorch", {**drawn[0], "trainable": True}, drawn[1])
        trained = sum(each.numel() for each in built.parameters() if each.requires_grad)
        assert count(Descriptor.shapes(*drawn).items()).parameters == trained

    check()
