# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cases of the rules about lengths, spin, losses, systems, schedules and descriptors."""

from __future__ import annotations

from typing import Any

from rule_case import DELETE, DPA1, ENER, ICE, LINEAR, SE_A, SHARED, SINGLE, WATER, Case, hybrid

MODEL, DES, FIT = "model", "model/descriptor", "model/fitting_net"
DATA = "training/training_data"
SPIN: dict[str, Any] = {"use_spin": [True, False], "virtual_scale": [0.3, 0.0]}
DPA2 = {"type": "dpa2", "repinit": {"rcut": 6.0, "nsel": 120}, "repformer": {"rcut": 4.0,
                                                                           "nsel": 40}}
DPA3 = {"type": "dpa3", "repflow": {"e_rcut": 6.0, "e_sel": 120, "a_rcut": 4.0, "a_sel": 30}}
ZERO_ENER = {"type": "ener", "start_pref_e": 0, "start_pref_f": 0}
AVERAGES = {"training/disp_avg": True, "training/disp_freq": 5}


def single(code: str, edits: dict[str, Any], *places: str, backend: str = "pt") -> Case:
    return Case(code, edits, places, SINGLE, backend)


def multi(code: str, edits: dict[str, Any], *places: str) -> Case:
    return Case(code, edits, places)


TRIPS = [
    multi("DPM214", {f"{SHARED}/types": []}, f"{SHARED}/types"),
    single("DPM214", {"model/type_map": []}, "model/type_map"),
    multi("DPM215", {f"{SHARED}/types": ["O", "H", "O"]}, f"{SHARED}/types/2"),
    single("DPM215", {"model/type_map": ["H", "H"]}, "model/type_map/1"),
    single("DPM216", {"model/type_map": ["O ", ""]}, "model/type_map/0", "model/type_map/1"),
    single("DPM217", {"model/type_map": DELETE}, "model/type_map"),
    Case("DPM217", {"model/type_map": DELETE}, ("model/type_map",), LINEAR),
    multi("DPM217", {f"{ICE}": {"descriptor": SE_A, "fitting_net": ENER}}, f"{ICE}/type_map"),
    multi("DPM217", {f"{ICE}/type_map": DELETE}, f"{ICE}/type_map"),
    multi("DPM217", {f"{WATER}/type_map": DELETE}, f"{WATER}/type_map"),
    *(
        Case(code, {f"model/models/1/{key}": value}, (f"model/models/1/{place}",), LINEAR)
        for code, key, value, place in (
            ("DPM221", "type_map", ["O", "C"], "type_map"),
            ("DPM222", "descriptor", SE_A, "descriptor/type"),
            ("DPM222", "descriptor", hybrid(SE_A, SE_A), "descriptor/type"),
            ("DPM223", "fitting_net", {"type": "dos"}, "fitting_net/type"),
            ("DPM409", "descriptor", DPA1 | {"axis_neuron": 17}, "descriptor/axis_neuron"),
            ("DPM410", "descriptor", DPA1 | {"rcut_smth": 7.0}, "descriptor/rcut_smth"),
            ("DPM425", "fitting_net/trainable", [True], "fitting_net/trainable"),
        )
    ),
    *(
        Case(code, {f"{ICE}/type": "linear_ener", f"{ICE}/weights": "sum", f"{ICE}/models": models},
             (f"{ICE}/{place}",))
        for code, models, place in (
            ("DPM221", [{"type_map": ["O"], "descriptor": DPA1}], "models/0/type_map"),
            ("DPM222", [{"descriptor": SE_A}], "models/0/descriptor/type"),
            ("DPM225", [{"type": "pairtab"}], "models"),
        )
    ),
    Case("DPM224", {"model/weights": [1.0]}, ("model/weights",), LINEAR),
    Case("DPM224", {"model/weights": "max"}, ("model/weights",), LINEAR),
    single("DPM222", {"model/use_srtab": "t", "model/sw_rmin": 0.5, "model/sw_rmax": 1.0},
           f"{DES}/type"),
    single("DPM223", {"model/use_srtab": "t", "model/fitting_net": {"type": "dos"}}, f"{FIT}/type"),
    single("DPM226", {"model/use_srtab": "t"}, "model/sw_rmin", "model/sw_rmax"),
    single("DPM226", {"model/use_srtab": "t", "model/sw_rmin": 1.0, "model/sw_rmax": 1},
           "model/sw_rmax"),
    single("DPM218", {"model/modifier": {"type": "dipole_charge"}}, "model/modifier"),
    multi("DPM218", {f"{ICE}/modifier": {"type": "dipole_charge"}}, f"{ICE}/modifier"),
    multi("DPM219", {f"{ICE}/descriptor": SE_A, f"{WATER}/descriptor": "des:4"},
          f"{WATER}/descriptor"),
    multi("DPM219", {f"{ICE}/fitting_net": ENER, f"{WATER}/fitting_net": "fit:1"},
          f"{WATER}/fitting_net"),
    *(
        single("DPM410", {f"{DES}/rcut_smth": smooth}, f"{DES}/rcut_smth")
        for smooth in (6.0, 6.5)
    ),
    single("DPM410", {f"{DES}/rcut": 0.4}, f"{DES}/rcut"),
    multi("DPM410", {f"{SHARED}/des": hybrid(SE_A, SE_A | {"rcut_smth": 9.0})},
          f"{SHARED}/des/list/1/rcut_smth"),
    single("DPM410", {DES: DPA2, f"{DES}/repformer/rcut_smth": 4.0}, f"{DES}/repformer/rcut_smth"),
    single("DPM410", {DES: DPA2, f"{DES}/repinit/use_three_body": True,
                      f"{DES}/repinit/three_body_rcut": 4.0,
                      f"{DES}/repinit/three_body_rcut_smth": 5.0},
           f"{DES}/repinit/three_body_rcut_smth"),
    single("DPM410", {DES: DPA3, f"{DES}/repflow/a_rcut_smth": 4.0}, f"{DES}/repflow/a_rcut_smth"),
    single("DPM411", {DES: DPA2, f"{DES}/repformer/rcut": 6.0}, f"{DES}/repformer/rcut"),
    single("DPM411", {DES: DPA2, f"{DES}/repformer/nsel": 130}, f"{DES}/repformer/nsel"),
    single("DPM411", {DES: DPA3, f"{DES}/repflow/a_rcut": 6.5}, f"{DES}/repflow/a_rcut"),
    single("DPM411", {DES: DPA3, f"{DES}/repflow/e_sel": 20}, f"{DES}/repflow/a_sel"),
    single("DPM411", {DES: DPA2, f"{DES}/repinit/use_three_body": True,
                      f"{DES}/repinit/three_body_sel": 130}, f"{DES}/repinit/three_body_sel"),
    *(
        single("DPM416", {FIT: {"type": kind}, DES: descriptor}, f"{DES}/{place}type")
        for kind, descriptor, place in (
            ("polar", {"type": "se_e2_r", "sel": [4, 4], "rcut": 6.0}, ""),
            ("dipole", {"type": "se_e3", "sel": [4, 4], "rcut": 6.0}, ""),
            ("dipole", hybrid(SE_A, {"type": "se_e2_r", "sel": [4, 4], "rcut": 6.0}), "list/1/"),
        )
    ),
    single("DPM417", {f"{FIT}/type": "dpa4_ener"}, f"{FIT}/type"),
    single("DPM418", {"loss": {"type": "dens"}}, "loss/type"),
    single("DPM419", {f"{FIT}/neuron": [4, 0], "training/gradient_max_norm": 5.0}, f"{FIT}/neuron"),
    multi("DPM419", {f"{ICE}/fitting_net": {"neuron": [0]}, "training/gradient_max_norm": 5},
          f"{ICE}/fitting_net/neuron"),
    single("DPM418", {"loss": {"type": "dens"}, "model/type": "dpa4", DES: {"type": "dpa4"},
                      FIT: {}, "model/bridging_method": "ZBL"}, "loss/type"),
    multi("DPM418", {"loss_dict/ice/type": "dens"}, "loss_dict/ice/type"),
    *(
        single("DPM413", {"model/bridging_method": "ZBL", DES: {"type": "dpa4"}, FIT: fitting},
               "model/bridging_method")
        for fitting in ({}, {"type": "ener"}, {"type": "property", "property_name": "gap"})
    ),
    single("DPM416", {DES: {"type": "dpa4"}, f"{FIT}/type": "dipole"}, f"{DES}/type"),
    *(
        multi("DPM227", {**tables, f"{SHARED}/des": DPA1}, *places)
        for tables, places in (
            ({f"{ICE}/use_srtab": "t"}, (f"{ICE}/descriptor",)),
            ({"model/use_srtab": "t"}, (f"{WATER}/descriptor", f"{ICE}/descriptor")),
            ({f"{ICE}/use_srtab": "t", f"{WATER}/descriptor": DPA1}, (f"{ICE}/descriptor",)),
        )
    ),
    single("DPM414", {DES: DPA2, f"{DES}/repformer/update_g1_has_grrg": False,
                      f"{DES}/repformer/update_g1_has_drrd": False},
           f"{DES}/repformer/update_g1_has_grrg"),
    single("DPM412", {"model/type": "dpa4", DES: {"exclude_types": [[0, 1]]},
                      "model/pair_exclude_types": [[0, 0]]}, "model/pair_exclude_types"),
    single("DPM413", {"model/bridging_method": "ZBL"}, "model/bridging_method"),
    single("DPM414", {DES: hybrid()}, f"{DES}/list"),
    single("DPM414", {DES: DPA1 | {"attn": 0}}, f"{DES}/attn"),
    single("DPM414", {DES: DPA1 | {"attn_mask": True, "attn_layer": 0}}, f"{DES}/attn_mask"),
    single("DPM414", {DES: DPA1 | {"scaling_factor": 0}}, f"{DES}/scaling_factor"),
    single("DPM414", {DES: DPA1 | {"scaling_factor": -1.0, "attn_layer": 1}},
           f"{DES}/scaling_factor"),
    single("DPM414", {DES: DPA3, f"{DES}/repflow/a_compress_rate": 3},
           f"{DES}/repflow/a_compress_rate"),
    *(
        single("DPM414", {DES: DPA3, f"{DES}/repflow/use_dynamic_sel": True} | more,
               f"{DES}/repflow/smooth_edge_update")
        for more in ({}, {f"{DES}/repflow/smooth_edge_update": False})
    ),
    single("DPM220", {"model/type_embedding": {"neuron": [8]}}, "model/type_embedding"),
    multi("DPM220", {"model/type_embedding": {}}, "model/type_embedding"),
    single("DPM435", {"model/spin": SPIN | {"allow_missing_label": True}},
           "model/spin/allow_missing_label"),
    single("DPM415", {DES: DPA2, f"{DES}/repinit/rcut_smth": 0.5, f"{DES}/repformer/rcut_smth": 0.5,
                      f"{DES}/repformer/attn1_hidden": -4}, f"{DES}/repformer/attn1_hidden"),
    multi("DPM415", {f"{SHARED}/des": DPA3, f"{SHARED}/des/repflow/n_dim": -1},
          f"{SHARED}/des/repflow/n_dim"),
    single("DPM415", {DES: DPA1 | {"tebd_dim": -1}}, f"{DES}/tebd_dim"),
    single("DPM420", {f"{DES}/sel": [46]}, f"{DES}/sel"),
    multi("DPM420", {f"{SHARED}/types": ["O", "H", "C"]}, f"{SHARED}/des/sel"),
    multi("DPM420", {f"{SHARED}/des": hybrid(SE_A | {"sel": [1]}, DPA1 | {"sel": [1]})},
          f"{SHARED}/des/list/0/sel"),
    single("DPM420", {f"{DES}/type": "se_e2_r", "model/spin": SPIN}, f"{DES}/sel"),
    single("DPM421", {f"{DES}/sel": [46, 92, 4]}, f"{DES}/sel"),
    single("DPM422", {f"{FIT}/numb_fparam": 2, f"{FIT}/default_fparam": [1.0]},
           f"{FIT}/default_fparam"),
    multi("DPM422", {f"{SHARED}/fit/numb_fparam": 1, f"{SHARED}/fit/default_fparam": []},
          f"{SHARED}/fit/default_fparam"),
    single("DPM423", {"model/preset_out_bias": {"energy": [1.0]}}, "model/preset_out_bias/energy"),
    single("DPM423", {"model/preset_out_bias": {"energy": [1.0, 2.0]}, "model/spin": SPIN},
           "model/preset_out_bias/energy"),
    multi("DPM423", {f"{ICE}/preset_out_bias": {"energy": [1, 2, 3]}},
          f"{ICE}/preset_out_bias/energy"),
    single("DPM423", {"model/preset_out_bias": {"energy": [[1.0, 2.0], 1.0]}},
           "model/preset_out_bias/energy/0"),
    single("DPM424", {"model/preset_out_bias": {"ener": [1.0, 2.0]}}, "model/preset_out_bias/ener"),
    single("DPM424", {FIT: {"type": "property", "property_name": "gap"},
                      "model/preset_out_bias": {"property": [1.0, 2.0]}},
           "model/preset_out_bias/property"),
    single("DPM425", {f"{FIT}/trainable": [True]}, f"{FIT}/trainable"),
    single("DPM425", {f"{FIT}/trainable": []}, f"{FIT}/trainable"),
    single("DPM426", {f"{FIT}/atom_ener": [1.0]}, f"{FIT}/atom_ener"),
    single("DPM426", {f"{FIT}/layer_name": ["a"]}, f"{FIT}/layer_name"),
    single("DPM426", {f"{FIT}/trainable": [True, True, True]}, f"{FIT}/trainable"),
    single("DPM427", {f"{DES}/exclude_types": [[0]]}, f"{DES}/exclude_types/0"),
    multi("DPM427", {f"{ICE}/pair_exclude_types": [[0, 1], [0, 1, 1], 3]},
          f"{ICE}/pair_exclude_types/1", f"{ICE}/pair_exclude_types/2"),
    single("DPM427", {"model/pair_exclude_types": [0, 1]}, "model/pair_exclude_types"),
    single("DPM428", {f"{DES}/exclude_types": [[0, 2]]}, f"{DES}/exclude_types/0/1"),
    single("DPM428", {"model/pair_exclude_types": [["O", "H"]]}, "model/pair_exclude_types/0"),
    single("DPM428", {"model/pair_exclude_types": [["O", 7]]},
           "model/pair_exclude_types/0/0", "model/pair_exclude_types/0/1"),
    single("DPM428", {"model/atom_exclude_types": [5, "H"]},
           "model/atom_exclude_types/0", "model/atom_exclude_types/1"),
    single("DPM429", {FIT: {"type": "polar", "scale": [1.0]}}, f"{FIT}/scale"),
    single("DPM429", {FIT: {"type": "polar", "scale": 1}}, f"{FIT}/scale"),
    single("DPM430", {"model/spin": SPIN | {"use_spin": [True]}}, "model/spin/use_spin"),
    single("DPM430", {"model/spin": SPIN | {"use_spin": ["Fe"]}}, "model/spin/use_spin/0"),
    single("DPM430", {"model/spin": SPIN | {"use_spin": [0, 2]}}, "model/spin/use_spin/1"),
    multi("DPM430", {f"{ICE}/spin": SPIN | {"use_spin": [True, True, False]}},
          f"{ICE}/spin/use_spin"),
    single("DPM431", {"model/spin": {"use_spin": ["O"]}}, "model/spin/virtual_scale"),
    single("DPM431", {"model/spin": SPIN | {"virtual_scale": [1.0, 2.0, 3.0]}},
           "model/spin/virtual_scale"),
    single("DPM431", {"model/spin": SPIN | {"virtual_scale": 1}}, "model/spin/virtual_scale"),
    multi("DPM431", {"model/model_dict/models": {
        "type_map": "types", "descriptor": "des", "fitting_net": "fit", "spin": {"use_spin": ["O"]}
    }}, "model/model_dict/models/spin/virtual_scale"),
    multi("DPM432", {f"{ICE}/spin": SPIN}, f"{WATER}/descriptor"),
    *(
        Case("DPM405", {"loss/type": loss}, ("loss/type",), LINEAR)
        for loss in ("property", "dos", "tensor", "population")
    ),
    single("DPM436", {"model/spin": SPIN, FIT: {"type": "dipole"}}, "model/spin"),
    multi("DPM436", {f"{ICE}/spin": SPIN, f"{ICE}/fitting_net": {"type": "dos"}}, f"{ICE}/spin"),
    *(
        single("DPM437", {DES: SE_A | {"type": kind, "sel": sel}}, f"{DES}/sel")
        for kind in ("se_e2_r", "se_e3") for sel in ([46, 0], [0, 92], [46, 92, 0])
    ),
    single("DPM437", {DES: hybrid(SE_A, SE_A | {"type": "se_e2_r", "sel": [46, 0]})},
           f"{DES}/list/1/sel"),
    *(
        single("DPM420", {"model/spin": SPIN, DES: SE_A | {"type": "se_e2_r", "sel": sel}},
               f"{DES}/sel")
        for sel in ([46, 92], "auto")
    ),
    single("DPM433", {"model/type": "dpa4", "model/spin": SPIN | {"scheme": "natural"}},
           "model/spin/scheme"),
    single("DPM434", {DES: hybrid(SE_A), "model/spin": SPIN}, "model/spin"),
    single("DPM440", {"loss": ZERO_ENER}, "loss"),
    multi("DPM440", {"loss_dict/ice": {"start_pref_e": 0, "limit_pref_f": 0}}, "loss_dict/ice"),
    single("DPM440", {"loss": {"type": "tensor", "pref": 0.0, "pref_atomic": 0.0}}, "loss"),
    single("DPM440", {"loss": {"type": "dos", "start_pref_ados": 0.0}}, "loss"),
    single("DPM440", {"loss": {"type": "ener_spin", "start_pref_e": 0, "start_pref_fr": 0}},
           "loss"),
    single("DPM443", {"loss": DELETE}, "loss"),
    single("DPM441", {"loss/f_use_norm": True}, "loss/f_use_norm"),
    single("DPM441", {"loss/use_huber": True, "loss/relative_f": 1.0}, "loss/relative_f"),
    single("DPM441", {"loss/start_pref_gf": 1.0, "loss/limit_pref_gf": 1.0},
           "loss/numb_generalized_coord"),
    single("DPM442", {"loss": {"start_pref_h": 1}, "model/spin": SPIN}, "loss/start_pref_h"),
    single("DPM442", {"loss": {"limit_pref_h": 1.0}, "model/use_srtab": "zbl.txt"},
           "loss/limit_pref_h"),
    single("DPM442", {"loss": {"start_pref_h": 1}, "model/type": "dpa4"}, "loss/start_pref_h"),
    multi("DPM442", {"loss_dict/ice": {"type": "ener_spin", "enable_atom_ener_coeff": True}},
          "loss_dict/ice/enable_atom_ener_coeff"),
    single("DPM414", {DES: hybrid(SE_A | {"sel": [4, 5, 6]}, DPA1)}, f"{DES}/list/0/sel"),
    single("DPM414", {DES: hybrid(SE_A, SE_A | {"sel": [4, 5, 6]})}, f"{DES}/list/1/sel"),
    single("DPM525", {DATA: DELETE}, DATA),
    single("DPM525", {DATA: DELETE, "training/_training_data": {"systems": ["a"]},
                      "training/time_training": True}, DATA),
    multi("DPM525", {"training/data_dict/ice/training_data": DELETE, "training/data_dict/ice/"
                     "validation_data": {"systems": ["a"]}},
          "training/data_dict/ice/training_data"),
    multi("DPM525", {"training/data_dict/ice": {}}, "training/data_dict/ice/training_data"),
    single("DPM536", {"optimizer": {"type": "LKF"}, "loss/type": "tensor"}, "optimizer/type"),
    multi("DPM536", {"optimizer": {"type": "LKF"}}, "optimizer/type"),
    multi("DPM536", {"training/opt_type": "LKF"}, "training/opt_type"),
    single("DPM534", {"learning_rate": DELETE}, "learning_rate"),
    multi("DPM534", {"learning_rate": DELETE, "_learning_rate": {}}, "learning_rate"),
    single("DPM520", {f"{DATA}/systems": []}, f"{DATA}/systems"),
    single("DPM520", {f"{DATA}/systems": ""}, f"{DATA}/systems"),
    multi("DPM520", {"training/data_dict/ice/training_data/systems": []},
          "training/data_dict/ice/training_data/systems"),
    single("DPM520", {DATA: DELETE, "training/systems": []}, "training/systems"),
    single("DPM522", {DATA: DELETE, "training/systems": ["a"], "training/batch_size": [1, 2]},
           "training/batch_size"),
    single("DPM524", {DATA: DELETE, "training/systems": ["a"], "training/batch_size": "mixed:2"},
           "training/batch_size"),
    single("DPM520", {f"{DATA}/rglob_patterns": []}, f"{DATA}/rglob_patterns"),
    single("DPM520", {"training/validation_data": {"systems": ["a"], "rglob_patterns": []}},
           "training/validation_data/rglob_patterns"),
    single("DPM521", {"training/validation_data": {"systems": ""}},
           "training/validation_data/systems"),
    single("DPM521", {"training/validation_data": {"systems": []}},
           "training/validation_data/systems"),
    single("DPM522", {f"{DATA}/batch_size": [1, 1]}, f"{DATA}/batch_size"),
    single("DPM522", {"training/validation_data": {"systems": ["a", "b"], "batch_size": [1]}},
           "training/validation_data/batch_size"),
    *(
        single("DPM523", {f"{DATA}/systems": ["a", "b"], f"{DATA}/sys_probs": given},
               f"{DATA}/sys_probs")
        for given in ([1.0], [1, 1], [0.3, 0.3], [1.0, -1], [0, 0], [0.5, 0.5, 0.0])
    ),
    single("DPM523", {f"{DATA}/sys_weights": [0.5]}, f"{DATA}/sys_weights"),
    *(
        single("DPM526", {f"{DATA}/auto_prob": f"prob_sys_size;{blocks}"}, f"{DATA}/auto_prob")
        for blocks in (
            *("3:5:1.0", "1:2:0.5;2:3:0.5", "0:0:1", "1:0:1", "0:1:0;1:2:1", "0:1:1;0:1:0"),
            *("0:1:0.5;1:2:0.5", "0:1:0.5;0:1:0.5"),
        )
    ),
    multi("DPM526", {"training/data_dict/ice/training_data/auto_prob": "prob_sys_size;1:2:1"},
          "training/data_dict/ice/training_data/auto_prob"),
    single("DPM526", {"training/validation_data": {"systems": ["a"],
                                                   "auto_prob": "prob_sys_size;2:3:1"}},
           "training/validation_data/auto_prob"),
    single("DPM526", {f"{DATA}/auto_prob": "prob_sys_size;0:1:0.5;1:2:0.5"},
           f"{DATA}/auto_prob", backend="tf"),
    single("DPM524", {f"{DATA}/batch_size": "mixed:4"}, f"{DATA}/batch_size"),
    single("DPM524", {f"{DATA}/batch_size": "mix:4"}, f"{DATA}/batch_size"),
    single("DPM530", {"learning_rate/stop_lr": 0.1}, "learning_rate/stop_lr"),
    single("DPM530", {"learning_rate/stop_lr": DELETE, "learning_rate/stop_lr_ratio": 2.0},
           "learning_rate/stop_lr_ratio"),
    single("DPM531", {"learning_rate/warmup_steps": 1000}, "learning_rate/warmup_steps"),
    single("DPM531", {"learning_rate/warmup_steps": -1}, "learning_rate/warmup_steps"),
    single("DPM531", {"learning_rate/warmup_ratio": 1.0}, "learning_rate/warmup_ratio"),
    multi("DPM532", AVERAGES, "training/disp_avg"),
    multi("DPM532", AVERAGES | {"training/model_prob": DELETE}, "training/disp_avg"),
    multi("DPM533", AVERAGES | {"training/disp_freq": 14}, "training/disp_avg"),
    multi("DPM604", {f"{SHARED}/des": {}}, f"{SHARED}/des"),
    single("DPM604", {DES: {}, FIT: {}}, DES),
]

PASSES = [
    single("DPM214", {}),
    single("DPM215", {"model/type_map": ["O", "o"]}),
    single("DPM216", {"model/type_map": ["O_1", "H-nmf"]}),
    single("DPM217", {"model/type_map": DELETE}, backend="tf"),
    multi("DPM205", {f"{ICE}/type_map": DELETE}),  # DPM217 says it
    single("DPM218", {"model/modifier": {"type": "dipole_charge"}}, backend="tf"),
    single("DPM218", {"model/modifier": {"type": "of a plugin"}}),
    multi("DPM219", {f"{ICE}/descriptor": "des:4"}),  # DPM201 says it
    multi("DPM219", {f"{ICE}/descriptor": SE_A, f"{SHARED}/des": DPA1,
                     f"{WATER}/descriptor": "des:1"}),
    single("DPM410", {f"{DES}/rcut_smth": 5.9}),
    single("DPM410", {f"{DES}/rcut_smth": -1.0}),
    single("DPM410", {DES: DPA2, f"{DES}/repinit/three_body_rcut_smth": 5.0}),
    single("DPM411", {DES: DPA3, f"{DES}/repflow/a_rcut": 6.0, f"{DES}/repflow/a_sel": 120}),
    single("DPM411", {DES: DPA2, f"{DES}/repinit/nsel": "auto"}),
    single("DPM412", {"model/type": "dpa4", DES: {"exclude_types": [[0, 1]]},
                      "model/pair_exclude_types": [[0, 1]]}),
    single("DPM412", {f"{DES}/exclude_types": [[0, 1]], "model/pair_exclude_types": [[0, 0]]}),
    single("DPM413", {"model/bridging_method": "None"}),
    single("DPM413", {"model/bridging_method": "ZBL", DES: {"type": "dpa4"},
                      f"{FIT}/type": "sezm_ener"}),
    single("DPM417", {"model/bridging_method": "ZBL", DES: {"type": "dpa4"},
                      f"{FIT}/type": "dpa4_ener"}),
    single("DPM418", {"loss": {"type": "dens"}, "model/type": "dpa4", DES: {"type": "dpa4"},
                      FIT: {}}),
    multi("DPM227", {f"{ICE}/use_srtab": "t", f"{ICE}/descriptor": DPA1}),
    single("DPM419", {f"{FIT}/neuron": [4, 0]}),
    single("DPM419", {f"{FIT}/neuron": [4, 0], "training/gradient_max_norm": 0.0}),
    single("DPM419", {"model/type": "dpa4", DES: {"type": "dpa4"}, FIT: {"neuron": [0]},
                      "training/gradient_max_norm": 5.0}),
    single("DPM419", {"model/type": "DPA4", DES: {}, "training/gradient_max_norm": 5.0,
                      FIT: {"type": "property", "property_name": "p", "neuron": [0]}}),
    Case("DPM227", {f"{ICE}/use_srtab": "t"}, backend="tf"),
    single("DPM414", {DES: DPA1 | {"attn": 0, "attn_layer": 0}}),
    single("DPM414", {DES: DPA1 | {"scaling_factor": -1.0, "attn_layer": 0}}),
    single("DPM414", {DES: DPA1 | {"attn_mask": False}}),
    single("DPM414", {DES: DPA1 | {"scaling_factor": -1.0, "temperature": 1.0}}),
    single("DPM414", {DES: DPA3, f"{DES}/repflow/a_compress_rate": 1}),
    single("DPM220", {"model/type_embedding": {}}, backend="tf"),
    single("DPM435", {"model/spin": SPIN | {"allow_missing_label": False}}),
    *(
        single("DPM415", {DES: each}) for each in (SE_A | {"sel": "auto"}, DPA1, DPA2, DPA3)
    ),
    single("DPM415", {"model/spin": SPIN}),
    single("DPM415", {DES: DPA1 | {"tebd_dim": -1}}, backend="tf"),
    multi("DPM415", {f"{ICE}/descriptor": hybrid("des", DPA1), f"{ICE}/fitting_net": ENER}),
    single("DPM420", {f"{DES}/sel": "auto"}),
    single("DPM420", {DES: DPA1 | {"sel": [120]}}),
    single("DPM420", {"model/spin": SPIN}),
    single("DPM421", {f"{DES}/type": "se_e2_r", "model/spin": SPIN, f"{DES}/sel": [1, 2, 3, 4]}),
    single("DPM422", {f"{FIT}/numb_fparam": 1, f"{FIT}/default_fparam": [1.0]}),
    single("DPM422", {f"{FIT}/default_fparam": [1.0]}),
    single("DPM423", {"model/preset_out_bias": {"energy": [None, 2.0]}}),
    single("DPM423", {"model/preset_out_bias": {"energy": [1, 2, 3, 4]}, "model/spin": SPIN}),
    single("DPM424", {"model/preset_out_bias": {"energy": [1.0, 2.0]}}),
    single("DPM424", {FIT: {"type": "property", "property_name": "gap"},
                      "model/preset_out_bias": {"gap": [1.0, 2.0]}}),
    single("DPM425", {f"{FIT}/trainable": [True, False]}),
    single("DPM426", {f"{FIT}/atom_ener": [1.0, None], f"{FIT}/layer_name": ["a", "b"],
                      f"{FIT}/trainable": [True, False]}),
    single("DPM427", {f"{DES}/exclude_types": [[0, 1]]}),
    single("DPM428", {f"{DES}/exclude_types": [[0, 1]], "model/atom_exclude_types": [0, 1]}),
    single("DPM429", {FIT: {"type": "polar", "scale": [1.0, 2.0]}}),
    single("DPM429", {FIT: {"type": "polar", "scale": 1.0}}),
    *(
        single("DPM430", {"model/spin": SPIN | {"use_spin": used}})
        for used in ([True, False], ["O"], [0], [])
    ),
    *(
        single("DPM431", {"model/spin": SPIN | {"virtual_scale": scale}})
        for scale in ([0.3, 0.0], [0.3], 0.3)
    ),
    single("DPM431", {"model/type": "dpa4", "model/spin": {"use_spin": ["O"], "scheme": "native"}}),
    multi("DPM432", {f"{ICE}/spin": SPIN, f"{WATER}/spin": SPIN}),
    multi("DPM432", {f"{ICE}/spin": SPIN, f"{SHARED}/des": SE_A | {
        "type": "se_e2_r", "sel": [46, 92, 46, 92]}}),
    *(
        single(code, {"model/spin": SPIN, DES: SE_A | {"type": kind, "sel": [46, 92, 46, 92]}})
        for code in ("DPM415", "DPM420", "DPM421") for kind in ("se_e2_r", "se_e3")
    ),
    *(
        single(code, {"model/use_srtab": "pairs.txt", "model/sw_rmin": 0.5, "model/sw_rmax": 1.0,
                      "model/spin": {"use_spin": ["Fe"]}})
        for code in ("DPM415", "DPM430", "DPM431")
    ),
    *(
        Case(code, {f"{place}spin": {"use_spin": ["Fe"]}}, (), LINEAR)
        for code in ("DPM430", "DPM431", "DPM436") for place in ("model/", "model/models/0/")
    ),
    single("DPM415", {"model/smin_alpha": -5}),
    single("DPM431", {"model/spin": SPIN | {"use_spin": [[True], None]}}),
    single("DPM436", {"model/spin": SPIN}),
    single("DPM437", {DES: SE_A | {"sel": [46, 0]}}),
    Case("DPM405", {"loss/type": "ener"}, (), LINEAR),
    single("DPM405", {"model/spin": SPIN, FIT: {"type": "dipole"}}),
    multi("DPM432", {f"{ICE}/spin": SPIN, f"{SHARED}/des": DPA1}),
    single("DPM433", {"model/type": "dpa4", "model/spin": {"use_spin": ["O"], "scheme": "native"}}),
    single("DPM434", {"model/spin": SPIN}),
    single("DPM440", {"loss": ZERO_ENER | {"start_pref_v": 1.0, "limit_pref_v": 1.0}}),
    single("DPM440", {"loss": {"type": "tensor", "pref": 0.0, "pref_atomic": 1.0}}),
    single("DPM440", {"loss": ZERO_ENER | {"start_pref_h": 1.0}}),
    single("DPM443", {"loss": DELETE, "loss_dict": {}}),
    single("DPM443", {"loss": DELETE}, backend="tf"),
    single("DPM411", {DES: DPA2, f"{DES}/repinit/use_three_body": True}),
    single("DPM416", {FIT: {"type": "polar"}, DES: hybrid(SE_A, DPA1)}),
    single("DPM416", {DES: {"type": "se_e2_r", "sel": [4, 4], "rcut": 6.0}}),
    single("DPM417", {"model/type": "dpa4", f"{FIT}/type": "dpa4_ener"}),
    single("DPM417", {"model/use_srtab": "pairs.txt", f"{FIT}/type": "dpa4_ener"}),
    single("DPM414", {DES: DPA2, f"{DES}/repformer/update_g1_has_grrg": False}),
    single("DPM441", {"loss/f_use_norm": True, "loss/loss_func": "mae"}),
    single("DPM441", {"loss/use_huber": True, "loss/f_use_norm": True}),
    *(
        single("DPM520", {"training/validation_data": {"systems": none, "rglob_patterns": []}})
        for none in ([], "")
    ),
    Case("DPM221", {"model/models/1/type_map": ["H", "C", "O"]}, base=LINEAR),
    Case("DPM222", {"model/models/1/descriptor": hybrid(SE_A, DPA1)}, base=LINEAR),
    Case("DPM222", {"model/models/1": {"type": "pairtab", "tab_file": "t"}}, base=LINEAR),
    single("DPM222", {"model/use_srtab": "t"}, backend="tf"),
    Case("DPM223", {}, base=LINEAR),
    Case("DPM224", {"model/weights": [0.5, 0.5]}, base=LINEAR),
    Case("DPM224", {"model/weights": "sum"}, base=LINEAR),
    Case("DPM225", {"model/models/1": {"type": "pairtab", "tab_file": "t"}}, base=LINEAR),
    single("DPM226", {"model/use_srtab": "t", "model/sw_rmin": 0.5, "model/sw_rmax": 1.0}),
    single("DPM442", {"loss": {"start_pref_h": 1.0}}),
    single("DPM442", {"loss": {"start_pref_h": 0, "limit_pref_h": 0.0}, "model/spin": SPIN}),
    single("DPM442", {"loss": {"enable_atom_ener_coeff": True}}),
    single("DPM442", {"loss": {"type": "ener_spin", "enable_atom_ener_coeff": True,
                               "start_pref_e": 0}}),
    single("DPM414", {DES: hybrid(SE_A | {"sel": [4, 5, 6]}, SE_A | {"sel": [4, 5, 6]})}),
    single("DPM525", {DATA: DELETE, "training/systems": ["a"]}),
    single("DPM525", {DATA: DELETE, "training/trainng_data": {"systems": ["a"]}}),
    single("DPM525", {DATA: DELETE, "training/data_dict": {}}),
    single("DPM534", {"learning_rate": DELETE, "learning_rates": {}}),
    single("DPM536", {"optimizer": {"type": "LKF"}}),
    multi("DPM536", {"optimizer": {"type": "AdamW"}}),
    single("DPM520", {f"{DATA}/systems": "folder"}),
    single("DPM521", {"training/validation_data": None}),
    single("DPM522", {DATA: DELETE, "training/systems": ["a"], "training/batch_size": [2]}),
    single("DPM522", {f"{DATA}/batch_size": [4]}),
    single("DPM522", {f"{DATA}/systems": "folder", f"{DATA}/batch_size": [4, 4]}),
    single("DPM522", {f"{DATA}/rglob_patterns": ["*"], f"{DATA}/batch_size": [4, 4]}),
    *(
        single("DPM523", {f"{DATA}/systems": ["a", "b"], f"{DATA}/sys_probs": given})
        for given in ([0.5, 0.5], [1, 0], [-1, -1], [0.5, -1], [-1, 0.2])
    ),
    *(
        single("DPM526", {f"{DATA}/auto_prob": f"prob_sys_size;{blocks}"})
        for blocks in ("0:1:1", "0:5:1.0", "-1:9:1", "0:1:0;0:1:1")
    ),
    single("DPM526", {"training/validation_data": {"systems": ["a"],
                                                   "auto_prob": "prob_sys_size;0:1:1;2:3:1"}}),
    single("DPM427", {f"{DES}/exclude_types": [[1]],
                      "model/spin": {"use_spin": [True, False], "virtual_scale": [0.3]}}),
    single("DPM526", {f"{DATA}/auto_prob": "prob_sys_size;1:2:1", f"{DATA}/sys_probs": [1.0]}),
    single("DPM526", {f"{DATA}/auto_prob": "prob_sys_size;1:2:1", f"{DATA}/systems": "folder"}),
    single("DPM524", {f"{DATA}/batch_size": "mixed:4"}, backend="tf"),
    single("DPM524", {f"{DATA}/batch_size": "mix:4", f"{DATA}/systems": "data.lmdb"}),
    single("DPM530", {"learning_rate/stop_lr": 0.001}),
    single("DPM531", {"learning_rate/warmup_steps": 999}),
    single("DPM531", {"learning_rate/warmup_ratio": 0.5}),
    multi("DPM532", AVERAGES | {"training/disp_freq": 100}),
    multi("DPM532", AVERAGES | {"training/disp_avg": False}),
    multi("DPM532", AVERAGES | {"training/model_prob": {"ice": 1.0, "water": 0.0}}),
    multi("DPM533", AVERAGES | {"training/disp_freq": 100}),
    multi("DPM533", AVERAGES),  # DPM532 says it
    single("DPM604", {FIT: {}}),
]
