# SPDX-License-Identifier: LGPL-3.0-or-later
"""Trees that are not of the common kind: compressed, from older versions, from files."""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pytest

from dp_multitask.components.core.component import Component
from dp_multitask.components.descriptors.descriptor import Descriptor
from tree_comparison import differences

pytestmark = pytest.mark.interop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("deepmd", reason="DeePMD-kit is not installed")
    from deepmd.dpmodel.descriptor.base_descriptor import BaseDescriptor
    from deepmd.dpmodel.utils.serialization import load_dp_model, save_dp_model

STRIP = {"tebd_input_mode": "strip", "attn_layer": 0, "smooth_type_embedding": True}
COMPRESSIBLE = [
    {"type": "se_e2_a", "sel": [4, 4], "neuron": [4, 8, 16], "type_one_side": True},
    {"type": "se_e2_a", "sel": [4, 4], "neuron": [4, 8, 16], "type_one_side": False},
    {"type": "se_e2_r", "sel": [4, 4], "neuron": [4, 8, 16], "type_one_side": True},
    {"type": "se_atten", "sel": 8, "neuron": [4, 8, 16], **STRIP},
    {"type": "se_atten_v2", "sel": 8, "neuron": [4, 8, 16], "attn_layer": 0},
]


@pytest.mark.parametrize("config", COMPRESSIBLE, ids=lambda config: config["type"])
def test_a_compressed_tree_comes_back_exactly(config):
    fresh = Descriptor.from_config(config, ["O", "H"], 1).serialize()
    theirs = BaseDescriptor.deserialize(copy.deepcopy(fresh))
    theirs.enable_compression(0.9)
    tree = theirs.serialize()
    assert tree["@version"] == 3
    component = Component.deserialize(tree)
    assert differences(component.serialize(), tree) == []
    assert any(path[0] == "compress" for path, _ in component.variables())


def test_a_tree_from_a_file_comes_back_exactly(tmp_path):
    config = {"type": "se_e3_tebd", "sel": 8, "neuron": [2, 4], "tebd_input_mode": "strip"}
    fresh = Descriptor.from_config(config, ["O", "H"], 1).serialize()
    save_dp_model(str(tmp_path / "model.dp"), {"model": copy.deepcopy(fresh)})
    tree = load_dp_model(str(tmp_path / "model.dp"))["model"]
    assert differences(tree, fresh) == []
    assert differences(Component.deserialize(tree).serialize(), tree) == []


def test_a_tree_of_version_1_is_read_as_deepmd_kit_reads_it():
    config = {"type": "se_atten", "sel": 8, "neuron": [2, 4], "use_tebd_bias": True}
    tree = Descriptor.from_config(config, ["O", "H"], 1).serialize()
    tree["@version"] = tree["type_embedding"]["@version"] = 1
    # version 1 always had the bias, and no key for it
    del tree["use_tebd_bias"], tree["type_embedding"]["use_tebd_bias"]
    theirs = BaseDescriptor.deserialize(copy.deepcopy(tree)).serialize()
    component = Component.deserialize(tree)
    assert differences(component.serialize(), tree) == []
    arrays = dict(component.variables())
    assert theirs["use_tebd_bias"] is True
    for path, array in Component.deserialize(theirs).variables():
        assert np.array_equal(arrays[path], array)


def test_vectors_may_be_rows_as_tensorflow_writes_them():
    config = {"type": "se_e2_a", "sel": [8], "neuron": [4, 4], "resnet_dt": True}
    tree = Descriptor.from_config(config, ["O"], 1).serialize()
    variables = tree["embeddings"]["networks"][0]["layers"][1]["@variables"]
    variables["idt"] = variables["idt"].reshape(1, -1)
    BaseDescriptor.deserialize(copy.deepcopy(tree))
    assert differences(Component.deserialize(tree).serialize(), tree) == []
