# SPDX-License-Identifier: LGPL-3.0-or-later
"""One mistake is one finding: with the way out, and without a second one that follows from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dp_multitask import check
from dp_multitask.errors import format_path
from dp_multitask.text.document import parse_document
from small_inputs import multitask, single

Change = Callable[[dict[str, Any]], Any]


def move(source: str, target: str) -> Change:
    """Move what stands at one place to another, as in ``a/b``."""

    def change(config: dict[str, Any]) -> None:
        *above, last = source.split("/")
        here: Any = config
        for part in above:
            here = here[part]
        put(target, here.pop(last))(config)

    return change


def put(path: str, value: Any) -> Change:
    def change(config: dict[str, Any]) -> None:
        *above, last = path.split("/")
        for part in above:
            config = config.setdefault(part, {})
        config[last] = value

    return change


def both(*changes: Change) -> Change:
    def change(config: dict[str, Any]) -> None:
        for each in changes:
            each(config)

    return change


def removed(key: str) -> Change:
    return lambda config: config.pop(key)


MULTITASK: dict[str, tuple[Change, str, str, str]] = {
    "the branches at the top": (
        move("model/model_dict", "model_dict"), "DPM108", "model_dict", "move it into 'model'"),
    "the shared entries at the top": (
        move("model/shared_dict", "shared_dict"), "DPM108", "shared_dict",
        "move it into 'model'"),
    "the branches misspelt": (
        move("model/model_dict", "model/model_dct"), "DPM108", "model/model_dct", "model_dict"),
    "the loss of a branch in its model": (
        move("loss_dict/ice", "model/model_dict/ice/loss"), "DPM011",
        "model/model_dict/ice/loss", "'loss_dict/ice'"),
    "the data of a branch in its model": (
        move("training/data_dict/ice/training_data", "model/model_dict/ice/training_data"),
        "DPM011", "model/model_dict/ice/training_data", "'training/data_dict/ice/training_data'"),
    "a batch size among the data of branches": (
        put("training/data_dict/batch_size", 1), "DPM011", "training/data_dict/batch_size",
        "'training/data_dict/<branch>/training_data/batch_size'"),
    "a seed among the data of branches": (
        put("training/data_dict/seed", 1), "DPM011", "training/data_dict/seed", "'training/seed'"),
    "data of one model in place of those of branches": (
        put("training/data_dict", {"training_data": {"systems": ["a"]}}), "DPM011",
        "training/data_dict/training_data", "'training/data_dict/<branch>/training_data'"),
    "a type among the losses": (
        put("loss_dict/type", "ener"), "DPM011", "loss_dict/type", "'loss_dict/<branch>/type'"),
    "a prefactor among the losses": (
        put("loss_dict/start_pref_e", 1.0), "DPM011", "loss_dict/start_pref_e",
        "'loss_dict/<branch>/start_pref_e'"),
    "a type map among the branches": (
        put("model/model_dict/type_map", ["O", "H"]), "DPM011", "model/model_dict/type_map",
        "'model/model_dict/<branch>/type_map'"),
    "weights among the data of branches": (
        put("training/data_dict/model_prob", {"water": 1.0, "ice": 1.0}), "DPM011",
        "training/data_dict/model_prob", "'training/model_prob'"),
    "a loss in place of losses": (
        both(move("loss_dict/ice", "loss"), removed("loss_dict")), "DPM512", "loss",
        "'loss_dict'"),
    "the losses in the model": (
        move("loss_dict", "model/loss_dict"), "DPM011", "model/loss_dict", "'loss_dict'"),
    "the learning rate in the training": (
        move("learning_rate", "training/learning_rate"), "DPM011", "training/learning_rate",
        "'learning_rate'"),
    "the training in the model": (
        move("training", "model/training"), "DPM011", "model/training", "'training'"),
    "weights of version 2": (
        put("training/fitting_weight", {"water": 1, "ice": 2}), "DPM011",
        "training/fitting_weight", "'model_prob'"),
    "a descriptor that is a $ref": (
        put("model/shared_dict/des", {"$ref": "#/x"}), "DPM005", "model/shared_dict/des/$ref",
        "write the parameters out here"),
    "a type map that is a $ref": (
        put("model/shared_dict/types", {"$ref": "types.json"}), "DPM005",
        "model/shared_dict/types/$ref", "write the parameters out here"),
    "the shared entries among the branches": (
        move("model/shared_dict", "model/model_dict/shared_dict"), "DPM108",
        "model/model_dict/shared_dict", "move it into 'model'"),
    "no type map named in any branch": (
        both(move("model/model_dict/ice/type_map", "_note"),
             move("model/model_dict/water/type_map", "_note")),
        "DPM204", "model/model_dict", "write 'type_map': 'types' in every branch"),
    "an empty type map in one branch": (
        put("model/model_dict/ice/type_map", []), "DPM214", "model/model_dict/ice/type_map",
        "names of all elements"),
    "a type map that is no entry": (
        put("model/model_dict/ice/type_map", "typos"), "DPM101", "model/model_dict/ice/type_map",
        "'types'"),
    "the losses misspelt": (
        move("loss_dict", "loss_dicts"), "DPM011", "loss_dicts", "'loss_dict'"),
    "the data misspelt": (
        move("training/data_dict", "training/data_dicts"), "DPM011", "training/data_dicts",
        "'data_dict'"),
    "a type map misspelt": (
        move("model/model_dict/ice/type_map", "model/model_dict/ice/typemap"), "DPM011",
        "model/model_dict/ice/typemap", "'type_map'"),
    "an entry with its path": (
        put("model/model_dict/ice/descriptor", "#/model/shared_dict/des"), "DPM101",
        "model/model_dict/ice/descriptor", "Did you mean 'des'?"),
    "an entry in the place of a spin": (
        both(put("model/shared_dict/spin", {"use_spin": [True, False], "virtual_scale": [0.3]}),
             put("model/model_dict/ice/spin", "spin"), put("loss_dict/ice/type", "ener_spin")),
        "DPM105", "model/model_dict/ice/spin", "write the parameters out in the branch"),
    "the fitting net of another branch as a descriptor": (
        both(put("model/shared_dict/fit", {"neuron": [4, 4]}),
             put("model/model_dict/water/fitting_net", "fit"),
             put("model/model_dict/ice/descriptor", "fit")),
        "DPM103", "model/model_dict/ice/descriptor", "'des'"),
    "the keys of a section beside it": (
        put("model/shared_dict/des",
            {"type": "dpa3", "n_dim": 8, "e_dim": 4, "a_dim": 4, "nlayers": 1, "e_rcut": 4.0,
             "e_rcut_smth": 0.5, "e_sel": 6, "a_rcut": 3.0, "a_rcut_smth": 0.5, "a_sel": 4}),
        "DPM012", "model/shared_dict/des/repflow", "'n_dim', 'e_dim', 'a_dim'"),
    "a descriptor of another backend": (
        put("model/shared_dict/des", {"type": "loc_frame", "sel": [3, 6], "neuron": [2, 4]}),
        "DPM213", "model/shared_dict/des/type", "tf"),
    "a negative length of the case embedding": (
        put("model/model_dict/ice/fitting_net", {"neuron": [4, 4], "dim_case_embd": -1}),
        "DPM021", "model/model_dict/ice/fitting_net/dim_case_embd", ""),
    "numbers of neighbours that are none": (
        put("model/shared_dict/des/sel", "Auto"), "DPM021", "model/shared_dict/des/sel", "'auto'"),
    "a comment as elsewhere": (
        put("training/comment", "a text"), "DPM011", "training/comment", "'_comment'"),
    "an option of the command": (
        put("training/init_model", "model.pt"), "DPM011", "training/init_model",
        "dp train --init-model MODEL"),
    "an optimizer misspelt under its outdated key": (
        put("training/opt_type", "Adamm"), "DPM014", "training/opt_type", "'Adam'"),
    "a section that the backend ignores": (
        put("training/mixed_precision", {"compute_prec": "float16", "output_prec": "float32"}),
        "DPM023", "training/mixed_precision", "--backend tf"),
}  # fmt: skip

SINGLE: dict[str, tuple[Change, str, str, str]] = {
    "the data at the top": (
        move("training/training_data", "training_data"), "DPM011", "training_data",
        "'training/training_data'"),
    "the steps at the top": (
        move("training/numb_steps", "numb_steps"), "DPM011", "numb_steps",
        "'training/numb_steps'"),
    "the steps among the data": (
        move("training/numb_steps", "training/training_data/numb_steps"), "DPM011",
        "training/training_data/numb_steps", "'training/numb_steps'"),
    "the descriptor at the top": (
        move("model/descriptor", "descriptor"), "DPM011", "descriptor", "'model/descriptor'"),
    "the type map at the top": (
        move("model/type_map", "type_map"), "DPM011", "type_map", "'model/type_map'"),
    "the cutoff in the model": (
        move("model/descriptor/rcut", "model/rcut"), "DPM011", "model/rcut",
        "'model/descriptor/rcut'"),
    "the cutoff in the fitting net": (
        put("model/fitting_net/rcut", 6.0), "DPM011", "model/fitting_net/rcut",
        "'model/descriptor/rcut'"),
    "frame parameters in the descriptor": (
        put("model/descriptor/numb_fparam", 1), "DPM011", "model/descriptor/numb_fparam",
        "'model/fitting_net/numb_fparam'"),
    "the learning rate in the training": (
        move("learning_rate/start_lr", "training/start_lr"), "DPM011", "training/start_lr",
        "'learning_rate/start_lr'"),
    "a prefactor in the training": (
        put("training/start_pref_e", 1), "DPM011", "training/start_pref_e",
        "'loss/start_pref_e'"),
    "the type of another loss": (
        both(put("model/fitting_net", {"type": "property", "property_name": "gap",
                                       "task_dim": 1, "neuron": [4]}),
             put("loss", {"type": "ener", "loss_func": "smooth_mae", "metric": ["mae"]})),
        "DPM405", "loss/type", "'property'"),
    "the cutoff without length": (
        put("model/descriptor/rcut", 0.0), "DPM021", "model/descriptor/rcut", ""),
    "excluded types without pairs": (
        put("model/descriptor/exclude_types", [0, 1]), "DPM427", "model/descriptor/exclude_types",
        ""),
    "a type in upper case": (
        put("model/descriptor", {"type": "DPA1", "sel": 6}), "DPM014", "model/descriptor/type",
        "'dpa1'"),
    "a type half written": (
        put("model/descriptor/type", "se_e2"), "DPM014", "model/descriptor/type", "'se_e2_a'"),
    "a fitting net that does not exist": (
        put("model/fitting_net/type", "enr"), "DPM014", "model/fitting_net/type", "'ener'"),
    "a key of another loss": (
        put("loss", {"start_pref_fr": 1.0}), "DPM011", "loss/start_pref_fr", "'ener_spin'"),
    "the spins of the TensorFlow backend": (
        both(put("model/spin",
                 {"use_spin": [True, False], "virtual_len": [0.4], "spin_norm": [1.25]}),
             put("loss", {"type": "ener_spin"})),
        "DPM431", "model/spin/virtual_scale", "virtual_len / spin_norm, which is [0.32]"),
    "the spins without elements": (
        both(put("model/spin", {"virtual_scale": [0.3]}), put("loss", {"type": "ener_spin"})),
        "DPM012", "model/spin/use_spin", "use_spin"),
    "the scale of a polarizability for fewer elements": (
        both(put("model/fitting_net", {"type": "polar", "neuron": [4], "scale": [1.0]}),
             put("loss", {"type": "tensor", "pref": 1.0, "pref_atomic": 0.0})),
        "DPM429", "model/fitting_net/scale", "each element"),
}  # fmt: skip


def as_yaml(data: Any) -> str:
    import yaml

    return yaml.safe_dump(data, sort_keys=False)


@pytest.mark.parametrize("write", [json.dumps, as_yaml])
@pytest.mark.parametrize(
    ("make", "case"),
    [*((multitask, each) for each in MULTITASK.values()),
     *((single, each) for each in SINGLE.values())],
    ids=[*MULTITASK, *(f"single: {name}" for name in SINGLE)],
)  # fmt: skip
def test_one_mistake_is_one_finding(make, case, write) -> None:
    change, code, path, hint = case
    config = make()
    change(config)
    (found,) = check(parse_document(write(config)))
    assert (found.code, format_path(found.path)) == (code, path)
    assert hint in (found.hint or "")


def test_a_comment_may_hold_what_it_likes() -> None:
    text = json.dumps(single())
    comments = '"_c": {"a": 1, "a": 2}, "_c": [{"b": 1, "b": 2}], "rcut"'
    assert check(parse_document(text.replace('"rcut"', comments))) == []
    block = "_c: {a: 1, a: 2}\n" + as_yaml(single())
    assert check(parse_document(block)) == []
