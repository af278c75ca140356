# SPDX-License-Identifier: LGPL-3.0-or-later
"""A branch for every class that can be started, as plain data."""

from __future__ import annotations

TYPES = ["O", "H"]
TWO_BODY = {"sel": [4, 8], "neuron": [4, 8]}
MIXED = {"sel": 12, "neuron": [4, 8]}
CUTS = {"rcut": 4.0, "rcut_smth": 3.5}
REPFLOW = {
    **{"e_rcut": 6.0, "e_rcut_smth": 5.0, "e_sel": 12, "nlayers": 2},
    **{"a_rcut": 4.0, "a_rcut_smth": 3.5, "a_sel": 6, "n_dim": 8, "e_dim": 6, "a_dim": 4},
}
DESCRIPTORS = [
    {"type": "se_e2_a", **TWO_BODY},
    {"type": "se_e2_r", **TWO_BODY},
    {"type": "se_e3", **TWO_BODY},
    {"type": "se_e3_tebd", **MIXED},
    {"type": "dpa1", **MIXED, "attn_layer": 2},
    {"type": "se_atten_v2", **MIXED},
    {
        "type": "dpa2",
        "repinit": {**CUTS, "nsel": 12, "use_three_body": True},
        "repformer": {**CUTS, "nsel": 6, "nlayers": 2},
    },
    {"type": "dpa3", "repflow": REPFLOW, "add_chg_spin_ebd": True},
    {"type": "dpa4", "sel": 12, "channels": 8, "n_blocks": 2},
    {"type": "dpa4c", "channels": 8, "add_chg_spin_ebd": True},
    {"type": "hybrid", "list": [{"type": "se_e2_a", **TWO_BODY}, {"type": "se_e2_r", **TWO_BODY}]},
    {"type": "loc_frame", "sel_a": [2, 4], "sel_r": [1, 1], "axis_rule": [0] * 12},
    {"type": "se_a_tpe", **TWO_BODY},
    {"type": "se_a_ebd_v2", **TWO_BODY},
    {"type": "se_a_ef", **TWO_BODY},
    {"type": "se_a_mask", **TWO_BODY},
]
FITTINGS = [
    {"type": "ener"},
    {"type": "dos", "numb_dos": 20},
    {"type": "dipole"},
    {"type": "polar"},
    {"type": "property", "property_name": "gap"},
    {"type": "population"},
    {"type": "dpa4_ener"},
]
SPIN = {"use_spin": [True, False], "virtual_scale": [0.3]}
PLAIN = {"type_map": TYPES, "descriptor": DESCRIPTORS[0], "fitting_net": {}}
DPA4 = {"type": "dpa4", "type_map": TYPES, "descriptor": DESCRIPTORS[8]}

BRANCHES = [
    *({**PLAIN, "descriptor": each} for each in DESCRIPTORS),
    *({**PLAIN, "fitting_net": each} for each in FITTINGS),
    {**PLAIN, "spin": SPIN},
    {"type": "linear_ener", "type_map": TYPES, "models": [PLAIN, PLAIN], "weights": "mean"},
    DPA4,
    {**DPA4, "fitting_net": {"type": "property", "property_name": "gap"}},
    {**DPA4, "spin": SPIN},
    {**DPA4, "spin": {**SPIN, "scheme": "native"}},
    {"type": "pairwise_dprc", "type_map": TYPES, "qm_model": PLAIN, "qmmm_model": PLAIN},
    {
        **{"type": "multi", "type_map": TYPES, "descriptor": DESCRIPTORS[0]},
        "fitting_net_dict": {"one": {}, "other": {}},
    },
]
