# SPDX-License-Identifier: LGPL-3.0-or-later
"""Larger changes, as users make them when they put inputs together from others.

Branches are renamed, dropped or given each other's parts; a whole loss, optimizer, schedule,
descriptor or way to count steps is another one; values are spelt as another kind of value.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

from differential import parts
from dp_multitask.errors import format_path

_NUMBERS = (10**20, 2**31, 2**63, 1e30, -(2**31), 1e-300, 0, -0.0)


def _branches(config: Any) -> dict[str, Any]:
    model = config.get("model")
    found = model.get("model_dict") if isinstance(model, dict) else None
    return found if isinstance(found, dict) else {}


def _models(config: Any) -> Iterator[dict[str, Any]]:
    """Give the mappings that describe a model: of the input, or of its branches."""
    for each in _branches(config).values() or [config.get("model")]:
        if isinstance(each, dict):
            yield each


def _by_branch(config: Any) -> list[tuple[str, dict[str, Any]]]:
    """Give the mappings whose keys are names of branches, each with its place."""
    training = config.get("training")
    training = training if isinstance(training, dict) else {}
    found = (
        ("model/model_dict", _branches(config)),
        ("loss_dict", config.get("loss_dict")),
        *((f"training/{key}", training.get(key)) for key in ("data_dict", "model_prob")),
    )
    return [(place, each) for place, each in found if isinstance(each, dict) and each]


def _training(config: Any) -> dict[str, Any]:
    training = config.get("training")
    return training if isinstance(training, dict) else {}


def exchange_parts(config: Any, rng: random.Random) -> str:
    """Give two branches each other's part: a descriptor, a fitting, the loss, the data."""
    found = [each for each in _by_branch(config) if len(each[1]) > 1]
    if not found:
        return ""
    place, mapping = rng.choice(found)
    one, other = rng.sample(list(mapping), 2)
    pair = (mapping[one], mapping[other])
    if rng.random() < 0.7 and all(isinstance(each, dict) and each for each in pair):
        key = rng.choice(list(pair[0]))
        new = [copy.deepcopy(each.get(key)) for each in pair]
        for part, value in zip(pair, reversed(new), strict=True):
            part.pop(key, None)
            if value is not None:
                part[key] = value
        return f"{place}: {key} of {one!r} and {other!r} exchanged"
    mapping[one], mapping[other] = mapping[other], mapping[one]
    return f"{place}: {one!r} and {other!r} exchanged"


def rename_branch(config: Any, rng: random.Random) -> str:
    """Call a branch otherwise, mostly wherever it is named."""
    names = list(_branches(config))
    if not names:
        return ""
    old, new = rng.choice(names), rng.choice(parts.NAMES)
    places = _by_branch(config)
    if rng.random() < 0.3:
        places = rng.sample(places, rng.randrange(1, len(places) + 1))
    for _, mapping in places:
        renamed = {new if key == old else key: value for key, value in mapping.items()}
        mapping.clear()
        mapping.update(renamed)
    return f"branch {old!r} called {new[:20]!r} in {', '.join(place for place, _ in places)}"


def drop_or_add_branch(config: Any, rng: random.Random) -> str:
    """Drop a branch, or write one more, in some places or in all."""
    names = list(_branches(config))
    if not names:
        return ""
    name, places = rng.choice(names), _by_branch(config)
    if rng.random() < 0.5:
        places = rng.sample(places, rng.randrange(1, len(places) + 1))
    drop = rng.random() < 0.5
    for _, mapping in places:
        if drop:
            mapping.pop(name, None)
        elif name in mapping:
            mapping["added"] = copy.deepcopy(mapping[name])
    done = f"{name!r} dropped" if drop else f"'added' like {name!r}"
    return f"branch {done} in {', '.join(place for place, _ in places)}"


def share_otherwise(config: Any, rng: random.Random) -> str:
    """Write a shared entry in the branch itself, or share what a branch has of its own."""
    branches, model = _branches(config), config.get("model")
    if not branches or not isinstance(model.get("shared_dict"), dict):
        return ""
    shared, branch = model["shared_dict"], rng.choice(list(branches.values()))
    if not isinstance(branch, dict):
        return ""
    key = rng.choice(("type_map", "descriptor", "fitting_net"))
    part = branch.get(key)
    if isinstance(part, str):
        name = part.partition(":")[0]
        branch[key] = copy.deepcopy(shared.get(name, part))
        return f"{key} {part!r} written out"
    if part is None:
        return ""
    shared["new"] = copy.deepcopy(part)
    level = rng.choice(("", ":0", ":1", ":2", ":3"))
    users = rng.sample(list(branches.values()), rng.randrange(1, len(branches) + 1))
    for each in [branch, *users]:
        if isinstance(each, dict):
            each[key] = f"new{level}"
    return f"{key} shared as 'new{level}' by {len(users)}"


def other_part(config: Any, rng: random.Random) -> str:
    """Give a model another descriptor, fitting or spin, whether or not the rest fits."""
    models = list(_models(config))
    if not models:
        return ""
    model = rng.choice(models)
    key, values = rng.choice(
        (("descriptor", parts.DESCRIPTORS), ("fitting_net", parts.FITTINGS), ("spin", parts.SPINS))
    )
    model[key] = value = copy.deepcopy(rng.choice(values))
    if key == "fitting_net" and rng.random() < 0.8:
        value |= {"neuron": [6, 6]}
    if key == "fitting_net" and rng.random() < 0.6 and isinstance(config.get("loss"), dict):
        config["loss"] = {"type": {"polar": "tensor", "dipole": "tensor"}.get(
            value["type"], value["type"])}  # fmt: skip
    return f"{key} = {value!r}"


def other_loss(config: Any, rng: random.Random) -> str:
    loss = copy.deepcopy(rng.choice(parts.LOSSES))
    losses = config.get("loss_dict")
    if isinstance(losses, dict) and losses:
        name = rng.choice(list(losses))
        losses[name] = loss
        return f"loss_dict/{name} = {loss!r}"
    config["loss"] = loss
    return f"loss = {loss!r}"


def other_optimizer_or_schedule(config: Any, rng: random.Random) -> str:
    key, values = rng.choice((("optimizer", parts.OPTIMIZERS), ("learning_rate", parts.SCHEDULES)))
    config[key] = copy.deepcopy(rng.choice(values))
    return f"{key} = {config[key]!r}"


def other_training(config: Any, rng: random.Random) -> str:
    """Count steps, write files or validate in another way; None removes a key."""
    training = _training(config)
    if rng.random() < 0.15:
        config["validating"] = copy.deepcopy(rng.choice(parts.VALIDATING))
        return f"validating = {config['validating']!r}"
    entries = rng.choice((parts.STEPS, parts.OUTPUTS))
    entry = copy.deepcopy(rng.choice(entries))
    into = [training]
    if set(entry) <= {"stat_file", "stat_file_mode"}:
        into = [each for each in _data_sections(training) if isinstance(each, dict)] or into
    target = rng.choice(into)
    for key, value in entry.items():
        if value is None:
            target.pop(key, None)
        else:
            target[key] = value
    return f"training: {entry!r}"


def _data_sections(training: dict[str, Any]) -> list[Any]:
    branches = training.get("data_dict")
    return list(branches.values()) if isinstance(branches, dict) else []


def other_weights(config: Any, rng: random.Random) -> str:
    """Weigh the branches otherwise."""
    names = list(_branches(config))
    if not names:
        return ""
    weights: Any = {name: rng.choice((0, 0.5, 1, 1, 2, -1, "1", None, True)) for name in names}
    if rng.random() < 0.3:
        weights.pop(rng.choice(names))
    if rng.random() < 0.1:
        weights = list(weights.values())
    _training(config)["model_prob"] = weights
    return f"model_prob = {weights!r}"


def move_among_data(config: Any, rng: random.Random) -> str:
    """Write a key of training among the data of a branch, or the other way round."""
    training = _training(config)
    sections = [training]
    for each in [training, *_data_sections(training)]:
        if isinstance(each, dict):
            sections += [each, each.get("training_data"), each.get("validation_data")]
    found = [each for each in sections if isinstance(each, dict) and each]
    if len(found) < 2:
        return ""
    one, other = rng.sample(found, 2)
    key = rng.choice(list(one))
    value = one.pop(key)
    other[key] = copy.deepcopy(value)
    return f"{key} of one section of the data written in another"


def respell_value(config: Any, rng: random.Random) -> str:
    """Spell a value as another kind: a number as text, one value as a list, a huge number."""
    places = list(_scalars_and_lists(config))
    if not places:
        return ""
    path, parent, key = rng.choice(places)
    old = parent[key]
    parent[key] = new = rng.choice(list(_spellings(old)))
    return f"{format_path(path)} = {new!r}, was {old!r}"


def _scalars_and_lists(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Any, Any]]:
    items: Any = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        if not isinstance(value, dict):
            yield (*path, key), data, key
        if isinstance(value, dict | list):
            yield from _scalars_and_lists(value, (*path, key))


def _spellings(value: Any) -> Iterator[Any]:
    yield [copy.deepcopy(value)]
    yield None
    if isinstance(value, bool):
        yield from (int(value), str(value), not value)
    elif isinstance(value, int | float):
        yield from (str(value), float(value), bool(value), -value, *_NUMBERS, f" {value}")
        if value == int(value):
            yield int(value)
        yield from (value + 1, value * 2)
    elif isinstance(value, str):
        yield from (value.upper(), f" {value}", f"{value} ", "", True, {value: value})
    elif isinstance(value, list):
        yield from (
            value * 2,
            {str(i): each for i, each in enumerate(value)},
            ",".join(map(str, value)),
        )
        yield from value[:1]
        if all(isinstance(each, int | float) for each in value):
            yield [float(each) for each in value]
            yield [str(each) for each in value]


REWRITES: tuple[Callable[[Any, random.Random], str], ...] = (
    exchange_parts,
    rename_branch,
    drop_or_add_branch,
    share_otherwise,
    *(other_part,) * 3,
    *(other_loss,) * 2,
    *(other_optimizer_or_schedule,) * 2,
    *(other_training,) * 3,
    other_weights,
    move_among_data,
    *(respell_value,) * 4,
)
"""Changes, each of the input in place; each gives what it did in words, or nothing."""
