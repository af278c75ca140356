# SPDX-License-Identifier: LGPL-3.0-or-later
"""A descriptor that a third party adds: one class, registered, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from dp_multitask import registry
from dp_multitask.components.blocks.layers import EnvMat, environment
from dp_multitask.components.blocks.network import NetworkCollection
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.initial import normal
from dp_multitask.components.core.layout import (
    Child,
    Constant,
    Field,
    Variable,
    Variables,
    Version,
    statistics,
)
from dp_multitask.components.core.plan import Term
from dp_multitask.components.descriptors.descriptor import Descriptor, embedding_of_types
from dp_multitask.errors import ShapeError, UnknownTypeError
from tree_comparison import differences

CONFIG = {"type": "se_ring", "sel": [3, 4], "rings": 5, "precision": "float32"}


@pytest.fixture
def ring(own_registry):
    """Register the descriptor for the length of a test."""

    @registry.register("descriptor", "se_ring", aliases=("ring",))
    class DescrptRing(Descriptor):
        """Embed rings."""

        __slots__ = ()
        layout = (
            Constant("@class", "Descriptor"),
            Constant("type", "se_ring", also=("ring",)),
            Version(1, 2, written=2),
            Field("rcut", "float", 6.0),
            Field("rcut_smth", "float", 0.5),
            Field("sel", "sizes"),
            Field("rings", "size", 3),
            Field("neuron", "sizes", [8, 16]),
            Field("activation_function", "str", "tanh"),
            Field("resnet_dt", "bool", default=False),
            Field("type_one_side", "bool", default=True),
            Field("exclude_types", "pairs", []),
            Field("env_protection", "float", 0.0),
            Field("trainable", "bool", default=True),
            Field("precision", "str", "default"),
            Child("env_mat", EnvMat),
            Child("embeddings", NetworkCollection),
            statistics("len(sel)", "sum(sel)", 4),
            Field("type_map", "list | null", None),
        )

        @classmethod
        def children_of(cls, fields):
            """Plan the networks."""
            return {"env_mat": environment(fields), "embeddings": embedding_of_types(fields)}

        @classmethod
        def dim_out(cls, fields):
            """Give the width of the output."""
            return Term("rings * neuron[-1]", fields["rings"] * fields["neuron"][-1])

    return DescrptRing


def test_it_is_found_by_name_and_alias(ring):
    assert registry.native_class("descriptor", "se_ring") is ring
    assert registry.native_class("descriptor", "ring") is ring
    assert type(Descriptor.from_config({**CONFIG, "type": "ring"}, ["O", "H"])) is ring


def test_it_starts_reads_writes_and_counts(ring):
    fresh = Descriptor.from_config(CONFIG, ["O", "H"], 1)
    tree = fresh.serialize()
    assert list(tree)[:3] == ["@class", "type", "@version"]
    assert tree["@version"] == 2
    assert differences(Component.deserialize(tree).serialize(), tree) == []
    assert {array.dtype.name for _, array in fresh.variables()} == {"float32"}
    assert Descriptor.shapes(CONFIG, ["O", "H"]) == {
        path: array.shape for path, array in fresh.variables()
    }


def test_its_shapes_are_checked(ring):
    tree = Descriptor.from_config(CONFIG, ["O", "H"], 1).serialize()
    tree["@variables"]["dstd"] = np.ones((2, 6, 4))
    with pytest.raises(ShapeError, match=r"expected \(2, 7, 4\) = \(len\(sel\), sum\(sel\), 4\)"):
        Component.deserialize(tree)


def test_it_is_unknown_without_registration():
    with pytest.raises(UnknownTypeError, match="unknown descriptor type 'se_ring'"):
        registry.native_class("descriptor", "se_ring")


@pytest.mark.parametrize("name", ["os", "descriptor", "../se_e2_a", "se_e2_a.DescrptSeA", "", 3])
def test_a_name_that_is_no_type_is_refused(name):
    with pytest.raises(UnknownTypeError):
        registry.native_class("descriptor", name)


def test_a_variable_may_have_its_own_distribution_and_condition():
    class Gain(Component):
        """One number a ring."""

        __slots__ = ()
        layout = (
            Field("rings", "size"),
            Field("precision", "str", "float64"),
            Variables({"gain": Variable(("rings",), normal(0.1, 2.0), when=lambda f: f["rings"])}),
        )

    values = dict(Gain.from_config({"rings": 4000}, None, 1).variables())["@variables", "gain"]
    assert abs(values.mean() - 2.0) < 0.02
    assert abs(values.std() - 0.1) < 0.02
    assert list(Gain.from_config({"rings": 0}, None, 1).variables()) == []
