# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the rules call an error is one: DeePMD-kit 3.2 fails on it, somewhere on its way.

For each rule whose consequence can be had without training, the part of DeePMD-kit that meets the
mistake is run, and must raise what is known of it; on the valid input it must not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dp_multitask import check
from dp_multitask.config.resolve import preprocess_shared_params
from rule_cases import DELETE, DPA1, ENER, ICE, SE_A, SHARED, VALID, WATER, Case, hybrid

pytest.importorskip("deepmd", reason="needs an installed DeePMD-kit")
torch = pytest.importorskip("torch", reason="needs PyTorch")

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]

Config = dict[str, Any]

SMALL_DPA2: Config = {
    "type": "dpa2",
    "repinit": {"rcut": 4.0, "rcut_smth": 1.0, "nsel": 8, "neuron": [4, 8], "axis_neuron": 4},
    "repformer": {"rcut": 3.0, "rcut_smth": 1.0, "nsel": 4, "nlayers": 1, "axis_neuron": 4},
}
REPFLOW: Config = {
    **{"e_rcut": 4.0, "e_rcut_smth": 1.0, "e_sel": 8},
    **{"a_rcut": 3.0, "a_rcut_smth": 1.0, "a_sel": 4, "nlayers": 1},
}


def expand(config: Config) -> None:
    """Expand with the reference implementation, and refuse what ``dp train`` refuses next."""
    from deepmd.pt.utils.multi_task import preprocess_shared_params as reference

    model, _ = reference(config["model"])
    assert "RANDOM" not in model["model_dict"], "Model name can not be 'RANDOM'"


def share(config: Config) -> None:
    """Build the models, share their parameters and evaluate, as training does."""
    from deepmd.pt.train.training import get_model_for_wrapper
    from deepmd.pt.train.wrapper import ModelWrapper
    from deepmd.pt.utils.multi_task import preprocess_shared_params as reference
    from deepmd.utils.argcheck import normalize

    config["model"], links = reference(config["model"])
    model = normalize(config, multi_task=True)["model"]
    wrapper = ModelWrapper(get_model_for_wrapper(model), model_params=model)
    wrapper.share_params(links, dict.fromkeys(model["model_dict"], 0.5), resume=True)
    coordinates = torch.tensor([[0.0, 0, 0, 1, 0, 0]], dtype=torch.float64)
    box = torch.eye(3, dtype=torch.float64).reshape(1, 9) * 20
    for branch in wrapper.model.values():
        branch(coordinates, torch.tensor([[0, 1]]), box=box)


def check_arguments(config: Config) -> None:
    """Run the argument check on the expanded input."""
    from deepmd.utils.argcheck import normalize

    multitask = "model_dict" in config["model"]
    if multitask:
        config["model"], _ = preprocess_shared_params(config["model"])
    normalize(config, multi_task=multitask)


def load_aliases(config: Config) -> None:
    """Collect names and aliases, as loading a trained model does."""
    from deepmd.utils.model_branch_dict import get_model_dict

    model, _ = preprocess_shared_params(config["model"])
    get_model_dict(model["model_dict"])


def schedule(config: Config) -> None:
    """Choose steps and probabilities."""
    from deepmd.dpmodel.train.schedule import resolve_step_schedule

    names = list(config["model"]["model_dict"])
    resolve_step_schedule(
        config["training"],
        multi_task=True,
        model_keys=names,
        training_data={name: [1] for name in names},
        epoch_length=lambda name: 10,
    )


def open_statistics(config: Config) -> None:
    """Collect the statistics files of all branches."""
    from deepmd.utils.stat_file import StatFileSpec, stat_file_specs_by_task

    entries = config["training"]["data_dict"]
    specs = {name: StatFileSpec(entry.get("stat_file")) for name, entry in entries.items()}
    stat_file_specs_by_task(specs, list(config["model"]["model_dict"]))


def look_up_branches(config: Config) -> None:
    """Take every branch's loss and data, as the trainer does."""
    for name in config["model"]["model_dict"]:
        config["loss_dict"][name]
        config["training"]["data_dict"][name]


def branch_called(name: str) -> dict[str, Any]:
    """Edits that add a whole third branch."""
    return {
        f"model/model_dict/{name}": VALID["model"]["model_dict"]["ice"],
        f"{SHARED}/fit/dim_case_embd": 3,
        f"loss_dict/{name}": {},
        f"training/data_dict/{name}": VALID["training"]["data_dict"]["ice"],
    }


EPOCHS = {"training/numb_steps": DELETE, "training/model_prob": DELETE}

# code, edits of the valid input, the part of DeePMD-kit that meets the mistake, what it raises
CONSEQUENCES: list[tuple[str, dict[str, Any], Callable[[Config], None], str]] = [
    ("DPM101", {f"{ICE}/descriptor": "dse"}, expand, "dse are not in the shared_dict"),
    ("DPM102", {f"{ICE}/descriptor": "des:"}, expand, "invalid literal for int"),
    ("DPM103", {f"{ICE}/descriptor": "types"}, expand, "has no attribute 'get'"),
    ("DPM201", {f"{ICE}/descriptor": "des:1"}, share, "NotImplementedError"),
    ("DPM201", {f"{ICE}/fitting_net": "fit:1"}, share, "NotImplementedError"),
    ("DPM201", {f"{SHARED}/des": DPA1, f"{ICE}/descriptor": "des:2"}, share,
     "NotImplementedError"),
    ("DPM202", {f"{ICE}/descriptor": hybrid("des", SE_A), f"{ICE}/fitting_net": ENER,
                f"{WATER}/descriptor": hybrid("des", SE_A)}, share, "descriptor_list"),
    ("DPM204", {f"{ICE}/type_map": "types:0"}, expand, "must have only one type_map"),
    ("DPM207", {f"{ICE}/descriptor": SE_A | {"axis_neuron": 8}}, share, "cannot be multiplied"),
    ("DPM212", {f"{SHARED}/des/type": "se_t"}, expand, "Unknown descriptor type: se_t"),
    ("DPM302", {"model/model_dict/RANDOM": {}}, expand, "can not be 'RANDOM'"),
    *(("DPM304", branch_called(name), share, message) for name, message in {
        "a.b": "contain",
        "": "empty string",
        "type": "already exists",
        "train": "already exists",
    }.items()),
    ("DPM306", {f"{ICE}/model_branch_alias": ["H2O"]}, load_aliases, "Alias H2O"),
    ("DPM307", {f"{ICE}/model_branch_alias": ["ice"]}, load_aliases, "Alias ice"),
    ("DPM307", {f"{ICE}/model_branch_alias": ["water"]}, load_aliases, "Alias water"),
    ("DPM401", {f"{ICE}/fitting_net": {"neuron": [8]}}, share, "same dimension of case embedding"),
    ("DPM402", {f"{SHARED}/fit/dim_case_embd": 1}, share, "index 1 is out of bounds"),
    ("DPM501", {"loss_dict/ice": DELETE}, look_up_branches, "ice"),
    ("DPM501", {"training/data_dict/ice": DELETE}, look_up_branches, "ice"),
    ("DPM409", {f"{SHARED}/des/axis_neuron": 17}, share, "is invalid for input of size"),
    ("DPM409", {f"{SHARED}/des": {**DPA1, "axis_neuron": 17}}, share, "is invalid for input"),
    ("DPM409", {f"{SHARED}/des": hybrid({**SE_A, "axis_neuron": 17})}, share, "is invalid for"),
    *(
        ("DPM409", {f"{SHARED}/des": {**SMALL_DPA2, part: {**SMALL_DPA2[part], **wrong}}}, share,
         "is invalid for input")
        for part, wrong in (
            ("repinit", {"axis_neuron": 9}),
            ("repformer", {"axis_neuron": 9, "g2_dim": 8}),
            ("repformer", {"axis_neuron": 9, "g1_dim": 8}),
        )
    ),
    *(
        ("DPM409", {f"{SHARED}/des": {"type": "dpa3", "repflow": {
            **REPFLOW, "axis_neuron": 9, **wrong}}}, share,
         "is invalid for input")
        for wrong in ({"n_dim": 8}, {"e_dim": 8, "n_dim": 16})
    ),
    ("DPM503", {"training/model_prob/ice": DELETE}, schedule, "must specify all tasks"),
    ("DPM503", {**EPOCHS, "training/num_epoch_dict": {"ice": 1}}, schedule, "specify all tasks"),
    ("DPM504", {"training/model_prob/ice": -1}, schedule, "must be non-negative"),
    ("DPM504", {"training/model_prob/ice": float("inf")}, schedule, "must be finite"),
    ("DPM504", {"training/model_prob/ice": "half"}, schedule, "could not convert"),
    ("DPM504", {"training/model_prob": {"ice": 0, "water": 0}}, schedule, "larger than 0"),
    ("DPM507", {**EPOCHS, "training/num_epoch_dict": {"ice": 0, "water": 1}}, schedule, "positive"),
    ("DPM508", {"training/num_epoch_dict": {"ice": 1, "water": 1}}, check_arguments, "exclusive"),
    ("DPM509", {"training/numb_steps": DELETE}, check_arguments, "requires either"),
    ("DPM510", {"training/num_epochs": 4}, check_arguments, "only supported in single-task"),
    ("DPM512", {"loss": {}}, check_arguments, "undefined key `loss`"),
    ("DPM514", {"learning_rate_dict": {}}, check_arguments, "undefined key"),
    ("DPM516", {f"{ICE}/lora": {"rank": 4}}, check_arguments, "lora"),
    ("DPM518", {"validating/full_validation": True}, check_arguments, "not supported"),
    ("DPM519", {"training/data_dict/water/stat_file": "s", "training/data_dict/ice/stat_file":
                "./s"}, open_statistics, "distinct statistics-cache path"),
]


@pytest.mark.parametrize(
    ("code", "edits", "consequence", "message"),
    CONSEQUENCES,
    ids=[f"{code}-{'-'.join(edits)}" for code, edits, _, _ in CONSEQUENCES],
)
def test_deepmd_kit_fails_on_what_a_rule_calls_an_error(
    code: str, edits: dict[str, Any], consequence: Callable[[Config], None], message: str
) -> None:
    found = [each for each in check(Case(code, edits).input) if each.code == code]
    assert {each.severity for each in found} == {"error"}
    # of any kind: bare assertions, KeyErrors and torch's own errors are among them
    with pytest.raises(Exception) as caught:  # noqa: PT011
        consequence(Case(code, edits).input)
    assert message in repr(caught.value)


@pytest.mark.parametrize(
    "consequence",
    sorted({each[2] for each in CONSEQUENCES}, key=lambda each: each.__name__),
    ids=lambda each: each.__name__,
)
def test_deepmd_kit_takes_the_valid_input(consequence: Callable[[Config], None]) -> None:
    consequence(Case("", {}).input)
