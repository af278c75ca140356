# SPDX-License-Identifier: LGPL-3.0-or-later
"""Random configs of every model that can be started, with every key that decides a shape."""

from __future__ import annotations

from hypothesis import strategies as st

from component_configs import DESCRIPTORS, booleans, descriptor_configs
from fitting_configs import FITTINGS

ANY = tuple(name for name in DESCRIPTORS if name.startswith("se_"))
MIXED = ("se_e3_tebd", "se_atten", "se_atten_v2")
EQUIVARIANT = ("se_e2_a", "se_atten")

GIVEN_BY_MODEL = ("embedding_width", "exclude_types", "r_differentiable", "c_differentiable")

exclusions = st.sampled_from([[], [0]])
pair_exclusions = st.sampled_from([[], [[0, 0]]])


@st.composite
def pairs(draw, fitting: str, descriptors: tuple[str, ...]):
    """Draw a type map, a descriptor and a fitting net of a type that goes with it."""
    descriptor, type_map = draw(st.sampled_from(descriptors).flatmap(descriptor_configs))
    keys = {
        key: value
        for key, value in FITTINGS[fitting](len(type_map)).items()
        if key not in GIVEN_BY_MODEL
    }
    config = {"type": fitting, **draw(st.fixed_dictionaries(keys))}
    return {"type_map": type_map, "descriptor": descriptor, "fitting_net": config}


@st.composite
def standard(draw, fitting: str, descriptors: tuple[str, ...]):
    """Draw a standard model."""
    return {
        **draw(pairs(fitting, descriptors)),
        "atom_exclude_types": draw(exclusions),
        "pair_exclude_types": draw(pair_exclusions),
    }


@st.composite
def linear(draw):
    """Draw a sum of two models that do not tell types apart by neighbour."""
    member = draw(pairs("ener", MIXED))
    return {
        "type": "linear_ener",
        "type_map": member["type_map"],
        "models": [member, dict(member)],
        "weights": draw(st.sampled_from(["mean", "sum", [0.25, 0.75]])),
        "atom_exclude_types": draw(exclusions),
        "pair_exclude_types": draw(pair_exclusions),
    }


@st.composite
def spin(draw):
    """Draw a spin model over se_e2_a or se_atten."""
    config = draw(standard("ener", EQUIVARIANT))
    # virtual types have no electronic configuration
    config["descriptor"].pop("use_econf_tebd", None)
    ntypes = len(config["type_map"])
    flags = draw(st.lists(booleans, min_size=ntypes, max_size=ntypes))
    scale = draw(st.floats(0.1, 1.0) | st.just([0.3] * len(flags)))
    return {**config, "spin": {"use_spin": flags, "virtual_scale": scale}}


@st.composite
def zbl(draw, table: str):
    """Draw a standard model of one type with a table."""
    config = draw(pairs("ener", MIXED).filter(lambda each: len(each["type_map"]) == 1))
    return {**config, "use_srtab": table, "sw_rmin": 0.2, "sw_rmax": 1.0, "smin_alpha": 0.1}


@st.composite
def dpa4(draw, **extra):
    """Draw a small model of DPA4."""
    descriptor = {
        "type": "dpa4",
        "sel": draw(st.integers(5, 10)),
        "rcut": 4.0,
        "channels": draw(st.sampled_from([4, 8])),
        "n_radial": 4,
        "lmax": draw(st.integers(1, 2)),
        "n_blocks": draw(st.integers(1, 2)),
        "seed": 1,
    }
    fitting = {
        **{"type": "dpa4_ener", "neuron": draw(st.sampled_from([[0], [4]])), "atom_ener": []},
        "numb_fparam": draw(st.integers(0, 2)),
    }
    model = {"type_map": ["O", "H"], "descriptor": descriptor, "fitting_net": fitting}
    return {**model, **extra}
