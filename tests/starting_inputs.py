# SPDX-License-Identifier: LGPL-3.0-or-later
"""Inputs that start from a trained model, each with what is to be said of it.

`tests/unit` holds the check against them; `tests/interop` holds DeePMD-kit against the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

Change = Callable[[dict[str, Any]], None]


class Case(NamedTuple):
    """A change of the input that was trained, how it is started, and the codes expected."""

    name: str
    descriptor: str
    change: Change
    options: dict[str, Any]
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    counted: bool = False
    """Whether the neighbours in the data are counted before, which decides on some `sel`."""

    def of(self, trained: dict[str, Any]) -> dict[str, Any]:
        """Give the changed input; no part of it is the same object as another."""
        data: dict[str, Any] = json.loads(json.dumps(trained))
        self.change(data)
        return data


def put(*path: Any, **values: Any) -> Change:
    """Give a change that sets keys of the mapping at a path."""

    def change(data: dict[str, Any]) -> None:
        here: Any = data
        for part in path:
            here = here[part]
        here.update(deepcopy(values))

    return change


def both(*changes: Change) -> Change:
    """Give the changes one after the other."""

    def change(data: dict[str, Any]) -> None:
        for each in changes:
            each(data)

    return change


def _sections_by_branch(data: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    training = data["training"]
    return (
        data["model"]["model_dict"],
        data["loss_dict"],
        training["data_dict"],
        training["model_prob"],
    )


def renamed(old: str, new: str) -> Change:
    """Give a change that calls a branch something else, everywhere."""

    def change(data: dict[str, Any]) -> None:
        for owner in _sections_by_branch(data):
            owner[new] = owner.pop(old)

    return change


def added(name: str, **params: Any) -> Change:
    """Give a change that adds a branch like the first one, everywhere."""

    def change(data: dict[str, Any]) -> None:
        for owner in _sections_by_branch(data):
            owner[name] = deepcopy(next(iter(owner.values())))
        model = data["model"]["model_dict"][name]
        model.pop("model_branch_alias", None)
        model.update(params)

    return change


def without(*path: Any) -> Change:
    """Give a change that removes a key."""

    def change(data: dict[str, Any]) -> None:
        here: Any = data
        for part in path[:-1]:
            here = here[part]
        del here[path[-1]]

    return change


def summed(number: int) -> Change:
    """Give a change from a single model to the mean of several like it."""

    def change(data: dict[str, Any]) -> None:
        member = data["model"]
        types = member["type_map"]
        data["model"] = {"type": "linear_ener", "weights": "mean", "type_map": types}
        data["model"]["models"] = [deepcopy(member) for _ in range(number)]

    return change


def alone(name: str) -> Change:
    """Give a change to the single-task input of a branch."""

    def change(data: dict[str, Any]) -> None:
        model, shared = data["model"]["model_dict"][name], data["model"]["shared_dict"]
        model = {
            key: deepcopy(shared[value.partition(":")[0]]) if isinstance(value, str) else value
            for key, value in model.items()
            if key != "model_branch_alias"
        }
        data["model"] = model
        data["loss"] = data.pop("loss_dict")[name]
        data["training"] |= data["training"].pop("data_dict")[name]
        del data["training"]["model_prob"]

    return change


DES = ("model", "shared_dict", "des")
WATER = ("model", "model_dict", "water")
FIT = (*WATER, "fitting_net")
TYPES = put("model", "shared_dict", type_map_all=["H", "O", "B"])
MORE = put("model", "shared_dict", type_map_all=["O", "H", "B", "C"])
FEWER = put("model", "shared_dict", type_map_all=["O", "H"])
HEAD = put(*WATER, finetune_head="ice")
FT: dict[str, Any] = {"mode": "finetune"}
INIT: dict[str, Any] = {"mode": "init-model"}
RESTART: dict[str, Any] = {"mode": "restart"}
NOTHING = put()
SCRIPT = {"use_pretrain_script": True}
PROPERTY = both(
    put(*WATER, fitting_net={"type": "property", "property_name": "energy", "neuron": [6, 6]}),
    put("loss_dict", water={"type": "property", "loss_func": "mse", "metric": ["mae"]}),
)

CASES = [
    Case("the same input", "se_atten", NOTHING, FT),
    Case("the same input, started anew", "se_atten", NOTHING, INIT),
    Case("the same input, continued", "se_atten", NOTHING, RESTART),
    Case("another head", "se_atten", HEAD, FT),
    Case("a head by its alias", "se_atten", put(*WATER, finetune_head="solid"), FT),
    Case("a head that is not there", "se_atten", put(*WATER, finetune_head="icee"), FT,
         ("DPM802",)),
    Case("a fresh head", "se_atten", put(*WATER, finetune_head="RANDOM"), FT),
    Case("a new branch", "se_atten", renamed("water", "steam"), FT),
    Case("a new branch, started anew", "se_atten", renamed("water", "steam"), INIT, ("DPM803",)),
    Case("more neighbours", "se_atten", put(*DES, sel=20), FT, ("DPM801",)),
    Case("more neighbours, continued", "se_atten", put(*DES, sel=20), RESTART, ("DPM801",)),
    Case("wider embedding", "se_atten", put(*DES, neuron=[4, 12]), FT, ("DPM801",)),
    Case("more attention", "se_atten", put(*DES, attn_layer=2), FT, ("DPM801",)),
    Case("less attention", "se_atten", put(*DES, attn_layer=0), FT, ()),
    Case("another cutoff", "se_atten", put(*DES, rcut=3.5), FT, (), ("DPM806",)),
    Case("another fitting net", "se_atten", put(*FIT, neuron=[7, 7]), FT, ("DPM801",)),
    Case(
        "another fitting net, fresh",
        "se_atten",
        both(put(*FIT, neuron=[7, 7]), put(*WATER, finetune_head="RANDOM")),
        FT,
    ),
    Case("a case embedding", "dpa3", put("model", "shared_dict", "fit", dim_case_embd=3), FT,
         ("DPM801",)),
    Case("frame parameters by default", "se_atten", put(*FIT, default_fparam=[0.5]), FT,
         ("DPM801",)),
    Case("frame parameters by default, started anew", "se_atten",
         put(*FIT, default_fparam=[0.5]), INIT, ("DPM801",)),
    Case("frame parameters by default, fresh", "se_atten",
         both(put(*FIT, default_fparam=[0.5]), put(*WATER, finetune_head="RANDOM")), FT),
    Case("fewer edges", "dpa3", put(*DES, "repflow", e_sel=10), FT, ("DPM801",)),
    Case("fewer angles", "dpa3", put(*DES, "repflow", a_sel=6), FT),
    Case("other elements", "se_atten", TYPES, FT),
    Case("one more element", "se_atten", MORE, FT),
    Case("other elements, started anew", "se_atten", TYPES, INIT, (), ("DPM804",)),
    Case("fewer elements, started anew", "se_atten", FEWER, INIT, ("DPM801",)),
    Case("other elements by pairs", "se_e2_a", TYPES, FT, ("DPM805",)),
    Case("the same input by pairs", "se_e2_a", NOTHING, FT),
    Case("more neighbours by pairs", "se_e2_a", put(*DES, sel=[6, 8, 4]), FT, ("DPM801",)),
    Case("wider axis", "se_e2_a", put(*DES, axis_neuron=3), FT, ("DPM801",)),
    Case("one branch", "se_atten", alone("water"), {**FT, "branch": "ice"}),
    Case("one branch by alias", "se_atten", alone("water"), {**FT, "branch": "solid"}),
    Case("one branch, no head", "se_atten", alone("water"), FT),
    Case("one branch, wrong head", "se_atten", alone("water"), {**FT, "branch": "stone"},
         ("DPM802",)),
    Case("a head on the command line", "se_atten", NOTHING, {**FT, "branch": "ice"}, ("DPM807",)),
    Case("taken over", "se_atten", both(put(*DES, sel=20), HEAD),
         {**FT, "use_pretrain_script": True}),
    Case("left open", "se_atten",
         both(put("model", "shared_dict", des={}),
              put(*WATER, fitting_net={}, finetune_head="ice")),
         {**FT, "use_pretrain_script": True}),
    Case("left out", "se_atten",
         both(put("model", "shared_dict", des={"trainable": False}),
              without(*WATER, "fitting_net")), {**FT, **SCRIPT}),
    Case("nonsense that is replaced", "se_atten", put(*DES, sel="many", neuron=[]),
         {**FT, **SCRIPT}),
    Case("taken over, continued", "se_atten", put(*DES, sel=20), {**RESTART, **SCRIPT},
         ("DPM801",)),
    Case("taken over, started anew", "se_atten", put(*DES, sel=20), {**INIT, **SCRIPT}),
    Case("less attention, started anew", "se_atten", put(*DES, attn_layer=0), INIT, ("DPM801",)),
    Case("no time steps", "se_atten", put(*FIT, resnet_dt=False), FT, (), ("DPM806",)),
    Case("no time steps, continued", "se_atten", put(*FIT, resnet_dt=False), RESTART,
         ("DPM801",)),
    Case("a property from an energy", "se_atten", PROPERTY, FT, (), ("DPM806",)),
    Case("two properties from an energy", "se_atten",
         both(PROPERTY, put(*FIT, task_dim=2)), FT, ("DPM801",)),
    Case("a list of neighbours", "se_atten", put(*DES, sel=[6, 6]), FT, ("DPM801",), (), True),
    Case("a list that begins with the number", "se_atten", put(*DES, sel=[12, 6]), FT,
         counted=True),
    Case("a third branch of two cases", "dpa3", added("gas"), FT),
    Case("a third branch of two cases, with a head", "dpa3", added("gas", finetune_head="ice"),
         FT),
    Case("one branch of two cases", "dpa3", alone("water"), {**FT, "branch": "water"}),
    Case("a random fitting net of three cases", "dpa3",
         both(added("gas"), put("model", "shared_dict", "fit", dim_case_embd=3)),
         {**FT, **SCRIPT}, ("DPM801",)),
    Case("a sum from one model", "se_atten", both(alone("water"), summed(2)),
         {**FT, "branch": "ice"}),
    Case("a sum of three from one model", "se_atten", both(alone("water"), summed(3)),
         {**FT, "branch": "ice"}, ("DPM801",)),
    Case("a sum from one model, random", "se_atten", both(alone("water"), summed(2)), FT),
    Case("other elements of dpa4", "dpa4", TYPES, FT, ("DPM805",)),
    Case("the same input of dpa4, continued", "dpa4", NOTHING, RESTART),
]  # fmt: skip
