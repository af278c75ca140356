# SPDX-License-Identifier: LGPL-3.0-or-later
"""Random configs of every descriptor, small enough to build thousands of them.

Every key that decides a shape is always given: the defaults of DeePMD-kit's backends differ from
those of its argument check, and its classes know only their own.
"""

from __future__ import annotations

from hypothesis import strategies as st

ELEMENTS = ["H", "C", "N", "O", "Fe"]
TYPE_MAPS = st.lists(st.sampled_from(ELEMENTS), min_size=1, max_size=3, unique=True)

booleans = st.booleans()
precisions = st.sampled_from(["default", "float64", "float32", "double", "single"])
activations = st.sampled_from(["tanh", "gelu", "silu", "relu", "linear"])
widths = st.integers(1, 4)


def neurons(least: int = 1) -> st.SearchStrategy[list[int]]:
    """Widths of up to three layers; equal and doubled ones are likely, for residual links."""
    return st.lists(st.sampled_from([least, 2, 4, 8]), min_size=1, max_size=3).map(
        lambda sizes: [max(size, least) for size in sizes]
    )


def pairs(ntypes: int) -> st.SearchStrategy[list[list[int]]]:
    index = st.integers(0, ntypes - 1)
    return st.lists(st.tuples(index, index).map(list), max_size=2)


def one_per_type(ntypes: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(1, 5), min_size=ntypes, max_size=ntypes)


def filters(ntypes: int) -> dict[str, st.SearchStrategy]:
    """The keys that all filters of the ``se_`` family have."""
    return {
        "rcut": st.sampled_from([4.0, 6.0]),
        "rcut_smth": st.sampled_from([0.5, 3.0]),
        "neuron": neurons(),
        "resnet_dt": booleans,
        "trainable": booleans,
        "exclude_types": pairs(ntypes),
        "env_protection": st.sampled_from([0.0, 1e-6]),
        "set_davg_zero": booleans,
        "activation_function": activations,
        "precision": precisions,
    }


def se_e2_a(ntypes):
    return {**filters(ntypes), "sel": one_per_type(ntypes), "axis_neuron": widths} | {
        "type_one_side": booleans
    }


def se_e2_r(ntypes):
    return {**filters(ntypes), "sel": one_per_type(ntypes), "type_one_side": st.just(True)}


def se_e3(ntypes):
    return {**filters(ntypes), "sel": one_per_type(ntypes)}


def with_types(ntypes):
    """The keys of descriptors with a type embedding."""
    return {
        **filters(ntypes),
        "sel": st.integers(1, 9) | st.lists(st.integers(3, 9), min_size=1, max_size=1),
        "tebd_dim": widths,
        "concat_output_tebd": booleans,
        "use_econf_tebd": booleans,
        "use_tebd_bias": booleans,
    }


def se_e3_tebd(ntypes):
    return {
        **with_types(ntypes),
        "tebd_input_mode": st.sampled_from(["concat", "strip"]),
        "smooth": booleans,
    }


def attention(ntypes):
    return {
        **with_types(ntypes),
        "axis_neuron": widths,
        "type_one_side": booleans,
        "attn": st.sampled_from([2, 4]),
        "attn_layer": st.integers(0, 2),
        "attn_dotr": booleans,
        "scaling_factor": st.sampled_from([1.0, 2.0]),
        "normalize": booleans,
        "temperature": st.none() | st.just(0.5),
        "trainable_ln": booleans,
        "ln_eps": st.sampled_from([None, 1e-5, 1e-3]),
        "lmax": st.integers(1, 4),
    }


def se_atten(ntypes):
    return {
        **attention(ntypes),
        "tebd_input_mode": st.sampled_from(["concat", "strip"]),
        "smooth_type_embedding": booleans,
    }


def repinit():
    return {
        "rcut": st.just(6.0),
        "rcut_smth": st.sampled_from([0.5, 3.0]),
        "nsel": st.integers(6, 9),
        "neuron": neurons(2),
        "axis_neuron": st.integers(1, 2),
        "tebd_dim": widths,
        "tebd_input_mode": st.sampled_from(["concat", "strip"]),
        "set_davg_zero": booleans,
        "activation_function": activations,
        "resnet_dt": booleans,
        "type_one_side": booleans,
        "use_three_body": booleans,
        "three_body_neuron": neurons(),
        "three_body_sel": st.integers(1, 2),
        "three_body_rcut": st.just(3.0),
        "three_body_rcut_smth": st.just(0.5),
    }


def repformer():
    return {
        "rcut": st.just(4.0),
        "rcut_smth": st.just(0.5),
        "nsel": st.integers(3, 5),
        "nlayers": st.integers(1, 3),
        "g1_dim": st.sampled_from([4, 8]),
        "g2_dim": st.sampled_from([2, 4]),
        "axis_neuron": st.integers(1, 2),
        "direct_dist": booleans,
        **{f"update_g1_has_{name}": booleans for name in ("conv", "grrg", "attn")},
        "update_g1_has_drrd": st.just(True),
        **{f"update_g2_has_{name}": booleans for name in ("g1g1", "attn")},
        "update_h2": booleans,
        **{f"attn{i}_{name}": st.integers(1, 2) for i in (1, 2) for name in ("hidden", "nhead")},
        "attn2_has_gate": booleans,
        "activation_function": activations,
        "update_style": st.sampled_from(["res_avg", "res_incr", "res_residual"]),
        "update_residual": st.sampled_from([0.001, 0.1]),
        "update_residual_init": st.sampled_from(["norm", "const"]),
        "set_davg_zero": booleans,
        "trainable_ln": booleans,
        "use_sqrt_nnei": booleans,
        "g1_out_conv": booleans,
        "g1_out_mlp": booleans,
        "ln_eps": st.sampled_from([None, 1e-5, 1e-3]),
    }


def message_passing(ntypes):
    return {
        "concat_output_tebd": booleans,
        "precision": precisions,
        "exclude_types": pairs(ntypes),
        "env_protection": st.sampled_from([0.0, 1e-6]),
        "trainable": booleans,
        "use_econf_tebd": booleans,
        "use_tebd_bias": booleans,
    }


def dpa2(ntypes):
    return {
        **message_passing(ntypes),
        "repinit": st.fixed_dictionaries(repinit()),
        "repformer": st.fixed_dictionaries(repformer()),
        "smooth": booleans,
        "add_tebd_to_repinit_out": booleans,
    }


@st.composite
def repflow(draw):
    keys = {
        "n_dim": st.sampled_from([4, 8]),
        "e_dim": st.sampled_from([4, 6]),
        "a_dim": st.sampled_from([4, 8]),
        "nlayers": st.integers(1, 3),
        "e_rcut": st.just(6.0),
        "e_rcut_smth": st.just(3.5),
        "e_sel": st.integers(5, 9),
        "a_rcut": st.just(4.0),
        "a_rcut_smth": st.just(3.5),
        "a_sel": st.integers(2, 5),
        "a_compress_rate": st.integers(0, 2),
        "a_compress_e_rate": st.integers(1, 2),
        "a_compress_use_split": booleans,
        "n_multi_edge_message": st.integers(1, 2),
        "axis_neuron": st.integers(1, 3),
        "update_angle": booleans,
        "update_style": st.sampled_from(["res_avg", "res_incr", "res_residual"]),
        "update_residual": st.sampled_from([0.001, 0.1]),
        "update_residual_init": st.sampled_from(["norm", "const"]),
        "fix_stat_std": st.sampled_from([0.0, 0.3]),
        "skip_stat": booleans,
        "optim_update": booleans,
        "smooth_edge_update": booleans,
        "edge_init_use_dist": booleans,
        "use_exp_switch": booleans,
        "use_dynamic_sel": booleans,
        "sel_reduce_factor": st.sampled_from([1.0, 10.0]),
    }
    drawn = draw(st.fixed_dictionaries(keys))
    if drawn["use_dynamic_sel"]:  # DeePMD-kit has it only with both of these
        drawn |= {"smooth_edge_update": True, "optim_update": True}
    return drawn


def dpa3(ntypes):
    return {
        **message_passing(ntypes),
        "repflow": repflow(),
        "activation_function": activations,
        "use_loc_mapping": booleans,
        "add_chg_spin_ebd": booleans,
    }


MEMBERS = {"se_e2_a": se_e2_a, "se_e2_r": se_e2_r, "se_e3": se_e3}


@st.composite
def member(draw, ntypes):
    """Draw a member of a hybrid; DeePMD-kit wants equal type maps of them and nothing more."""
    name = draw(st.sampled_from(sorted(MEMBERS)))
    return {"type": name, **draw(st.fixed_dictionaries(MEMBERS[name](ntypes)))}


def hybrid(ntypes):
    return {"list": st.lists(member(ntypes), min_size=1, max_size=3)}


def loc_frame(ntypes):
    return {
        "rcut": st.just(6.0),
        "sel_a": one_per_type(ntypes),
        "sel_r": one_per_type(ntypes),
        "axis_rule": st.lists(st.integers(0, 2), min_size=6 * ntypes, max_size=6 * ntypes),
    }


def only(names: str, keys: dict[str, st.SearchStrategy]) -> dict[str, st.SearchStrategy]:
    return {name: keys[name] for name in names.split()}


NETWORK = "sel neuron axis_neuron resnet_dt trainable type_one_side exclude_types"
KIND = "activation_function precision"


def se_a_ef(ntypes):
    return only(f"rcut rcut_smth set_davg_zero {NETWORK} {KIND}", se_e2_a(ntypes))


def se_a_mask(ntypes):
    return only(f"{NETWORK} {KIND}", se_e2_a(ntypes))


def se_a_tpe(ntypes):
    channels = {"type_nchanl": widths, "type_nlayer": widths, "numb_aparam": st.integers(0, 2)}
    return {**se_e2_a(ntypes), **channels}


def se_a_ebd_v2(ntypes):
    types = {"tebd_dim": widths, "use_econf_tebd": booleans, "use_tebd_bias": booleans}
    return {**se_e2_a(ntypes), **types}


WITHOUT_PEER = {
    "loc_frame": loc_frame,
    "se_a_ef": se_a_ef,
    "se_a_mask": se_a_mask,
    "se_a_tpe": se_a_tpe,
    "se_a_ebd_v2": se_a_ebd_v2,
}
"""Types that no installed DeePMD-kit can serialise."""


def dpa4c(ntypes):
    return {
        "rcut": st.just(6.0),
        "channels": st.sampled_from([8, 16]),
        "lmax": st.integers(2, 4),
        "basis_type": st.sampled_from(["bessel", "gaussian"]),
        "n_radial": widths,
        "radial_modes": st.integers(0, 2),
        "exclude_types": pairs(ntypes),
        "precision": st.sampled_from(["float32", "float64"]),
        "trainable": booleans,
        "seed": st.none() | st.integers(0, 9),
        "use_spin": st.none() | st.lists(booleans, min_size=ntypes, max_size=ntypes),
        "add_chg_spin_ebd": booleans,
        "default_chg_spin": st.none() | st.just([0.0, 1.0]),
    }


def dpa4(ntypes):
    """Draw every option of a small ``dpa4``; see `without_conflicts` for what excludes what."""
    flags = {
        name: st.booleans()
        for name in (
            *("trainable", "mlp_bias", "add_chg_spin_ebd", "edge_norm", "use_env_seed"),
            *("edge_cartesian", "so2_norm", "atten_f_mix", "atten_v_proj", "atten_o_proj"),
            *("layer_scale", "ffn_so3_grid", "node_wise_s2", "node_wise_so3"),
            *("message_node_s2", "message_node_so3", "glu_activation", "random_gamma"),
        )
    }
    modes = st.sampled_from(["none", "independent", "dependent"])
    return {
        **flags,
        "rcut": st.just(6.0),
        "sel": st.integers(3, 9) | st.just([2, 3]),
        "channels": st.sampled_from([4, 8]),
        "n_radial": st.integers(2, 4),
        "radial_mlp": st.lists(st.sampled_from([0, 5]), max_size=2),
        "lmax": st.integers(0, 2),
        "mmax": st.none() | st.integers(0, 2),
        "kmax": st.integers(0, 2),
        "extra_node_l": st.integers(0, 1),
        "n_blocks": st.integers(0, 2),
        "mixing_layers": st.integers(0, 2),
        "basis_type": st.sampled_from(["bessel", "gaussian"]),
        "node_cartesian": st.sampled_from(["none", 0, 2, "parity:2", "default"]),
        "so2_attn_res": modes,
        "radial_so2_mode": st.sampled_from(["none", "degree", "degree_channel"]),
        "radial_so2_rank": st.integers(0, 2),
        "n_focus": st.integers(1, 2),
        "focus_dim": st.sampled_from([0, 4]),
        "n_atten_head": st.integers(0, 2),
        "ffn_neurons": st.sampled_from([0, 6]),
        "ffn_blocks": st.integers(1, 2),
        "grid_mlp": booleans | st.lists(booleans, min_size=3, max_size=3),
        "grid_branch": st.integers(0, 2),
        "sandwich_norm": st.lists(booleans, min_size=4, max_size=4),
        "full_attn_res": modes,
        "s2_activation": st.lists(booleans, min_size=2, max_size=2),
        "so3_readout": st.sampled_from(["none", "glu", "mlp"]),
        "readout_layers": st.integers(1, 2),
        "lebedev_quadrature": booleans,
        "exclude_types": pairs(ntypes),
        "precision": st.sampled_from(["float32", "float64", "default"]),
        "seed": st.none() | st.integers(0, 9),
        "default_chg_spin": st.just([0.0, 1.0]),
    }


def without_conflicts(config):
    """Take out of a drawn ``dpa4`` what DeePMD-kit refuses: some options exclude others."""
    grids = ("node_wise_s2", "node_wise_so3", "message_node_s2", "message_node_so3")
    chosen = {name: config[name] and not config["edge_cartesian"] for name in grids}
    return {**config, **chosen, "kmax": min(config["kmax"], config["lmax"])}


DESCRIPTORS = {
    "se_e2_a": se_e2_a,
    "se_e2_r": se_e2_r,
    "se_e3": se_e3,
    "se_e3_tebd": se_e3_tebd,
    "se_atten": se_atten,
    "se_atten_v2": attention,
    "dpa2": dpa2,
    "dpa3": dpa3,
    "dpa4": dpa4,
    "dpa4c": dpa4c,
    "hybrid": hybrid,
}


@st.composite
def descriptor_configs(draw, type_name: str):
    """Draw a config of a type, and its type map."""
    type_map = draw(TYPE_MAPS)
    keys = {**DESCRIPTORS, **WITHOUT_PEER}[type_name](len(type_map))
    config = {"type": type_name, **draw(st.fixed_dictionaries(keys))}
    if type_name == "dpa4":
        config = without_conflicts(config)
    return config, type_map


def read_wrongly(config):
    """Say whether DeePMD-kit 3.2.0 forgets the three-body part when it reads a ``dpa2`` tree.

    It then keeps random numbers in ``g1_shape_tranform``, or takes an identity for a layer.
    """
    if config["type"] != "dpa2" or not config["repinit"]["use_three_body"]:
        return False
    repinit, g1_dim = config["repinit"], config["repformer"]["g1_dim"]
    width = repinit["neuron"][-1] * repinit["axis_neuron"]
    return g1_dim in (width, width + repinit["three_body_neuron"][-1])
