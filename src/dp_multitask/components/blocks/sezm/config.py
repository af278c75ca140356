# SPDX-License-Identifier: LGPL-3.0-or-later
"""The parameters of the descriptor ``dpa4``: how a tree writes out what an input gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dp_multitask.components.blocks.sezm.convolution import attention_widths, cartesian_layers
from dp_multitask.components.blocks.sezm.embedding import CHARGES, MULTIPLICITIES
from dp_multitask.components.core.initial import precision_name
from dp_multitask.components.core.kinds import MOST_LAYERS, is_size
from dp_multitask.components.core.layout import Field
from dp_multitask.errors import ComponentError, FieldTypeError, UnsupportedError

CONFIG = (
    Field("sel", "size | sizes | str", 256),
    Field("rcut", "float", 6.0),
    Field("env_exp", "sizes | null", [7, 5]),
    Field("type_map", "list | null", None),
    Field("lmax", "depth", 3),
    Field("n_blocks", "depth", 3),
    Field("l_schedule", "sizes | null", None),
    Field("mmax", "size | null", 1),
    Field("kmax", "size", 1),
    Field("m_schedule", "sizes | null", None),
    Field("extra_node_l", "depth", 0),
    Field("channels", "size", 64),
    Field("basis_type", "str", "bessel"),
    Field("n_radial", "size", 16),
    Field("radial_mlp", "sizes | null", [0]),
    Field("edge_norm", "bool", default=True),
    Field("use_env_seed", "bool", default=True),
    Field("random_gamma", "bool", default=True),
    Field("edge_cartesian", "bool", default=False),
    Field("node_cartesian", "str | size", "none"),
    Field("so2_norm", "bool", default=False),
    Field("mixing_layers", "depth", 4, aliases=("so2_layers",)),
    Field("so2_attn_res", "str", "none"),
    Field("radial_so2_mode", "str", "degree_channel"),
    Field("radial_so2_rank", "size", 1),
    Field("n_focus", "size", 1),
    Field("focus_dim", "size", 0),
    Field("ffn_neurons", "size", 0),
    Field("grid_mlp", "bool | list", default=False),
    Field("grid_branch", "size | sizes", 0),
    Field("ffn_blocks", "depth", 1),
    Field("layer_scale", "bool", default=False),
    Field("n_atten_head", "size", 1),
    Field("atten_f_mix", "bool", default=False),
    Field("atten_v_proj", "bool", default=False),
    Field("atten_o_proj", "bool", default=False),
    Field("sandwich_norm", "list | null", [False, True, True, False]),
    Field("full_attn_res", "str", "none"),
    Field("block_attn_res", "str", "none"),
    Field("s2_activation", "list | null", [False, True]),
    Field("ffn_so3_grid", "bool", default=False),
    Field("node_wise_s2", "bool", default=False),
    Field("node_wise_so3", "bool", default=False),
    Field("message_node_s2", "bool", default=False),
    Field("message_node_so3", "bool", default=False),
    Field("so3_readout", "str", "none"),
    Field("readout_layers", "depth", 1),
    Field("lebedev_quadrature", "bool | list | null", default=True),
    Field("activation_function", "str", "silu"),
    Field("glu_activation", "bool", default=True),
    Field("precision", "str", "float32"),
    Field("mlp_bias", "bool", default=False),
    Field("exclude_types", "pairs | null", []),
    Field("eps", "float", 1e-7),
    Field("trainable", "bool", default=True),
    Field("seed", "int | list | null", None),
    Field("inner_clamp_r_inner", "float | null", None),
    Field("inner_clamp_r_outer", "float | null", None),
    Field("add_chg_spin_ebd", "bool", default=False),
    Field("default_chg_spin", "list | null", None),
    Field("use_spin", "list | null", None),
)
"""The parameters, in the order of a tree's ``config``, which begins with ``ntypes``."""

_MODES = ("none", "independent", "dependent")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "basis_type": ("bessel", "gaussian"),
    "so2_attn_res": _MODES,
    "radial_so2_mode": ("none", "degree", "degree_channel"),
    "full_attn_res": _MODES,
    "block_attn_res": _MODES,
    "so3_readout": ("none", "glu", "mlp"),
}
_POSITIVE = ("channels", "n_radial", "n_focus", "ffn_blocks", "readout_layers", "rcut", "eps")
_LISTS: Mapping[str, tuple[int, list[Any], type]] = {
    "env_exp": (2, [7, 5], int),
    "sandwich_norm": (4, [False, True, True, False], bool),
    "s2_activation": (2, [False, True], bool),
    "lebedev_quadrature": (2, [True, True], bool),
    "grid_mlp": (3, [], bool),
    "grid_branch": (3, [], int),
}
_HIGHEST_DEGREE = 43
"""Products on grids need a quadrature of three times the degree; the tables end at 131."""


def complete(given: Mapping[str, Any], ntypes: int) -> dict[str, Any]:
    """Write out defaults, schedules and lists, as a tree's ``config`` has them.

    Parameters
    ----------
    given : dict
        A value for every parameter of `CONFIG`; ``sel`` and ``type_map`` as a tree has them.
    ntypes : int
        The number of types.

    Raises
    ------
    ComponentError
        DeePMD-kit would refuse the parameters; the path says which.
    UnsupportedError
        A degree beyond those that DeePMD-kit has quadratures for.
    """
    config = {"ntypes": ntypes, **given}
    for name in _POSITIVE:
        if config[name] <= 0:
            raise _wrong(config, name, "a positive number")
    for name, choices in _CHOICES.items():
        config[name] = config[name].lower()
        if config[name] not in choices:
            raise _wrong(given, name, f"one of {', '.join(choices)}")
    for name, (length, default, cls) in _LISTS.items():
        config[name] = _list_of(config, name, length, default, cls)
    config["rcut"], config["eps"] = float(config["rcut"]), float(config["eps"])
    widths = [0] if config["radial_mlp"] is None else config["radial_mlp"]
    config["radial_mlp"] = [width or config["channels"] for width in widths]
    config["node_cartesian"] = str(config["node_cartesian"])
    config["precision"] = precision_name(config["precision"])
    config["exclude_types"] = config["exclude_types"] or []
    _set_schedules(config)
    _check_products(config)
    _check_attention(config)
    _set_charge_and_spin(config)
    _check_clamp(config)
    return config


def _wrong(given: Mapping[str, Any], name: str, expected: str) -> ComponentError:
    msg = f"{name!r} is {given[name]!r:.60}, expected {expected}"
    return ComponentError(msg, path=(name,))


def _list_of(
    config: Mapping[str, Any], name: str, length: int, default: list[Any], cls: type
) -> list[Any]:
    """Take one value for all, or one each."""
    value = config[name]
    if value is None:
        return list(default)
    if not isinstance(value, list):
        return [cls(value)] * length
    fits = all(isinstance(each, bool) if cls is bool else is_size(each) for each in value)
    if len(value) != length or not fits:
        kind = "booleans" if cls is bool else "non-negative integers"
        raise _wrong(config, name, f"{length} {kind}")
    return [cls(each) for each in value]


def _set_schedules(config: dict[str, Any]) -> None:
    """Set the degree and the highest order of each block."""
    degrees = config["l_schedule"]
    if degrees is None:
        degrees = [config["lmax"]] * config["n_blocks"]
    if sorted(degrees, reverse=True) != degrees:
        raise _wrong(config, "l_schedule", "degrees that do not rise from block to block")
    found, mmax = config["m_schedule"], config["mmax"]
    if found is None:
        found = [degree if mmax is None else min(mmax, degree) for degree in degrees]
    if len(found) != len(degrees):
        raise _wrong(config, "m_schedule", f"an order for each of {len(degrees)} blocks")
    if any(order > degree for order, degree in zip(found, degrees, strict=True)):
        raise _wrong(config, "m_schedule", f"orders no higher than the degrees {degrees}")
    if degrees:
        config["lmax"], config["mmax"] = degrees[0], found[0]
    elif mmax is None:
        config["mmax"] = config["lmax"]
    config |= {"l_schedule": degrees, "m_schedule": found, "n_blocks": len(degrees)}
    if config["kmax"] > config["lmax"]:
        raise _wrong(config, "kmax", f"at most the highest degree, {config['lmax']}")
    highest = config["lmax"] + config["extra_node_l"]
    if highest > _HIGHEST_DEGREE:
        msg = f"a degree of {highest} is too high, the highest is {_HIGHEST_DEGREE}"
        raise UnsupportedError(msg, path=("lmax",))


def _check_products(config: Mapping[str, Any]) -> None:
    """Refuse products of features that exclude each other."""
    try:
        layers = cartesian_layers(config["node_cartesian"])
    except ValueError as err:
        expected = "'none', a number of layers, or 'default:2' or 'parity:2'"
        raise _wrong(config, "node_cartesian", expected) from err
    if layers > MOST_LAYERS:
        raise _wrong(config, "node_cartesian", f"at most {MOST_LAYERS} layers")
    products = ("node_wise_s2", "node_wise_so3", "message_node_s2", "message_node_so3")
    on_grids = [name for name in products if config[name]]
    if config["edge_cartesian"] and on_grids and {1, 2} & set(config["l_schedule"]):
        msg = f"'edge_cartesian' and {on_grids[0]!r} exclude each other"
        raise ComponentError(msg, path=("edge_cartesian",))


def _check_attention(config: Mapping[str, Any]) -> None:
    """Refuse heads that do not divide the width, and two kinds of attention to earlier blocks."""
    heads, (width, _) = config["n_atten_head"], attention_widths(config)
    if heads and width % heads:
        raise _wrong(config, "n_atten_head", f"a divisor of the width of attention, {width}")
    if config["full_attn_res"] != "none" and config["block_attn_res"] != "none":
        msg = "'full_attn_res' and 'block_attn_res' exclude each other"
        raise ComponentError(msg, path=("block_attn_res",))
    if config["use_env_seed"] and config["channels"] < 2:
        raise _wrong(config, "channels", "at least 2 with 'use_env_seed'")


def _set_charge_and_spin(config: dict[str, Any]) -> None:
    """Check the default charge and multiplicity, and which types have spins."""
    state = config["default_chg_spin"]
    if state is not None:
        ranges = ((-CHARGES // 2, CHARGES // 2), (0, MULTIPLICITIES))
        fits = len(state) == 2 and all(
            isinstance(each, int | float) and float(each).is_integer() and low <= each < high
            for each, (low, high) in zip(state, ranges, strict=True)
        )
        if not fits:
            expected = "a charge from -100 to 99 and a multiplicity from 0 to 99"
            raise _wrong(config, "default_chg_spin", expected)
        config["default_chg_spin"] = [float(each) for each in state]
    spins = config["use_spin"]
    if spins is None:
        return
    if not all(isinstance(each, bool) for each in spins):
        msg = f"'use_spin' must be a list of booleans, found {spins!r:.60}"
        raise FieldTypeError(msg, path=("use_spin",))
    if len(spins) != config["ntypes"]:
        raise _wrong(config, "use_spin", f"one for each of {config['ntypes']} types")
    if config["lmax"] + config["extra_node_l"] < 1:
        raise _wrong(config, "lmax", "at least 1 with spins")


def _check_clamp(config: dict[str, Any]) -> None:
    """Check the distances between which a pair is handed over to a potential of its own."""
    names = ("inner_clamp_r_inner", "inner_clamp_r_outer")
    for name in names:
        config[name] = None if config[name] is None else float(config[name])
    inner, outer = (config[name] for name in names)
    if inner is not None and outer is not None and not 0 < inner < outer:
        raise _wrong(config, names[0], f"a positive distance below {names[1]!r}, {outer}")
