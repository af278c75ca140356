# SPDX-License-Identifier: LGPL-3.0-or-later
"""Random training inputs, made from a schema table: right ones, and right ones with a mistake.

`inputs` draws a seed and builds the input with it, because a whole input takes thousands of
choices, more than hypothesis can record. `mutated` changes one place in an input.
"""

from __future__ import annotations

import copy
import random
from typing import Any

from hypothesis import strategies as st

from dp_multitask.checks.schema.extract import MULTITASK, SINGLE_TASK
from dp_multitask.checks.schema.table import SchemaField, SchemaTable
from dp_multitask.checks.schema.training_values import demand
from dp_multitask.checks.schema.value_types import item_type, split_union

BRANCHES = ("water_1", "MPtraj_v026_01-mix-Utype", "b")
WORDS = ("a", "tanh", "auto", "float32", "", "auto:1.1", "ZBL", "größe")
INTEGERS = (0, 1, 2, 8, 120)
NUMBERS = (0.0, 0.5, 1e-3, 6.0, 3)
ODD_VALUES = (
    None, True, False, -1, 0, 1, 1.5, -0.5, "x", "", [], {}, [1, "a"], [None], {"type": "x"}, [[1]],
)  # fmt: skip


def inputs(table: SchemaTable, root: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw whole inputs of one kind, without references, that the schema accepts."""
    return st.integers(0, 2**48).map(lambda seed: _Maker(table, random.Random(seed)).make(root))


def mutated(table: SchemaTable, root: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw whole inputs with one random change, which often is a mistake."""

    def make(seed: int) -> dict[str, Any]:
        rng = random.Random(seed)
        config = _Maker(table, rng).make(root)
        for _ in range(rng.choice((1, 1, 1, 2))):
            mutate(config, rng)
        return config

    return st.integers(0, 2**48).map(make)


def share(config: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Write a multitask input the way people do: parts in ``shared_dict``, named by reference."""
    result = copy.deepcopy(config)
    model = result["model"]
    branches = model["model_dict"]
    shared: dict[str, Any] = {"my_types": ["O", "H"], "_comment": "shared parts"}
    for name, branch in branches.items():
        branch["type_map"] = "my_types"
        for key in ("descriptor", "fitting_net"):
            if isinstance(branch.get(key), dict) and rng.random() < 0.7:
                shared[f"{key} of {name}"] = branch[key]
                branch[key] = f"{key} of {name}" + rng.choice(("", ":0"))
    model["shared_dict"] = shared
    return result


class _Maker:
    """Builds values along a table."""

    def __init__(self, table: SchemaTable, rng: random.Random) -> None:
        self.table = table
        self.rng = rng
        self.depth = 0

    def make(self, root: str) -> dict[str, Any]:
        config = self.body(root, rate=0.8)
        self._fit_schedule(config.get("learning_rate"))
        training = config["training"]
        self._fit_length(training, root)
        if root == MULTITASK:
            for section in training["data_dict"].values():
                self._fit_statistics(section)
            for branch in config["model"]["model_dict"].values():
                branch.pop("lora", None)
        else:
            self._fit_statistics(training)
        if self.rng.random() < 0.9:
            validating = config.get("validating", {})
            validating.pop("full_validation", None)
            validating.pop("ema_full_validation", None)
        return config

    def body(self, name: str, rate: float | None = None) -> dict[str, Any]:
        """Make a mapping that follows a body."""
        self.depth += 1
        result: dict[str, Any] = {}
        names = [name]
        for each in names:
            for variant in self.table.body(each).variants:
                tag, body = self.rng.choice(self._choices(variant.bodies))
                if tag != variant.default or self.rng.random() < 0.5:
                    others = [other for other, meant in variant.alias.items() if meant == tag]
                    result[variant.flag] = self.rng.choice([tag, tag, *others])
                if body is not None:
                    names.append(body)
        probability = rate or self.rng.choice((0.05, 0.2, 0.5))
        for each in names:
            for field in self.table.body(each).fields.values():
                if not field.optional or self.rng.random() < probability:
                    key = self.rng.choice([field.name, field.name, *field.alias])
                    result[key] = self.value(field)
        if self.rng.random() < 0.2:
            result["_comment"] = self.rng.choice(("why", ["a", {"b": 1}]))
        if self.rng.random() < 0.02 and result:
            result["$schema"] = "schema.json"
        self.depth -= 1
        return result

    def _choices(self, bodies: Any) -> list[tuple[str, str | None]]:
        """Give the choices of a variant; the ones that hold whole models only near the root."""
        deep = ("linear_ener", "pairwise_dprc", "hybrid")
        return [item for item in bodies.items() if self.depth < 4 or item[0] not in deep]

    def value(self, field: SchemaField) -> Any:
        if field.body is not None and "null" in field.type and self.rng.random() < 0.2:
            return None
        if field.body is not None and not field.repeat:
            return self.body(field.body)
        if field.body is not None:
            if field.name.endswith("_dict"):
                return {name: self.body(field.body) for name in BRANCHES}
            return [self.body(field.body) for _ in range(self.rng.choice((1, 2)))]
        constraint = self.table.constraint(field) or demand(field)
        schema = {} if constraint is None else constraint.json_schema
        if "enum" in schema or "pattern" in schema:
            choice = self.rng.choice(constraint.choices)
            return choice.upper() if "pattern" in schema else choice
        for _ in range(100):
            part = self.rng.choice(split_union(field.type))
            value = self.typed(part)
            if "maxItems" in schema and isinstance(value, list):
                member = item_type(part) if "[" in part else "bool"
                value = [self.typed(member) for _ in range(schema["maxItems"])]
                if "minimum" in schema:
                    value = [int(each) for each in value]
            if constraint is None or constraint.allows(value):
                return value
        if schema and not constraint.choices:
            return schema.get("minimum") or schema.get("exclusiveMinimum") or 1
        return self.rng.choice(constraint.choices)

    def typed(self, part: str) -> Any:
        """Make a value of a type that is no union."""
        if part == "bool":
            return self.rng.random() < 0.5
        if part == "int":
            return self.rng.choice(INTEGERS)
        if part == "float":
            return self.rng.choice(NUMBERS)
        if part == "str":
            return self.rng.choice(WORDS)
        if part == "null":
            return None
        if part == "list":
            return self.rng.choice(([], [1, "a"], [[0, 1]], [2, 4]))
        if part == "dict":
            return self.rng.choice(({}, {"x": 1}, {"x": {"y": []}, "_z": 1}))
        members = split_union(item_type(part))
        values = [self.typed(self.rng.choice(members)) for _ in range(self.rng.choice((0, 1, 3)))]
        return values if part.startswith("list") else {f"k{i}": v for i, v in enumerate(values)}

    def _fit_schedule(self, schedule: Any) -> None:
        """Undo combinations that the schedule's relations forbid."""
        if schedule is None:
            return
        for key in ("stop_lr", "warmup_ratio", "decay_steps", "decay_rate", "decay_phase_ratio"):
            schedule.pop(key, None)
        if schedule.get("type") == "wsd":
            schedule["start_lr"] = 0.5
            for key in ("stop_lr_ratio", "decay_type"):
                schedule.pop(key, None)

    def _fit_length(self, training: dict[str, Any], root: str) -> None:
        lengths = ("numb_steps", "stop_batch", "num_step", "num_steps", "numb_step",
                   "numb_epoch", "num_epochs", "num_epoch", "numb_epochs",
                   "num_epoch_dict", "model_prob", "enable_ema")  # fmt: skip
        for key in lengths:
            training.pop(key, None)
        if root == MULTITASK and "num_epoch_dict" in self.table.body("multitask/training").fields:
            choices = [{"num_epoch_dict": {"b": 1}}, {"stop_batch": 3, "model_prob": {"b": 1.0}}]
            training.update(self.rng.choice(choices))
        elif root == MULTITASK or self.rng.random() < 0.5:
            training["numb_steps"] = 100
        elif "numb_epoch" in self.table.body("training").fields:
            training["num_epoch"] = 1.5
        else:
            training["stop_batch"] = 5

    def _fit_statistics(self, section: dict[str, Any]) -> None:
        if section.get("stat_file_mode") == "read":
            section["stat_file"] = "stat.h5"


def mutate(config: dict[str, Any], rng: random.Random) -> None:
    """Change one place of an input."""
    places = list(_places(config))
    holder, key = rng.choice(places)
    odd = copy.deepcopy(rng.choice(ODD_VALUES))
    if isinstance(odd, str) and (isinstance(holder[key], dict) or key == "type_map"):
        odd = 1  # a string would be a reference, and whether it is right is not for the schema
    if isinstance(holder, list):
        holder[key] = odd
        return
    action = rng.choice(("remove", "misspell", "replace", "replace", "replace", "add", "double"))
    if action == "remove":
        del holder[key]
    elif action == "misspell":
        holder[_misspelt(key, rng)] = holder.pop(key)
    elif action == "replace":
        holder[key] = odd
    elif action == "add":
        holder[rng.choice(("unknown", "neuron", "type", "stop_batch", "lora"))] = 1
    else:
        holder[f"n_{key}"] = copy.deepcopy(holder[key])


def _places(node: Any) -> Any:
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(pairs):
        yield node, key
        if isinstance(value, (dict, list)):
            yield from _places(value)


def _misspelt(name: str, rng: random.Random) -> str:
    if len(name) < 2:
        return name + "x"
    index = rng.randrange(len(name) - 1)
    swapped = name[:index] + name[index + 1] + name[index] + name[index + 2 :]
    return rng.choice((swapped, name + "s", name[:index] + name[index + 1 :], name.upper()))


ROOTS = (SINGLE_TASK, MULTITASK)
