# SPDX-License-Identifier: LGPL-3.0-or-later
"""The table of types against the registries and classes of an installed DeePMD-kit."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from dp_multitask.registry import get_class_name, registered_types, share_levels

pytestmark = [
    pytest.mark.interop,
    # DeePMD-kit scripts its blocks with what PyTorch has deprecated
    pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning"),
]

pytest.importorskip("deepmd", reason="needs DeePMD-kit, whose registries are the reference")

# backend -> the Python package it needs, and the modules that hold each kind's base class
BACKENDS = {
    "pt": ("torch", "deepmd.pt.model.descriptor", "deepmd.pt.model.task"),
    "pt_expt": ("torch", "deepmd.pt_expt.descriptor", "deepmd.pt_expt.fitting"),
    "dp": ("numpy", "deepmd.dpmodel.descriptor", "deepmd.dpmodel.fitting"),
    "jax": ("jax", "deepmd.jax.descriptor", "deepmd.jax.fitting.fitting"),
}
BASE_MODULES = {
    ("dp", "descriptor"): "deepmd.dpmodel.descriptor.base_descriptor",
    ("dp", "fitting_net"): "deepmd.dpmodel.fitting.base_fitting",
    ("jax", "descriptor"): "deepmd.jax.descriptor.base_descriptor",
    ("jax", "fitting_net"): "deepmd.jax.fitting.base_fitting",
    ("pt_expt", "descriptor"): "deepmd.pt_expt.descriptor.base_descriptor",
}
BASE_CLASS = {"descriptor": "BaseDescriptor", "fitting_net": "BaseFitting"}


def classes_of_deepmd_kit(backend: str, kind: str) -> dict[str, str]:
    package, *modules = BACKENDS[backend]
    pytest.importorskip(package, reason=f"the {backend} backend needs it")
    filled = dict(zip(BASE_CLASS, modules, strict=True))[kind]
    import_module(filled)
    base = getattr(import_module(BASE_MODULES.get((backend, kind), filled)), BASE_CLASS[kind])
    return {name: cls.__name__ for name, cls in base.get_plugins().items()}


def classes_of_ours(backend: str, kind: str) -> dict[str, str]:
    return {
        name: get_class_name(kind, {"type": name}, backend)
        for entry in registered_types(kind)
        if backend in entry.class_names
        for name in (entry.name, *entry.aliases)
    }


@pytest.mark.parametrize("kind", ["descriptor", "fitting_net"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_name_and_alias_stands_for_the_class_that_the_backend_builds(backend, kind):
    assert classes_of_ours(backend, kind) == classes_of_deepmd_kit(backend, kind)


@pytest.mark.parametrize(
    ("package", "backend", "module"),
    [
        ("torch", "pt", "deepmd.pt.model.model"),
        ("jax", "jax", "deepmd.jax.model.model"),
    ],
)
def test_every_registered_model_is_known(package, backend, module):
    # the table has more names: some models are built without being registered
    pytest.importorskip(package, reason=f"the {backend} backend needs it")
    theirs = import_module(module).BaseModel.get_plugins()
    assert len(theirs) > 5
    ours = classes_of_ours(backend, "model")
    assert {name: ours.get(name) for name in theirs} == {
        name: cls.__name__ for name, cls in theirs.items()
    }


NTYPES = 2
LOCAL = {"rcut": 4.0, "rcut_smth": 1.0, "neuron": [2, 4]}
REPFLOW = {
    "n_dim": 4, "e_dim": 3, "a_dim": 2, "nlayers": 1, "e_rcut": 4.0, "e_rcut_smth": 3.0,
    "e_sel": 6, "a_rcut": 3.0, "a_rcut_smth": 2.0, "a_sel": 4, "axis_neuron": 2,
}  # fmt: skip
DESCRIPTORS: dict[str, dict[str, Any]] = {
    "se_e2_a": LOCAL | {"sel": [4, 4], "axis_neuron": 2},
    "se_e2_r": LOCAL | {"sel": [4, 4]},
    "se_e3": LOCAL | {"sel": [4, 4]},
    "se_e3_tebd": LOCAL | {"sel": 6, "tebd_dim": 2},
    "se_atten": LOCAL | {"sel": 6, "tebd_dim": 2, "attn_layer": 0},
    "se_atten_v2": LOCAL | {"sel": 6, "tebd_dim": 2, "attn_layer": 0},
    "dpa2": {
        "repinit": LOCAL | {"nsel": 6, "tebd_dim": 2},
        "repformer": {
            "rcut": 3.0, "rcut_smth": 1.0, "nsel": 4, "nlayers": 1, "g1_dim": 4, "g2_dim": 2,
        },
    },
    "dpa3": {"repflow": REPFLOW},
    "dpa4": {"sel": 6, "rcut": 4.0},
    "hybrid": {"list": [{"type": "se_e2_a", "sel": [4, 4], **LOCAL}]},
}  # fmt: skip
FITTINGS: dict[str, dict[str, Any]] = {
    "ener": {},
    "dos": {"numb_dos": 3},
    "dipole": {"embedding_width": 4},
    "polar": {"embedding_width": 4},
    "property": {"task_dim": 1, "property_name": "gap"},
    "invar": {"var_name": "energy", "dim_out": 1},
}


def accepted_levels(make: Any) -> tuple[int, ...]:
    """Give the share levels at which one object takes another's parameters."""
    levels = []
    for level in (0, 1, 2):
        base, other = make(), make()
        try:
            other.share_params(base, level, resume=True)
        except NotImplementedError:
            continue
        levels.append(level)
    return tuple(levels)


@pytest.mark.parametrize("type_name", DESCRIPTORS)
def test_descriptors_share_at_the_levels_that_the_table_gives(type_name):
    pytest.importorskip("torch", reason="share_params is called on PyTorch objects")
    base = import_module("deepmd.pt.model.descriptor").BaseDescriptor
    params = DESCRIPTORS[type_name] | {
        "type": type_name, "ntypes": NTYPES, "type_map": ["O", "H"],
    }  # fmt: skip
    levels = accepted_levels(lambda: base(**params))
    assert levels == share_levels("descriptor", type_name, "pt")


@pytest.mark.parametrize("type_name", FITTINGS)
def test_fitting_nets_share_at_the_levels_that_the_table_gives(type_name):
    pytest.importorskip("torch", reason="share_params is called on PyTorch objects")
    base = import_module("deepmd.pt.model.task").BaseFitting
    params = FITTINGS[type_name] | {
        "type": type_name, "ntypes": NTYPES, "dim_descrpt": 4, "neuron": [3],
        "type_map": ["O", "H"], "mixed_types": True,
    }  # fmt: skip
    levels = accepted_levels(lambda: base(**params))
    assert levels == share_levels("fitting_net", type_name, "pt")
