# SPDX-License-Identifier: LGPL-3.0-or-later
"""How earlier releases wrote an input, recognised."""

import pytest

from dp_multitask.config.outdated_forms import (
    REMOVED_KEYS,
    RENAMED_TYPES,
    flat_keys,
    sign_of_version_2,
)


@pytest.mark.parametrize(
    ("config", "sign"),
    [
        ({"model": {"fitting_net_dict": {}}}, ("model", "fitting_net_dict")),
        ({"training": {"fitting_weight": {"a": 1}}}, ("training", "fitting_weight")),
        ({"model": {"type": "multi"}}, ("model", "type")),
        ({"model": {"fitting_net": {}}}, None),
        ({"model": {"type": "standard", "fitting_net_dict": []}}, None),
        ({"model": "multi", "training": 3}, None),
        ({"loss_dict": {}, "model": {"model_dict": {}}}, None),
    ],
)
def test_the_multitask_form_of_version_2_is_told_by_what_only_it_has(config, sign):
    assert sign_of_version_2(config) == sign


def test_flat_keys_of_dpa2_have_a_place_in_its_sections():
    params = {
        "type": "dpa2",
        "tebd_dim": 8,
        "repinit_rcut": 6.0,
        "repinit_activation": "tanh",
        "repformer_axis_dim": 4,
        "repformer_add_type_ebd_to_seq": False,
        "repformer_bn_momentum": 0.1,
        "concat_output_tebd": True,
    }
    assert flat_keys(params) == {
        "repinit_rcut": ("repinit", "rcut"),
        "repinit_activation": ("repinit", "activation_function"),
        "repformer_axis_dim": ("repformer", "axis_neuron"),
        "repformer_add_type_ebd_to_seq": ("add_tebd_to_repinit_out",),
        "tebd_dim": ("repinit", "tebd_dim"),
    }


@pytest.mark.parametrize(
    "params",
    [
        {"type": "dpa2", "repinit": {"rcut": 6.0}, "repformer": {}},
        {"type": "dpa2", "repformer_add_type_ebd_to_seq": True},
        {"type": "se_atten", "tebd_dim": 8},
        {"repinit_": 1, 3: 4},
    ],
)
def test_the_present_form_of_dpa2_has_no_flat_keys(params):
    assert flat_keys(params) == {}


def test_no_present_type_is_told_to_be_another_one_today():
    from dp_multitask.component_types import BUILTIN_TYPES

    present = {name for each in BUILTIN_TYPES for name in (each.name, *each.aliases)}
    assert not present & {name for names in RENAMED_TYPES.values() for name in names}
    assert all(reason for keys in REMOVED_KEYS.values() for _, reason in keys.values())
