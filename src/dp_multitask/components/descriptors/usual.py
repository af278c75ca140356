# SPDX-License-Identifier: LGPL-3.0-or-later
"""What most layouts of descriptors are made of; a descriptor states where it differs.

The defaults are those of DeePMD-kit's argument check.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.components.blocks.layers import EnvMat, environment
from dp_multitask.components.blocks.type_embedding import TypeEmbedNet
from dp_multitask.components.core.initial import precision_name
from dp_multitask.components.core.layout import Child, Constant, Entry, Field, Version
from dp_multitask.components.core.plan import Fields, Plan


def type_embedding(fields: Fields) -> Plan:
    """Plan the type embedding of ``tebd_dim`` numbers, as precise as the config says."""
    names = ("type_map", "use_econf_tebd", "use_tebd_bias", "trainable")
    rest = {name: fields[name] for name in names}
    width, precision = fields["tebd_dim"], fields["precision"]
    return TypeEmbedNet.planned(fields["ntypes"], [width], precision, **rest)


_USUAL: tuple[Entry, ...] = (
    Field("rcut", "float", 6.0),
    Field("rcut_smth", "float", 0.5),
    Field("sel", "sizes | str", "auto", stored="sizes"),
    Field("ntypes", "size", only_in="tree"),
    Field("neuron", "sizes", [10, 20, 40]),
    Field("axis_neuron", "size", 4, aliases=("n_axis_neuron",)),
    Field("tebd_dim", "size", 8),
    Field("resnet_dt", "bool", default=False),
    Field("trainable", "bool", default=True),
    Field("type_one_side", "bool", default=False),
    Field("exclude_types", "pairs", []),
    Field("env_protection", "float", 0.0, absent=0.0),
    Field("set_davg_zero", "bool", default=False),
    Field("activation_function", "str", "tanh"),
    Field("precision", "str", "default", written=precision_name),
    Field("concat_output_tebd", "bool", default=True),
    Field("type_map", "list | null", None, absent=None),
    Child("env_mat", EnvMat, environment),
    Child("type_embedding", TypeEmbedNet, type_embedding),
)
_BY_NAME = {entry.name: entry for entry in _USUAL}


def head(
    type_name: str, version: Version, *, also: tuple[str, ...] = ()
) -> tuple[Constant, Constant, Version]:
    """Give the first keys of a descriptor's tree; `also` are other names of its type."""
    return Constant("@class", "Descriptor"), Constant("type", type_name, also), version


def usual(*names: str) -> Iterator[Entry]:
    """Give entries as most descriptors have them."""
    return (_BY_NAME[name] for name in names)


def differing(name: str, **differences: Any) -> Entry:
    """Give an entry that is as most descriptors have it but for something."""
    return _BY_NAME[name]._replace(**differences)
