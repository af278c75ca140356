# SPDX-License-Identifier: LGPL-3.0-or-later
"""Changes that users make to an input, drawn at random: values, lengths, keys and places.

What may stand where is read off the schema table, so that a change is mostly one that could be
right: an option that the type has, with a value that it might take.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from differential.rewrites import REWRITES
from dp_multitask.checks.schema.extract import MULTITASK, SINGLE_TASK
from dp_multitask.checks.schema.findings import is_multitask
from dp_multitask.checks.schema.multitask_model import check_model
from dp_multitask.checks.schema.table import Body, SchemaField, SchemaTable, load_table
from dp_multitask.checks.schema.value_types import split_union
from dp_multitask.checks.schema.walk import Walk
from dp_multitask.errors import format_path

Place = tuple[Any, ...]

WORDS: dict[str, tuple[Any, ...]] = {
    "activation_function": ("tanh", "relu", "gelu", "gelu_tf", "silu", "linear", "none", "Tanh",
                            "tahn", "custom_silu:3.0", "silut:3.0", "sigmoid", "softplus"),
    "precision": ("default", "float32", "float64", "double", "float16", "flaot32", "bfloat16"),
    "batch_size": ("auto", "auto:4", "max:8", "filter:4", "filter:1", "autox", "auto:x", "mixed:2",
                   1, 2, [1, 1], [1], [1, 1, 1], 0, 100),
    "auto_prob": ("prob_uniform", "prob_sys_size", "prob_sys_size;0:1:0.5;1:2:0.5",
                  "prob_sys_size;0:3:1.0", "prob_size", "prob_sys_size;0:1"),
    "sys_probs": ([0.5, 0.5], [1.0], [0.4, 0.4], [0, 0], [1, -1], [1.0, 0.0, 0.0], None),
    "loss_func": ("mse", "mae", "smooth_mae", "rmse", "huber", "l2"),
    "metric": (["mae"], ["rmse"], ["mse"], [], ["mea"]),
    "sel": (6, [3, 4], [3], [3, 4, 5], [3, -1], [0, 0], [], 0, -2, "auto", "auto:1.2", "auot",
            [3.0, 4.0], [7]),
    "nsel": (6, 0, -1, [6], [3, 3], "auto", 5.0),
    "rcut": (4.0, 6, 0.5, 0.2, 0, -1.0),
    "rcut_smth": (0.5, 0.0, 4.0, 5.0, -0.5, 3.9),
    "neuron": ([4, 8], [4], [], [0], [8, 4], [4, -1], [4, 8.0], [3, 5, 7], 8),
    "axis_neuron": (4, 8, 9, 1, 0, -1, 16),
    "type_map": (["O", "H"], ["H", "O"], ["O", "H", "C"], ["O"], ["O", "O"], [],
                 ["O", "X"], ["O", 1], "types"),
    "exclude_types": ([], [[0, 1]], [[0, 2]], [[0]], [0], [[0, -1]], [0, 1], [1]),
    "pair_exclude_types": ([], [[0, 1]], [[0, 2]], [[0]], [0], [[1, 0], [1, 1]]),
    "atom_exclude_types": ([], [0], [2], [-1], [[0]], [0, 1], ["O"]),
    "use_spin": ([True, False], [True], [True, False, True], [False, False], ["O"], ["Fe"], [0],
                 [1, 0], [2], [], [True, "O"]),
    "virtual_scale": ([0.3], 0.3, [0.3, 0.2], [0.3, 0.0], [], 0, -0.3, "0.3"),
    "atom_ener": ([], [-1.0, -2.0], [-1.0], [None, -2.0], [-1.0, -2.0, -3.0], [0, 0]),
    "preset_out_bias": ({"energy": [None, 1.0]}, {"energy": [1.0]}, {"energy": [1.0, 2.0, 3.0]},
                        {"enregy": [1.0, 2.0]}, {}, {"energy": {"O": 1.0}}),
    "default_fparam": ([0.5], [0.5, 0.5], [], None, [None]),
    "trainable": (True, False, [True, True, True], [True, False], [False] * 3, [], [True] * 4),
    "layer_name": (["a", "b", "c"], ["a", None, "c"], ["a"], [None] * 3, ["a", "a", "b"], None),
    "sel_type": ([0], [0, 1], [2], [], None, 0, [-1]),
    "numb_fparam": (0, 1, 2, -1), "numb_aparam": (0, 1, 2, -1), "dim_case_embd": (0, 1, 2, 3, -1),
    "weights": ("mean", "sum", [0.5, 0.5], [1.0], "max", [0.2, 0.3, 0.5]),
    "start_lr": (1e-3, 1e-8, 0, -1e-3, 1), "stop_lr": (1e-5, 1e-3, 1e-2, 0, 1e-8),
    "decay_steps": (1, 2, 5000, 0, -1), "decay_rate": (0.9, 1.0, 1.5, 0.0),
    "warmup_steps": (0, 1, 2, 5), "warmup_ratio": (0.1, 0.5, 1.0, 1.5),
    "numb_steps": (1, 2, 10, 1000000, 0, -1), "disp_freq": (1, 2, 100, 0),
    "save_freq": (1, 2, 1000, 0), "max_ckpt_keep": (1, 5, 0),
    "model_prob": ({"water": 0.5, "ice": 0.5}, {"water": 1.0}, {"water": 1, "ice": 0}, {}),
    "finetune_head": ("water", "ice", "RANDOM", "nothing", ""),
    "stat_file": ("stat", "stat.hdf5", "no/such/stat"),
    "systems": ([], "", ["no/such/system"]),
    "type": ("ener", "se_e2_a", "se_a", "dpa1", "se_atten", "property", "exp", "cosine", "wsd",
             "standard", "Adam", "AdamW", "LKF", "HybridMuon", "dos", "polar", "dipole", "tensor",
             "ener_spin", "spin_ener", "linear_ener", "hybrid", "loc_frame", "se_a_tpe", "dpa3"),
}  # fmt: skip
"""Values for keys whose meaning a type does not tell."""

INTEGERS = (0, 1, 2, 3, 5, 8, -1)
NUMBERS = (0.0, 0.5, 1.0, 2, -1.0, 1e-3)
OF_NO_USE = (None, "", "x", -1, 0, 1.5, True, False, [], {}, [1], ["a"], {"a": 1})


class Sections(Walk):
    """A walk that remembers which body stands where."""

    def __init__(self, table: SchemaTable) -> None:
        super().__init__(table)
        self.bodies: dict[Place, Body] = {}

    def mapping(self, name: str, data: Any, path: Place, **options: Any) -> None:
        names, _ = self.choose(name, data, path, {})
        self.bodies[path] = self.table.merged(names)
        super().mapping(name, data, path, **options)


def sections(config: Any) -> dict[Place, Body]:
    """Give every mapping of an input whose keys the table knows, by its place."""
    walk = Sections(load_table())
    if is_multitask(config):
        check_model(walk, config["model"])
        rest = {key: value for key, value in config.items() if key != "model"}
        walk.mapping(MULTITASK, rest, ())
    else:
        walk.mapping(SINGLE_TASK, config, ())
    return walk.bodies


class Mutation(NamedTuple):
    """What was changed, in words."""

    config: Any
    changes: tuple[str, ...]


def mutated(config: Any, rng: random.Random) -> Mutation:
    """Give a copy of an input with one change, sometimes two or three."""
    result = copy.deepcopy(config)
    changes: list[str] = []
    wanted = rng.choice((1, 1, 1, 1, 2, 3))
    while len(changes) < wanted:
        change = rng.choice(CHANGES)(result, rng)
        if change:
            changes.append(change)
    return Mutation(result, tuple(changes))


def _at(config: Any, place: Place) -> Any:
    for part in place:
        config = config[part]
    return config


def _section(config: Any, rng: random.Random) -> tuple[Place, dict[str, Any], Body]:
    """Choose a section: its place, what stands there, what may stand there."""
    found = [item for item in sections(config).items() if isinstance(_at(config, item[0]), dict)]
    place, body = rng.choice(found)
    return place, _at(config, place), body


def _values(config: Any, place: Place = ()) -> Iterator[Place]:
    items: Any = ()
    if isinstance(config, dict):
        items = config.items()
    elif isinstance(config, list):
        items = enumerate(config)
    for key, value in items:
        yield (*place, key)
        yield from _values(value, (*place, key))


def change_value(config: Any, rng: random.Random) -> str:
    """Give a key that is there another value, mostly one that it might take."""
    place, section, body = _section(config, rng)
    keys = [key for key in section if key in body.fields or key in WORDS]
    if not keys:
        return ""
    key = rng.choice(keys)
    section[key] = value = _value(key, body.fields.get(key), section[key], rng)
    return f"{format_path((*place, key))} = {value!r}"


def add_key(config: Any, rng: random.Random) -> str:
    """Add a key that the section may have."""
    place, section, body = _section(config, rng)
    fields = [each for each in body.fields.values() if each.name not in section]
    if not fields:
        return ""
    field = rng.choice(fields)
    key = rng.choice((field.name, field.name, field.name, *field.alias))
    section[key] = value = _value(field.name, field, None, rng)
    return f"{format_path((*place, key))} added: {value!r}"


def remove_key(config: Any, rng: random.Random) -> str:
    place, section, _ = _section(config, rng)
    if not section:
        return ""
    key = rng.choice(list(section))
    del section[key]
    return f"{format_path((*place, key))} removed"


def misspell_key(config: Any, rng: random.Random) -> str:
    place, section, _ = _section(config, rng)
    key = rng.choice(list(section) or [""])
    if len(key) < 3:
        return ""
    at = rng.randrange(1, len(key) - 1)
    wrong = rng.choice((key[:at] + key[at + 1 :], key + "s", key.upper(), f"_{key}"))
    section[wrong] = section.pop(key)
    return f"{format_path((*place, key))} spelt {wrong!r}"


def move_key(config: Any, rng: random.Random) -> str:
    """Write a key in another section, moved or copied."""
    place, section, _ = _section(config, rng)
    other, target, _ = _section(config, rng)
    if place == other or not section:
        return ""
    key = rng.choice(list(section))
    if (*place, key) == other[: len(place) + 1]:
        return ""  # into itself
    value = section[key]
    if rng.random() < 0.7:
        del section[key]
    target[key] = copy.deepcopy(value)
    return f"{format_path((*place, key))} written in {format_path(other) or 'the top level'}"


def change_length(config: Any, rng: random.Random) -> str:
    places = [each for each in _values(config) if isinstance(_at(config, each), list)]
    if not places:
        return ""
    place = rng.choice(places)
    items = _at(config, place)
    kind = rng.choice(("shorter", "longer", "empty", "reversed", "first twice", "odd item"))
    if kind == "shorter":
        del items[-1:]
    elif kind == "longer":
        items.extend(copy.deepcopy(items[-1:]) or [1])
    elif kind == "empty":
        items.clear()
    elif kind == "reversed":
        items.reverse()
    elif kind == "first twice":
        items[:] = [items[0], *items] if items else []
    elif items:
        items[rng.randrange(len(items))] = rng.choice(OF_NO_USE)
    return f"{format_path(place)} {kind}: {items!r}"


def change_reference(config: Any, rng: random.Random) -> str:
    """Name another shared entry, or share at another level."""
    model = config.get("model")
    if not isinstance(model, dict) or not isinstance(model.get("shared_dict"), dict):
        return ""
    shared = model["shared_dict"]
    places = [
        each
        for each in _values(model.get("model_dict"))
        if isinstance(_at(model["model_dict"], each), str)
        and str(_at(model["model_dict"], each)).partition(":")[0] in shared
    ]
    if not places:
        return ""
    place = rng.choice(places)
    name = str(_at(model["model_dict"], place)).partition(":")[0]
    new = rng.choice((f"{name}:1", f"{name}:0", f"{name}:2", f"{name}:", f"{name}x", *shared))
    if rng.random() < 0.2:
        new = copy.deepcopy(shared[name])
    _at(model["model_dict"], place[:-1])[place[-1]] = new
    return f"{format_path(('model', 'model_dict', *place))} = {new!r}"


CHANGES: tuple[Callable[[Any, random.Random], str], ...] = (
    *(change_value,) * 5,
    *(add_key,) * 5,
    *(change_length,) * 2,
    remove_key,
    misspell_key,
    move_key,
    change_reference,
    *REWRITES,
)


def _value(key: str, field: SchemaField | None, present: Any, rng: random.Random) -> Any:
    if rng.random() < 0.05:
        return rng.choice(OF_NO_USE)
    if key in WORDS and rng.random() < 0.8:
        return copy.deepcopy(rng.choice(WORDS[key]))
    if field is not None and present is None and field.has_default and rng.random() < 0.2:
        return copy.deepcopy(field.default)
    if field is None or field.body is not None:
        return rng.choice(OF_NO_USE) if present is None else copy.deepcopy(present)
    return _typed(rng.choice(split_union(field.type)), present, rng)


def _typed(part: str, present: Any, rng: random.Random) -> Any:
    if part == "bool":
        return not present if isinstance(present, bool) else rng.random() < 0.5
    if part == "int":
        return rng.choice(INTEGERS)
    if part == "float":
        return rng.choice(NUMBERS)
    if part == "str":
        return rng.choice(("none", "auto", "x", "mse", "default"))
    if part == "null":
        return None
    if part.startswith("list"):
        inner = part[5:-1] or "int"
        members = split_union(inner)
        return [_typed(rng.choice(members), None, rng) for _ in range(rng.randrange(4))]
    return {}
