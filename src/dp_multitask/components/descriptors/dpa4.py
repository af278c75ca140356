# SPDX-License-Identifier: LGPL-3.0-or-later
"""The descriptor ``dpa4``, or SeZM: equivariant message passing.

Its tree is a config and one flat mapping of arrays, named as in PyTorch. Many of these are tables
that follow from the config. What the arrays are is DeePMD-kit 3.2.0's; of a tree, which may be
older or have arrays of its own, those that are known here are checked.
"""

from __future__ import annotations

from typing import Any, ClassVar

from dp_multitask.components.blocks.layers import EnvMat
from dp_multitask.components.blocks.sezm.arrays import Arrays, promoted, under
from dp_multitask.components.blocks.sezm.blocks import attention_mode, block, readout
from dp_multitask.components.blocks.sezm.config import CONFIG, complete
from dp_multitask.components.blocks.sezm.embedding import (
    charge_spin,
    environment,
    film,
    geometry,
    radial,
    rotation,
    spin,
    type_embedding,
)
from dp_multitask.components.blocks.sezm.layers import depth_attention
from dp_multitask.components.blocks.sezm.parts import frequencies
from dp_multitask.components.core.in_pytorch import InPyTorch
from dp_multitask.components.core.initial import constant, in_double, ones, zeros
from dp_multitask.components.core.kinds import is_size
from dp_multitask.components.core.layout import VARIABLES, Child, Field, Variables, Version
from dp_multitask.components.core.plan import ChildPlans, Fields, PlannedVariable, Term
from dp_multitask.components.core.reading import fields_of_config, take_type_map, wrong_type
from dp_multitask.components.core.shareable import EVALUATED, Coverage
from dp_multitask.components.descriptors.descriptor import Descriptor, given_sel, number_of_types
from dp_multitask.components.descriptors.usual import head
from dp_multitask.errors import inside
from dp_multitask.registry import native

NEWEST = 1.2


@native("descriptor", "dpa4")
class DescrptDPA4(Descriptor):
    """A config and its arrays."""

    in_pytorch = InPyTorch(flat=True)
    mixed_types = True
    verified = EVALUATED
    share_levels: ClassVar = {
        0: Coverage(
            ("@variables/*",),
            own=("@variables/version_tensor", "@variables/mean", "@variables/stddev"),
        ),
        1: Coverage(("@variables/type_embedding.*", "@variables/charge_spin_embedding.*")),
    }
    apart: ClassVar = {"@variables/*": "it is a mark of the version, not a parameter"}
    config_only = ("type", "ntypes", "use_amp")
    layout = (
        *head("SeZM", Version(1, NEWEST, written=NEWEST), also=("sezm", "dpa4", "DPA4")),
        Field("config", "dict", only_in="tree"),
        *(entry._replace(only_in="config") for entry in CONFIG),
        Variables(),
        Child("env_mat", EnvMat),
    )

    @classmethod
    def prepare(cls, fields: dict[str, Any], type_map: list[str] | None) -> None:
        """Put the parameters, with their defaults written out, into ``config``."""
        given = dict(fields)
        given["sel"] = given_sel(given["sel"])
        take_type_map(given, type_map)
        fields.clear()
        fields["config"] = complete(given, number_of_types(given["type_map"]))

    @classmethod
    def precision_of(cls, fields: Fields) -> str:
        """Name the configured precision."""
        precision: str = fields["config"]["precision"]
        return precision

    @classmethod
    def variables_of(cls, fields: Fields) -> dict[str, PlannedVariable]:
        """Give every array of a config; of a tree, its own, of the shapes that are known."""
        config = fields["config"]
        if VARIABLES not in fields:
            return dict(_arrays(config))
        known: Arrays = {}
        if {"ntypes", *(entry.name for entry in CONFIG)} <= config.keys():
            known = _arrays(cls._checked(config))
        elif is_size(config.get("ntypes")) and is_size(config.get("channels")):
            width = Term("channels", config["channels"])
            known = under("type_embedding", type_embedding(config, width))
        return {
            name: known.get(name, (getattr(array, "shape", ()), zeros))
            for name, array in fields[VARIABLES].items()
        }

    @classmethod
    def _checked(cls, config: Fields) -> Fields:
        """Take a tree's config that has every parameter, if each can be what it is."""
        with inside("config"):
            if not is_size(config["ntypes"]):
                raise wrong_type(cls, "ntypes", config["ntypes"], "size")
            given = fields_of_config(cls, {entry.name: config[entry.name] for entry in CONFIG})
            return complete(given, config["ntypes"])

    @classmethod
    def children_of(cls, fields: Fields) -> ChildPlans:
        """Keep the environment matrix as it is; trees from PyTorch may have none."""
        config = fields["config"]
        if VARIABLES in fields and fields.get("env_mat") is None:
            return {}
        rcut, eps = config.get("rcut", 6.0), config.get("eps", 1e-7)
        return {"env_mat": EnvMat.planned(rcut, rcut, eps)}

    @classmethod
    def dim_out(cls, fields: Fields) -> Term:
        """Give the number of scalar channels."""
        return Term("channels", fields["config"]["channels"])


def _arrays(config: Fields) -> Arrays:
    """Plan every array of a config that is written out, in the order of numpy's trees."""
    arrays: Arrays = {
        "version_tensor": ((), in_double(constant(NEWEST))),
        "mean": ((0,), zeros),
        "stddev": ((0,), ones),
        **promoted(_embeddings(config)),
    }
    for number in range(config["n_blocks"]):
        arrays |= under(f"blocks.{number}", block(config, number))
    return arrays | promoted(_output(config))


def _embeddings(config: Fields) -> Arrays:
    """Plan what comes before the blocks; all of it keeps at least single precision."""
    ntypes, channels = config["ntypes"], Term("channels", config["channels"])
    highest = config["lmax"] + config["extra_node_l"]
    arrays = under("type_embedding", type_embedding(config, channels))
    if config["add_chg_spin_ebd"]:
        arrays |= under("charge_spin_embedding", charge_spin(channels))
    if config["use_spin"] is not None:
        arrays |= under("spin_embedding", spin(ntypes, channels))
    if config["use_env_seed"]:
        arrays |= under("env_seed_embedding", environment(config)) | film(config)
    number = config["n_radial"]
    basis = frequencies(config["rcut"], config["basis_type"], number)
    arrays["radial_basis.adam_freqs"] = ((1, Term("n_radial", number)), basis)
    widths = [number, *config["radial_mlp"], (highest + 1) * channels]
    arrays |= under("radial_embedding.net", radial(widths, norm=config["edge_norm"]))
    arrays |= under("wigner_calc", rotation())
    if config["use_env_seed"] and highest:
        if config["extra_node_l"]:
            arrays |= under("gie_zonal_wigner_calc", rotation())
        arrays |= under("gie", geometry(highest))
    return arrays


def _output(config: Fields) -> Arrays:
    """Plan what comes after the blocks."""
    degrees, arrays = config["l_schedule"], Arrays()
    degree = (degrees[-1] if degrees else config["lmax"]) + config["extra_node_l"]
    name, mode = attention_mode(config)
    if name:
        attention = depth_attention(config["channels"], mode, bias=config["mlp_bias"])
        arrays |= under(f"final_{name}", attention)
    layer = readout(config, degree)
    for number in range(config["readout_layers"] - 1):
        arrays |= under(f"readout_pre_layers.{number}", layer)
    return arrays | under("output_ffn", layer)
