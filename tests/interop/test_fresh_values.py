# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fresh components in use: they evaluate, and their numbers are drawn as DeePMD-kit draws them."""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings

from component_configs import DESCRIPTORS, descriptor_configs, read_wrongly
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.components.fittings.fitting import Fitting
from example_counts import examples

pytestmark = pytest.mark.interop

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("deepmd", reason="DeePMD-kit is not installed")
    from deepmd.dpmodel.descriptor.base_descriptor import BaseDescriptor as NumpyDescriptor
    from deepmd.dpmodel.utils.nlist import extend_input_and_build_neighbor_list

    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    import deepmd.pt.model.model  # noqa: F401  it registers the fitting nets
    from deepmd.pt.model.descriptor.base_descriptor import BaseDescriptor as TorchDescriptor
    from deepmd.pt.model.task import BaseFitting as TorchFitting


def evaluate(descriptor, ntypes):
    """Evaluate a descriptor of the numpy backend for six atoms in a box."""
    rng = np.random.default_rng(0)
    grid = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)][:6], float)
    coordinates = 2.2 * grid.reshape(1, -1) + rng.normal(scale=0.1, size=(1, 18))
    types = (np.arange(6) % ntypes).reshape(1, -1)
    inputs = extend_input_and_build_neighbor_list(
        coordinates,
        types,
        descriptor.get_rcut(),
        descriptor.get_sel(),
        mixed_types=descriptor.mixed_types(),
        box=9.0 * np.eye(3).reshape(1, -1),
    )
    extended, extended_types, mapping, neighbours = inputs
    return descriptor(extended.reshape(1, -1), extended_types, neighbours, mapping=mapping)[0]


def splits_too_far(flow):
    """Say whether the angles of a dpa3 would take more of the atoms or pairs than there is."""
    if not (flow.get("a_compress_use_split") and flow["a_compress_rate"]):
        return False
    of_atoms = flow["a_dim"] // flow["a_compress_rate"]
    of_pairs = flow["a_dim"] // (2 * flow["a_compress_rate"]) * flow["a_compress_e_rate"]
    return of_atoms > flow["n_dim"] or of_pairs > flow["e_dim"]


def can_be_evaluated(config):
    """Say whether DeePMD-kit can: an axis no longer than the embedding, no charge, no spin."""
    if splits_too_far(config.get("repflow", {})):
        return False
    parts = [config, *config.get("list", []), config.get("repinit", {})]
    axes = [part["axis_neuron"] <= part["neuron"][-1] for part in parts if "axis_neuron" in part]
    plain = not config.get("add_chg_spin_ebd") and not config.get("use_spin")
    return all(axes) and plain and not read_wrongly(config)


@pytest.mark.parametrize("type_name", sorted(DESCRIPTORS))
def test_a_fresh_descriptor_evaluates_to_finite_numbers(type_name):
    # DeePMD-kit takes ten seconds and more to evaluate a dpa4c
    @settings(max_examples=1 if type_name == "dpa4c" else examples(5, 15))
    @given(descriptor_configs(type_name))
    def check(drawn):
        config, type_map = drawn
        assume(can_be_evaluated(config))
        if type_name == "dpa4c":
            config["lmax"] = 2
        if "list" not in config:
            config["exclude_types"] = []  # or nothing may be left to attend to
        fresh = Descriptor.from_config(config, type_map, 1).serialize()
        with np.errstate(over="ignore"):  # of an exponential that is divided by afterwards
            values = evaluate(NumpyDescriptor.deserialize(copy.deepcopy(fresh)), len(type_map))
        plan = Descriptor.plan_config(config, type_map)
        assert values.shape == (1, 6, plan.cls.dim_out(plan.fields))
        assert np.isfinite(values).all()

    check()


WIDE = {
    "se_e2_a": {"sel": [9, 9], "neuron": [64, 128, 128], "resnet_dt": True},
    "se_e2_r": {"sel": [9, 9], "neuron": [64, 128, 128], "resnet_dt": True},
    "se_e3": {"sel": [9, 9], "neuron": [64, 128, 128], "resnet_dt": True},
    "se_e3_tebd": {"sel": 9, "neuron": [64, 128], "tebd_dim": 64, "use_tebd_bias": True},
    "se_atten": {"sel": 9, "neuron": [64, 128], "tebd_dim": 64, "attn": 64, "lmax": 4},
    "se_atten_v2": {"sel": 9, "neuron": [64, 128], "tebd_dim": 64, "attn": 64},
    "dpa2": {
        "repinit": {"rcut": 6.0, "rcut_smth": 0.5, "nsel": 9, "tebd_dim": 64},
        "repformer": {
            **{"rcut": 4.0, "rcut_smth": 0.5, "nsel": 5, "update_residual": 0.1},
            **{"update_style": "res_residual", "g1_dim": 96, "g2_dim": 64, "update_h2": True},
        },
        "add_tebd_to_repinit_out": True,
    },
    "dpa3": {
        "repflow": {
            **{"e_rcut": 6.0, "e_rcut_smth": 5.0, "e_sel": 9, "a_rcut": 4.0, "a_rcut_smth": 3.5},
            **{"a_sel": 5, "update_residual_init": "norm", "nlayers": 2, "n_dim": 96},
        },
    },
    "dpa4": {
        **{"sel": 9, "channels": 32, "n_blocks": 1, "lmax": 2, "mmax": 1, "n_focus": 2},
        **{"n_atten_head": 2, "atten_v_proj": True, "atten_o_proj": True, "so2_norm": True},
        **{"so2_attn_res": "dependent", "full_attn_res": "independent", "layer_scale": True},
        **{"node_wise_so3": True, "message_node_s2": True, "grid_mlp": [True, False, False]},
        **{"grid_branch": [0, 2, 0], "add_chg_spin_ebd": True, "mlp_bias": True},
        **{"node_cartesian": 2, "radial_so2_rank": 2, "so3_readout": "mlp", "ffn_blocks": 1},
    },
    "dpa4c": {"rcut": 6.0, "channels": 128, "radial_modes": 16, "add_chg_spin_ebd": True},
}
SEEDS = range(12)


def moments(trees):
    """Give count, mean and standard deviation of each variable over several trees."""
    collected: dict[tuple, list] = {}

    def walk(node, path):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, each in items:
            if isinstance(each, dict | list):
                walk(each, (*path, key))
            elif isinstance(each, np.ndarray) and each.size:
                collected.setdefault((*path, key), []).append(each.astype(float).ravel())

    for tree in trees:
        walk(tree, ())
    joined = {path: np.concatenate(arrays) for path, arrays in collected.items()}
    return {path: (len(x), x.mean(), x.std(), x) for path, x in joined.items()}


def check_equal_in_distribution(path, ours, theirs):
    """Compare mean and deviation within nine standard errors, and constants exactly."""
    number, our_mean, our_std, our_values = ours
    _, mean, std, values = theirs
    if std == 0.0 or number < 2:
        assert our_std <= 1e-12 or number < 2, path
        assert number < 2 or our_mean == pytest.approx(mean, abs=1e-12), path
        return
    assert our_std > 0.0, f"{path}: all equal, theirs vary by {std}"
    error = max(std, our_std) / np.sqrt(number)
    assert abs(our_mean - mean) < 9 * error, path
    # relative error of a deviation of normal numbers is 1 / sqrt(2 n)
    assert abs(our_std / std - 1) < 9 / np.sqrt(2 * number), path
    # bounded where theirs is: uniform against normal
    assert abs(our_values).max() < 3 * abs(values).max(), path


@pytest.mark.parametrize("type_name", sorted(WIDE))
def test_initial_numbers_are_distributed_as_theirs(type_name):
    config, type_map = {"type": type_name, "precision": "float64", **WIDE[type_name]}, ["H", "O"]
    if type_name == "se_e2_r":
        config["type_one_side"] = True
    plan = Descriptor.plan_config(config, type_map)
    full = {"type": type_name, **{k: v for k, v in plan.fields.items() if k in EXPLICIT}}
    full.update(config)
    backend = NumpyDescriptor if type_name == "dpa4c" else TorchDescriptor
    theirs = moments(
        backend(**{**copy.deepcopy(full), "seed": seed}, type_map=type_map, ntypes=2).serialize()
        for seed in SEEDS
    )
    ours = moments(Descriptor.from_config(config, type_map, seed).serialize() for seed in SEEDS)
    assert ours.keys() == theirs.keys()
    # of each pair of neighbour types one order is never used: zeros in numpy, numbers in PyTorch
    unused = ("embeddings", "networks", 1) if type_name == "se_e3" else ("nothing",)
    for path in ours:
        if path[: len(unused)] == unused:
            continue
        check_equal_in_distribution(path, ours[path], theirs[path])


FITTING = {"neuron": [64, 64, 64], "numb_fparam": 2, "numb_aparam": 3, "mixed_types": True}
OUTPUTS = {"ener": {}, "dos": {"numb_dos": 5}, "dipole": {"embedding_width": 12}}
OUTPUTS |= {"polar": {"embedding_width": 12}, "property": {"property_name": "gap", "task_dim": 4}}


@pytest.mark.parametrize("type_name", OUTPUTS)
def test_initial_numbers_of_fitting_nets_are_distributed_as_theirs(type_name):
    config = {"type": type_name, "precision": "float64", **FITTING, **OUTPUTS[type_name]}
    sizes = {"ntypes": 2, "dim_descrpt": 48}
    ours = moments(
        Fitting.from_config(config | sizes, ["H", "O"], seed).serialize() for seed in SEEDS
    )
    theirs = moments(
        TorchFitting(**copy.deepcopy(config), **sizes, type_map=["H", "O"], seed=seed).serialize()
        for seed in SEEDS
    )
    assert ours.keys() == theirs.keys()
    for path in ours:
        check_equal_in_distribution(path, ours[path], theirs[path])


# where the defaults of DeePMD-kit's classes are not those of its argument check
EXPLICIT = {"neuron", "axis_neuron", "set_davg_zero", "type_one_side", "smooth_type_embedding"}
EXPLICIT |= {"use_tebd_bias", "rcut", "rcut_smth", "attn_layer"}
