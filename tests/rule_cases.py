# SPDX-License-Identifier: LGPL-3.0-or-later
"""For each rule: edits of a valid input that trip it, and edits that must not."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NamedTuple

DELETE = object()

SE_A = {"type": "se_e2_a", "sel": [46, 92], "rcut": 6.0, "neuron": [8, 16], "axis_neuron": 4}
DPA1 = {"type": "dpa1", "sel": 120, "rcut": 6.0, "neuron": [8, 16], "axis_neuron": 4}
ENER = {"neuron": [16, 16], "dim_case_embd": 2}

VALID: dict[str, Any] = {
    "model": {
        "shared_dict": {
            "types": ["O", "H"],
            "des": SE_A,
            "fit": ENER,
            "_note": "any text",
        },
        "model_dict": {
            "water": {
                "type_map": "types",
                "descriptor": "des",
                "fitting_net": "fit",
                "model_branch_alias": ["Default", "H2O"],
            },
            "ice": {"type_map": "types", "descriptor": "des", "fitting_net": "fit"},
        },
    },
    "learning_rate": {"type": "exp", "start_lr": 0.001, "stop_lr": 1e-08},
    "loss_dict": {"water": {"type": "ener"}, "ice": {}},
    "training": {
        "model_prob": {"water": 0.5, "ice": 0.5},
        "data_dict": {
            "water": {"training_data": {"systems": ["a"]}},
            "ice": {"training_data": {"systems": ["b"]}},
        },
        "numb_steps": 1000,
    },
}
SINGLE: dict[str, Any] = {
    "model": {"type_map": ["O", "H"], "descriptor": SE_A, "fitting_net": {"neuron": [16]}},
    "learning_rate": {"type": "exp", "start_lr": 0.001, "stop_lr": 1e-08},
    "loss": {"type": "ener"},
    "training": {"training_data": {"systems": ["a"]}, "numb_steps": 1000},
}
LINEAR: dict[str, Any] = {
    "model": {
        "type": "linear_ener",
        "weights": "mean",
        "type_map": ["O", "H"],
        "shared_dict": {"des": SE_A},
        "models": [
            {"descriptor": "des", "fitting_net": {"neuron": [16]}},
            {"descriptor": "des", "fitting_net": {"neuron": [16]}},
        ],
    },
    "loss": {"type": "ener"},
    "training": {"training_data": {"systems": ["a"]}, "numb_steps": 1000},
}

WATER = "model/model_dict/water"
ICE = "model/model_dict/ice"
SHARED = "model/shared_dict"


class Case(NamedTuple):
    """Edits of an input, and the places at which the rule must speak (none: it must not)."""

    code: str
    edits: dict[str, Any]
    places: tuple[str, ...] = ()
    base: dict[str, Any] = VALID
    backend: str = "pt"

    @property
    def input(self) -> dict[str, Any]:
        data = deepcopy(self.base)
        for path, value in self.edits.items():
            *parents, last = [int(p) if p.isdigit() else p for p in path.split("/")]
            here: Any = data
            for part in parents:
                here = here[part] if isinstance(here, list) else here.setdefault(part, {})
            if value is DELETE:
                del here[last]
            else:
                here[last] = deepcopy(value)
        return data


FLAT_DPA2 = {"type": "dpa2", "repinit_rcut": 6.0, "repformer_nsel": 40, "tebd_dim": 8}


def hybrid(*members: Any) -> dict[str, Any]:
    return {"type": "hybrid", "list": list(members)}


TRIPS = [
    Case("DPM001", {"model/fitting_net_dict": {"a": {}}}, ("model/fitting_net_dict",), SINGLE),
    Case("DPM001", {"model/type": "multi"}, ("model/type",), SINGLE),
    Case("DPM001", {"training/fitting_weight": {"a": 1}}, ("training/fitting_weight",), SINGLE),
    Case("DPM002", {f"{SHARED}/des": FLAT_DPA2}, (f"{SHARED}/des",)),
    Case("DPM002", {f"{SHARED}/des": FLAT_DPA2 | {"type": "se_uni"}}, (f"{SHARED}/des",)),
    Case("DPM002", {"model/descriptor": hybrid(SE_A, FLAT_DPA2)}, ("model/descriptor/list/1",),
         SINGLE),
    Case("DPM003", {f"{SHARED}/des/type": "se_uni"}, (f"{SHARED}/des/type",)),
    Case("DPM003", {f"{ICE}/fitting_net": {"type": "global_polar"}}, (f"{ICE}/fitting_net/type",)),
    Case("DPM003", {"model/descriptor/type": "se_ar"}, ("model/descriptor/type",), SINGLE),
    Case("DPM004", {f"{branch}/{key}": value for branch in (WATER, ICE) for key, value in (
        ("type_map", ["O", "H"]), ("descriptor", SE_A | {"seed": None}), ("fitting_net", ENER)
    )}, ("model/model_dict",)),
    Case("DPM005", {f"{ICE}/descriptor": {"$ref": "#/model/shared_dict/des"}},
         (f"{ICE}/descriptor/$ref",)),
    Case("DPM005", {"model/descriptor/list": [{"$ref": "x"}]}, ("model/descriptor/list/0/$ref",),
         SINGLE),
    Case("DPM101", {f"{ICE}/descriptor": "dse"}, (f"{ICE}/descriptor",)),
    Case("DPM101", {f"{ICE}/descriptor": "dse:1"}, (f"{ICE}/descriptor",)),
    Case("DPM101", {SHARED: DELETE}, tuple(
        f"{branch}/{key}"
        for branch in (WATER, ICE)
        for key in ("type_map", "descriptor", "fitting_net")
    )),
    Case("DPM101", {f"{ICE}/descriptor": hybrid("nix")}, (f"{ICE}/descriptor/list/0",)),
    Case("DPM101", {"model/fitting_net": "nix", f"{ICE}/fitting_net": DELETE,
                    f"{WATER}/fitting_net": DELETE}, ("model/fitting_net",)),
    Case("DPM101", {"model/models/1/descriptor": "dse"}, ("model/models/1/descriptor",), LINEAR),
    *(
        Case("DPM102", {f"{ICE}/descriptor": text}, (f"{ICE}/descriptor",))
        for text in ("des:", "des:x", "des:-1", "des:1:2", "des:1.0")
    ),
    Case("DPM103", {f"{ICE}/descriptor": "types"}, (f"{ICE}/descriptor",)),
    Case("DPM103", {f"{ICE}/descriptor": "fit"}, (f"{ICE}/descriptor",)),
    Case("DPM103", {f"{ICE}/fitting_net": "des"}, (f"{ICE}/fitting_net",)),
    Case("DPM103", {f"{ICE}/type_map": "des"}, (f"{ICE}/type_map",)),
    Case("DPM103", {f"{SHARED}/n": 3, f"{ICE}/fitting_net": "n"}, (f"{ICE}/fitting_net",)),
    Case("DPM104", {f"{ICE}/fitting_net": "des"}, (f"{ICE}/fitting_net",)),
    Case("DPM105", {f"{SHARED}/des": hybrid("x", SE_A)}, (f"{SHARED}/des/list/0",)),
    Case("DPM105", {f"{ICE}/descriptor": hybrid(hybrid("des"))},
         (f"{ICE}/descriptor/list/0/list/0",)),
    Case("DPM106", {f"{SHARED}/old": SE_A}, (f"{SHARED}/old",)),
    Case("DPM106", {f"{ICE}/descriptor": SE_A, f"{WATER}/descriptor": SE_A}, (f"{SHARED}/des",)),
    Case("DPM106", {f"{SHARED}/a:1": SE_A}, (f"{SHARED}/a:1",)),
    Case("DPM107", {"model/descriptor": "des"}, ("model/descriptor",), SINGLE),
    Case("DPM108", {"model/shared_dcit": {}, SHARED: DELETE}, ("model/shared_dcit",)),
    Case("DPM108", {"model/model_dic": {"a": {}}}, ("model/model_dic",), SINGLE),
    Case("DPM108", {"shared_dict": {}}, ("shared_dict",)),
    Case("DPM201", {f"{ICE}/descriptor": "des:1"}, (f"{ICE}/descriptor",)),
    Case("DPM201", {f"{ICE}/fitting_net": "fit:1"}, (f"{ICE}/fitting_net",)),
    Case("DPM201", {f"{SHARED}/des": DPA1, f"{ICE}/descriptor": "des:2"}, (f"{ICE}/descriptor",)),
    Case("DPM201", {f"{SHARED}/fit/type": "dos"}, (f"{ICE}/fitting_net",), backend="pt_expt"),
    Case("DPM201", {f"{SHARED}/des/type": "dpa4", f"{ICE}/descriptor": "des:1"},
         (f"{ICE}/descriptor",), backend="pt_expt"),
    Case("DPM202", {f"{ICE}/descriptor": hybrid("des", SE_A)}, (f"{ICE}/descriptor/list/0",)),
    Case("DPM203", {f"{SHARED}/des": DPA1, f"{ICE}/descriptor": "des:1",
                    f"{ICE}/spin": {"use_spin": [True, False]}}, (f"{ICE}/descriptor",)),
    Case("DPM204", {f"{ICE}/type_map": ["O", "H"], f"{WATER}/type_map": ["O", "H"]},
         ("model/model_dict",)),
    Case("DPM204", {f"{ICE}/type_map": "types:0"}, (f"{ICE}/type_map",)),
    Case("DPM204", {f"{SHARED}/other": ["H", "O"], f"{ICE}/type_map": "other"},
         (f"{ICE}/type_map",)),
    Case("DPM205", {f"{ICE}/type_map": ["H", "O"]}, (f"{ICE}/type_map",)),
    Case("DPM205", {f"{ICE}/type_map": DELETE}, (f"{ICE}/type_map",)),
    Case("DPM206", {f"{SHARED}/des/sel": "auto:1.2"}, (f"{SHARED}/des/sel",)),
    Case("DPM206", {f"{SHARED}/des/sel": DELETE}, (f"{SHARED}/des",)),
    Case("DPM206", {f"{SHARED}/des": {"type": "dpa3", "repflow": {"e_sel": "auto", "a_sel": 20}}},
         (f"{SHARED}/des/repflow/e_sel",)),
    Case("DPM207", {f"{ICE}/descriptor": SE_A | {"axis_neuron": 8}}, (f"{ICE}/fitting_net",)),
    Case("DPM207", {f"{ICE}/descriptor": DPA1}, (f"{ICE}/fitting_net",)),
    Case("DPM207", {f"{ICE}/descriptor": {"type": "dpa3", "repflow": {"n_dim": 65}}},
         (f"{ICE}/fitting_net",)),
    Case("DPM208", {f"{WATER}/use_srtab": "table.txt"}, (f"{WATER}/fitting_net",)),
    Case("DPM208", {f"{ICE}/type": "linear_ener"}, (f"{ICE}/fitting_net",)),
    Case("DPM209", {"model/descriptor": SE_A, f"{ICE}/descriptor": DELETE,
                    f"{WATER}/descriptor": DELETE}, ("model/descriptor",)),
    Case("DPM210", {"model/type_map": ["O"]}, ("model/type_map",)),
    Case("DPM211", {"model/data_stat_nbatch": 3}, ("model/data_stat_nbatch",), backend="pd"),
    Case("DPM212", {f"{SHARED}/des/type": "se_t"}, (f"{SHARED}/des/type",)),
    Case("DPM213", {f"{SHARED}/des/type": "loc_frame"}, (f"{SHARED}/des/type",)),
    Case("DPM213", {"model/descriptor/type": "se_e2_r"}, ("model/descriptor/type",), SINGLE, "pd"),
    Case("DPM301", {"model/model_dict": {}}, ("model/model_dict",)),
    Case("DPM302", {"model/model_dict/RANDOM": {}}, ("model/model_dict/RANDOM",)),
    Case("DPM303", {"model/model_dict/_x": {}}, ("model/model_dict/_x",)),
    *(
        Case("DPM304", {f"model/model_dict/{name}": {}}, (f"model/model_dict/{name}",))
        for name in ("", "a.b", "type", "train", "descriptor", "fitting_net", "atomic_model")
    ),
    Case("DPM305", {"model/model_dict": {"a/b": {}}}, ("model/model_dict/a/b",)),
    Case("DPM306", {f"{ICE}/model_branch_alias": ["H2O"]}, (f"{ICE}/model_branch_alias/0",)),
    Case("DPM306", {f"{ICE}/model_branch_alias": ["x", "x"]}, (f"{ICE}/model_branch_alias/1",)),
    Case("DPM306", {"model/model_branch_alias": ["x"], f"{WATER}/model_branch_alias": DELETE},
         ("model/model_branch_alias/0",)),
    Case("DPM307", {f"{ICE}/model_branch_alias": ["water"]}, (f"{ICE}/model_branch_alias/0",)),
    Case("DPM307", {f"{ICE}/model_branch_alias": ["ice"]}, (f"{ICE}/model_branch_alias/0",)),
    Case("DPM308", {f"{ICE}/model_branch_alias": ["h2o"]}, (f"{ICE}/model_branch_alias/0",)),
    Case("DPM309", {f"{WATER}/model_branch_alias": [], f"{ICE}/model_branch_alias": ["Default"]},
         (f"{ICE}/model_branch_alias/0",)),
    Case("DPM401", {f"{ICE}/fitting_net": {"neuron": [8]}}, (f"{ICE}/fitting_net/dim_case_embd",)),
    Case("DPM402", {f"{SHARED}/fit/dim_case_embd": 1}, (f"{SHARED}/fit/dim_case_embd",)),
    Case("DPM403", {f"{SHARED}/fit/dim_case_embd": 3}, (f"{SHARED}/fit/dim_case_embd",)),
    Case("DPM404", {f"{SHARED}/fit/dim_case_embd": 0}, (f"{SHARED}/fit",)),
    Case("DPM404", {f"{SHARED}/fit/dim_case_embd": DELETE}, (f"{SHARED}/fit",)),
    Case("DPM405", {"loss_dict/ice": {"type": "dos"}}, ("loss_dict/ice/type",)),
    Case("DPM405", {f"{SHARED}/fit/type": "dipole", "loss_dict/water": {"type": "tensor"}},
         ("loss_dict/ice",)),
    Case("DPM405", {"loss/type": "property"}, ("loss/type",), SINGLE),
    Case("DPM406", {"loss_dict/ice": {"type": "ener_spin"}}, ("loss_dict/ice/type",)),
    Case("DPM407", {f"{ICE}/spin": {"use_spin": [True, False]}}, ("loss_dict/ice",)),
    Case("DPM408", {f"{SHARED}/des": {"type": "dpa3", "add_chg_spin_ebd": True},
                    f"{SHARED}/fit/numb_fparam": 2}, (f"{SHARED}/fit/numb_fparam",)),
    Case("DPM409", {f"{SHARED}/des/axis_neuron": 17}, (f"{SHARED}/des/axis_neuron",)),
    Case("DPM409", {f"{SHARED}/des/axis_neuron": DELETE, f"{SHARED}/des/neuron": [8, 3]},
         (f"{SHARED}/des/neuron",)),
    Case("DPM409", {f"{SHARED}/des": {"type": "dpa1", "neuron": [8, 16], "n_axis_neuron": 17}},
         (f"{SHARED}/des/n_axis_neuron",)),
    Case("DPM409", {f"{SHARED}/des": hybrid({**SE_A, "axis_neuron": 17})},
         (f"{SHARED}/des/list/0/axis_neuron",)),
    Case("DPM409", {f"{ICE}/descriptor": hybrid("des"), f"{WATER}/descriptor": SE_A,
                    f"{SHARED}/des/axis_neuron": 17}, (f"{SHARED}/des/axis_neuron",)),
    Case("DPM409", {f"{SHARED}/des": {"type": "dpa2", "repinit": {"axis_neuron": 101}}},
         (f"{SHARED}/des/repinit/axis_neuron",)),
    Case("DPM409", {f"{SHARED}/des": {"type": "dpa2", "repformer": {"axis_neuron": 17}}},
         (f"{SHARED}/des/repformer/axis_neuron",)),
    Case("DPM409", {f"{SHARED}/des": {"type": "dpa2", "repformer": {"g1_dim": 3}}},
         (f"{SHARED}/des/repformer/g1_dim",)),
    Case("DPM409", {f"{SHARED}/des": {"type": "dpa3", "repflow": {"e_dim": 2}}},
         (f"{SHARED}/des/repflow/e_dim",)),
    Case("DPM409", {"model/descriptor/axis_neuron": 17}, ("model/descriptor/axis_neuron",),
         SINGLE),
    Case("DPM501", {"loss_dict/ice": DELETE}, ("loss_dict",)),
    Case("DPM501", {"training/data_dict/ice": DELETE}, ("training/data_dict",)),
    Case("DPM501", {"loss_dict": DELETE}, ("loss_dict",)),
    Case("DPM502", {"loss_dict/ic": {}}, ("loss_dict/ic",)),
    Case("DPM502", {"training/model_prob/H2O": 1}, ("training/model_prob/H2O",)),
    Case("DPM503", {"training/model_prob/ice": DELETE}, ("training/model_prob",)),
    Case("DPM503", {"training/num_epoch_dict": {"ice": 1}}, ("training/num_epoch_dict",)),
    *(
        Case("DPM504", {"training/model_prob/ice": value}, ("training/model_prob/ice",))
        for value in (-1, "half", None, float("nan"), float("inf"), [1], 10**400)
    ),
    Case("DPM504", {"training/model_prob": {"ice": 0, "water": 0.0}}, ("training/model_prob",)),
    *(
        Case("DPM505", {"training/model_prob/water": 0, f"{SHARED}/fit/{key}": 1},
             ("training/model_prob/water",))
        for key in ("numb_fparam", "numb_aparam")
    ),
    Case("DPM506", {"training/model_prob/ice": 0}, ("training/model_prob/ice",)),
    *(
        Case("DPM507", {"training/num_epoch_dict": {"ice": value, "water": 1}},
             ("training/num_epoch_dict/ice",))
        for value in (0, -1, None, "many", float("inf"))
    ),
    Case("DPM508", {"training/num_epoch_dict": {"ice": 1, "water": 1}},
         ("training/numb_steps", "training/model_prob")),
    Case("DPM509", {"training/numb_steps": DELETE}, ("training/numb_steps",)),
    Case("DPM509", {"training/numb_steps": DELETE}, ("training/numb_steps",), SINGLE),
    Case("DPM510", {"training/num_epochs": 4}, ("training/num_epochs",)),
    Case("DPM511", {"training/num_epoch": 4}, ("training/num_epoch",), SINGLE),
    Case("DPM512", {"loss": {}}, ("loss",)),
    Case("DPM512", {"training/training_data": {}}, ("training/training_data",)),
    Case("DPM513", {"loss_dict": {}}, ("loss_dict",), SINGLE),
    Case("DPM513", {"training/model_prob": {}}, ("training/model_prob",), SINGLE),
    Case("DPM514", {"learning_rate_dict": {}}, ("learning_rate_dict",)),
    Case("DPM515", {f"{ICE}/data_stat_protect": 0.1}, (f"{ICE}/data_stat_protect",)),
    Case("DPM516", {f"{ICE}/lora": {"rank": 4}}, (f"{ICE}/lora",)),
    Case("DPM516", {"model/lora": {"rank": 4}}, ("model/lora",)),
    Case("DPM517", {"training/zero_stage": 1}, ("training/zero_stage",)),
    Case("DPM518", {"validating/full_validation": True}, ("validating/full_validation",)),
    Case("DPM518", {"validating/ema_full_validation": True, "training/enable_ema": True},
         ("validating/ema_full_validation",)),
    Case("DPM519", {"training/data_dict/water/stat_file": "s", "training/data_dict/ice/stat_file":
                    "./s"}, ("training/data_dict/ice/stat_file",)),
    Case("DPM601", {f"{ICE}/finetune_head": "Domains"}, (WATER,)),
    Case("DPM602", {f"{ICE}/finetune_head": "Random"}, (f"{ICE}/finetune_head",)),
    Case("DPM602", {"model/finetune_head": "RANDM"}, ("model/finetune_head",), SINGLE),
    Case("DPM603", {f"{ICE}/model_branch_alias": ["RANDOM"]}, (f"{ICE}/model_branch_alias/0",)),
]

PASSES = [
    Case("DPM001", {"model/fitting_net_dict": {"a": {}}}),
    Case("DPM001", {"loss_dict": {}, "model/type": "standard"}, base=SINGLE),
    Case("DPM002", {f"{SHARED}/des": {"type": "dpa2", "repinit": {}, "repformer": {}}}),
    Case("DPM002", {f"{SHARED}/des": FLAT_DPA2 | {"type": "of a plugin"}}),
    Case("DPM003", {f"{SHARED}/des/type": "dpa2", f"{SHARED}/_old": {"type": "se_uni"}}),
    Case("DPM004", {f"{ICE}/type_map": ["O", "H"], f"{ICE}/descriptor": SE_A}),
    Case("DPM004", {f"{branch}/{key}": value for branch in (WATER, ICE) for key, value in (
        ("type_map", ["H"]), ("descriptor", DPA1 | {"type": "of a plugin"}), ("fitting_net", {})
    )} | {f"{SHARED}/des": {"other": 1}, f"{SHARED}/fit": {"neuron": [1], "third": 1}}),
    Case("DPM005", {"$schema": "x", "_note": {"$ref": "y"}, "training/$ref": 4}),
    Case("DPM101", {f"{ICE}/descriptor": hybrid("des", SE_A)}),
    Case("DPM102", {f"{ICE}/descriptor": "des:1"}),
    Case("DPM103", {f"{SHARED}/des": SE_A | {"type": "se_a"}}),
    Case("DPM103", {f"{SHARED}/des": {"type": "of a plugin"}}),
    Case("DPM104", {f"{ICE}/descriptor": hybrid("des", SE_A)}),
    Case("DPM105", {f"{ICE}/descriptor": hybrid("des", SE_A)}),
    Case("DPM106", {f"{SHARED}/_old": SE_A}),
    Case("DPM106", {f"{ICE}/descriptor": hybrid("des"), f"{WATER}/descriptor": SE_A}),
    Case("DPM107", {}, base=SINGLE),
    Case("DPM108", {"model/shared": 1}, base=SINGLE),
    Case("DPM108", {"model/models": {}}),
    Case("DPM201", {f"{SHARED}/des": DPA1, f"{ICE}/descriptor": "des:1"}),
    Case("DPM201", {f"{ICE}/descriptor": SE_A, f"{WATER}/descriptor": "des:1"}),
    Case("DPM202", {f"{ICE}/descriptor": hybrid("des", SE_A)}, backend="pt_expt"),
    Case("DPM202", {f"{SHARED}/des": hybrid(SE_A, SE_A)}),
    Case("DPM203", {f"{SHARED}/des": DPA1, f"{WATER}/descriptor": "des:1",
                    f"{ICE}/spin": {"use_spin": [True, False]}}),
    Case("DPM204", {f"{ICE}/type_map": ["O", "H"]}),
    Case("DPM204", {}, base=LINEAR),
    Case("DPM205", {f"{ICE}/type_map": ["O", "H"]}),
    Case("DPM205", {f"{ICE}": {"type_map": ["H"], "descriptor": SE_A, "fitting_net": ENER}}),
    Case("DPM206", {f"{SHARED}/des": DPA1 | {"sel": "auto"}, f"{ICE}/descriptor": "des:1"}),
    Case("DPM206", {f"{ICE}/descriptor": SE_A | {"sel": "auto"}}),
    Case("DPM207", {f"{ICE}/descriptor": SE_A | {"rcut": 5.0, "type": "se_a"}}),
    Case("DPM207", {f"{ICE}/descriptor": {"type": "dpa3", "repflow": {"n_dim": 64}}}),
    Case("DPM207", {f"{ICE}/type": "dpa4", f"{ICE}/descriptor": {"sel": 120, "channels": 64}}),
    Case("DPM208", {f"{WATER}/use_srtab": "table.txt", f"{WATER}/fitting_net": ENER}),
    Case("DPM209", {"model/descriptor": "des", f"{ICE}/descriptor": DELETE,
                    f"{WATER}/descriptor": DELETE}),
    Case("DPM210", {"model/data_stat_nbatch": 3, f"{ICE}/data_stat_nbatch": 5}),
    Case("DPM210", {"model/_comment": "x", f"{ICE}/_comment": "", f"{WATER}/_comment": ""}),
    Case("DPM211", {"model/data_stat_nbatch": 3}),
    Case("DPM211", {"model/_comment": "x"}, backend="pd"),
    Case("DPM212", {f"{ICE}/descriptor": {"type": "se_t"}}),
    Case("DPM212", {f"{SHARED}/des/type": "se_e3"}),
    Case("DPM213", {f"{SHARED}/des/type": "loc_frame"}, backend="tf"),
    Case("DPM213", {f"{SHARED}/des/type": "of a plugin"}),
    Case("DPM301", {"model/model_dict": "no mapping"}),
    Case("DPM302", {f"{ICE}/finetune_head": "RANDOM"}),
    Case("DPM303", {"model/model_dict/_comment": "text"}),
    Case("DPM304", {"model/model_dict/MPtraj_v026_01-mix-Utype": {}}),
    Case("DPM304", {"model/model_dict/train": {}}, backend="jax"),
    Case("DPM305", {"model/model_dict/a-b_c": {}}),
    Case("DPM306", {f"{ICE}/model_branch_alias": ["D2O"]}),
    Case("DPM307", {f"{ICE}/model_branch_alias": ["waters"]}),
    Case("DPM308", {f"{ICE}/model_branch_alias": ["Ih"]}),
    Case("DPM309", {}),
    Case("DPM401", {f"{ICE}/fitting_net": {"neuron": [8], "dim_case_embd": 2}}),
    Case("DPM402", {}),
    Case("DPM402", {f"{SHARED}/fit/dim_case_embd": 0}),
    Case("DPM403", {"model/model_dict/third": {"fitting_net": "fit"},
                    f"{SHARED}/fit/dim_case_embd": 3}),
    Case("DPM404", {f"{SHARED}/fit/dim_case_embd": 0, f"{ICE}/fitting_net": {"neuron": [8]}}),
    Case("DPM405", {"loss_dict/ice": {"type": "ener_hess"}}),
    Case("DPM405", {f"{SHARED}/fit/type": "polar", "loss_dict": {"water": {"type": "tensor"},
                                                                 "ice": {"type": "tensor"}}}),
    Case("DPM405", {"loss_dict/ice": {"type": "of a plugin"}}),
    Case("DPM406", {"loss_dict/ice": {"type": "ener_spin"}, f"{ICE}/spin": {}}),
    Case("DPM407", {"loss_dict/ice": {"type": "ener_spin"}, f"{ICE}/spin": {}}),
    Case("DPM408", {f"{SHARED}/des": {"type": "dpa3", "add_chg_spin_ebd": True}}),
    Case("DPM409", {f"{SHARED}/des/axis_neuron": 16}),
    Case("DPM409", {f"{SHARED}/des": {"type": "se_e2_r", "axis_neuron": 17, "neuron": [8]}}),
    Case("DPM409", {f"{SHARED}/des": {"type": "dpa2", "repformer": {
        "axis_neuron": 17, "update_g1_has_grrg": False}}}),
    Case("DPM409", {f"{SHARED}/des": {"type": "dpa3", "repflow": {"n_dim": 4, "e_dim": 4}}}),
    Case("DPM409", {f"{SHARED}/des": {**SE_A, "neuron": "wide", "axis_neuron": 17}}),
    Case("DPM501", {"loss_dict/_comment": "text"}),
    Case("DPM501", {"model/model_dict/_x": {}}),
    Case("DPM502", {"loss_dict/_comment": "text"}),
    Case("DPM503", {"training/model_prob": {}}),
    Case("DPM503", {"training/model_prob": DELETE}),
    Case("DPM504", {"training/model_prob/ice": "1e-1"}),
    Case("DPM505", {"training/model_prob/water": 0}),
    Case("DPM505", {"training/model_prob/water": 0, f"{SHARED}/fit/numb_fparam": 1,
                    f"{ICE}/fitting_net": ENER}),
    Case("DPM506", {}),
    Case("DPM507", {"training/num_epoch_dict": {"ice": 0.5, "water": 1}}),
    Case("DPM508", {"training/num_epoch_dict": {"ice": 1, "water": 1}, "training/numb_steps":
                    DELETE, "training/model_prob": DELETE}),
    Case("DPM508", {"training/num_epoch_dict": {}}),
    Case("DPM509", {"training/numb_steps": DELETE, "training/stop_batch": 4}),
    Case("DPM509", {"training/numb_steps": DELETE, "training/num_epoch": 4}, base=SINGLE),
    Case("DPM510", {"training/num_epoch": None}),
    Case("DPM511", {}, base=SINGLE),
    Case("DPM512", {}),
    Case("DPM513", {}, base=SINGLE),
    Case("DPM514", {}),
    Case("DPM515", {f"{ICE}/data_stat_protect": 0.01}),
    Case("DPM515", {"model/data_stat_protect": 0.1}),
    Case("DPM516", {f"{ICE}/lora": None}),
    Case("DPM517", {"training/zero_stage": 0}),
    Case("DPM518", {"validating/full_validation": True, "validating/full_val_start": 1.0}),
    Case("DPM518", {"validating/ema_full_validation": True}),
    Case("DPM519", {"training/data_dict/water/stat_file": "s",
                    "training/data_dict/ice/stat_file": "t"}),
    Case("DPM601", {f"{ICE}/finetune_head": "Domains", f"{WATER}/finetune_head": "RANDOM"}),
    Case("DPM602", {f"{ICE}/finetune_head": "RANDOM", f"{WATER}/finetune_head": "H2O"}),
    Case("DPM603", {}),
]
