# SPDX-License-Identifier: LGPL-3.0-or-later
"""Lists that have one item for each type, layer or parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.checks.rules.components import components_of, type_map_of, written_components
from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.types import (
    canonical_type,
    counts_by_type,
    default_fitting,
    has_virtual_spin,
    integer,
    types_in_descriptor,
)
from dp_multitask.checks.rules.view import Branch, InputView, as_dict
from dp_multitask.errors import TreePath
from dp_multitask.text.plain_data import count_of

_OUTPUTS = {
    "ener": "energy",
    "dpa4_ener": "energy",
    "direct_force": "energy",
    "dos": "dos",
    "dipole": "dipole",
    "polar": "polar",
    "population": "population",
}


@rule("DPM420", "error", *EVERY)
def sel_shorter_than_type_map(view: InputView) -> Iterator[Finding]:
    """`sel` has fewer numbers than the type map has elements.

    `se_e2_a`, `se_e2_r` and `se_e3` have a net for each element and need the number of neighbours
    of each. DeePMD-kit looks for the missing number when it evaluates the model: an `IndexError`.
    With spins there are as many numbers again, which `auto` does not count.

    Write one number for each element, in the order of the type map.
    """
    for path, sel, names, expected in _sel_and_types(view):
        if isinstance(sel, str) and expected > len(names):
            msg = f"{sel!r} counts the neighbours of each element, and none of their spins"
            hint = f"write a number for each of {_some(names)}, and again for their spins"
            yield Finding((*path, "sel"), msg, hint)
        elif isinstance(sel, list) and 0 < len(sel) < expected:
            yield _sel_finding(path, sel, names, expected)


@rule("DPM421", "warning", *EVERY)
def sel_longer_than_type_map(view: InputView) -> Iterator[Finding]:
    """`sel` has more numbers than the type map has elements.

    The numbers beyond the last element make the arrays larger and are never used, and the others
    may be those of another type map.

    Write one number for each element, in the order of the type map.
    """
    for path, sel, names, expected in _sel_and_types(view):
        if isinstance(sel, list) and len(sel) > expected:
            yield _sel_finding(path, sel, names, expected)


@rule("DPM422", "error", *EVERY)
def default_fparam_of_other_length(view: InputView) -> Iterator[Finding]:
    """`default_fparam` does not have `numb_fparam` numbers.

    Data without `fparam.npy` get these frame parameters, so there must be as many as the fitting
    net has inputs for; DeePMD-kit asserts it when it builds the net.

    Write `numb_fparam` numbers.
    """
    for path, fitting in written_components(view, "fitting_net"):
        given, needed = fitting.get("default_fparam"), integer(fitting.get("numb_fparam", 0))
        if isinstance(given, list) and needed is not None and needed > 0 and len(given) != needed:
            has = count_of(len(given), "number")
            msg = f"default_fparam has {has}, but numb_fparam is {needed}"
            yield Finding((*path, "default_fparam"), msg, f"write {needed}, or change numb_fparam")


@rule("DPM423", "error", *EVERY)
def preset_bias_of_other_length(view: InputView) -> Iterator[Finding]:
    """A list of `preset_out_bias` does not have a value for each type.

    The list gives the bias of each element, in the order of the type map; null leaves one to be
    computed from the data. DeePMD-kit compares the lengths when it builds the model. In a model
    with virtual atoms for `spin`, each element stands twice: the elements, then their spins.

    Write a value or null for each element.
    """
    for branch, place, biases, names in _preset_biases(view):
        expected = types_in_descriptor(branch, names)
        for output, values in biases.items():
            if isinstance(values, list) and len(values) != expected:
                msg = f"{output!r} has {count_of(len(values), 'value')}, expected {expected}"
                hint = f"write a value or null for each of {_some(names)}"
                if expected != len(names):
                    hint += ", and again for their spins"
                yield Finding((*place, output), msg, hint, "key")
            elif isinstance(values, list) and output == "energy":
                for index, value in enumerate(values):
                    if isinstance(value, list) and len(value) != 1:
                        msg = f"the bias of an energy is one number, found {len(value)}"
                        yield Finding((*place, output, index), msg, "write one number")


@rule("DPM424", "warning", *EVERY)
def preset_bias_without_output(view: InputView) -> Iterator[Finding]:
    """`preset_out_bias` names an output that the model does not have.

    The keys of `preset_out_bias` are what the model predicts: `energy`, `dos`, `dipole`, `polar`
    or the name of the property. DeePMD-kit ignores any other without a word.

    Correct the name.
    """
    for branch, place, biases, _ in _preset_biases(view):
        fitting = as_dict(view.item(branch, "fitting_net"))
        kind = canonical_type("fitting_net", fitting, default_fitting(branch)) or ""
        output = fitting.get("property_name") if kind == "property" else _OUTPUTS.get(kind)
        for key in biases:
            if isinstance(output, str) and key != output and not str(key).startswith("_"):
                msg = f"the model has no output {key!r}, so the bias has no effect"
                yield Finding((*place, key), msg, f"its output is {output!r}", "key")


@rule("DPM425", "error", *EVERY)
def trainable_too_short(view: InputView) -> Iterator[Finding]:
    """The list `trainable` has fewer values than the fitting net has layers.

    A fitting net has the layers of `neuron` and the last one, which gives the output. DeePMD-kit
    looks for the missing value when it builds the net: an `IndexError`.

    Write a value for each layer of `neuron` and one more, or a single value for all.
    """
    for path, fitting in written_components(view, "fitting_net"):
        given, layers = fitting.get("trainable"), _layers(fitting)
        if isinstance(given, list) and layers is not None and len(given) < layers:
            msg = f"trainable has {count_of(len(given), 'value')}, but the net {layers} layers"
            yield Finding((*path, "trainable"), msg, f"write {layers} values, or one for all")


@rule("DPM426", "warning", *EVERY)
def list_of_other_length(view: InputView) -> Iterator[Finding]:
    """A list of the fitting net has another length than what it is about.

    `atom_ener` has a value for each element of the type map, `layer_name` and `trainable` one for
    each layer of `neuron` and one for the last. PyTorch ignores what is too much or too little,
    TensorFlow stops.

    Write as many values as there are elements or layers.
    """
    for branch in view.parts:
        names = type_map_of(view, branch)
        for path, fitting in components_of(view, branch, "fitting_net"):
            layers = _layers(fitting)
            for key, number, of_what in (
                ("atom_ener", None if names is None else len(names), "element"),
                ("layer_name", layers, "layer"),
                ("trainable", layers, "layer"),
            ):
                given = fitting.get(key)
                if not isinstance(given, list) or not given or number is None:
                    continue
                if len(given) > number or (len(given) < number and key != "trainable"):
                    msg = f"{key} has {count_of(len(given), 'value')} for {number} {of_what}s"
                    yield Finding((*path, key), msg, f"write one for each {of_what}")


@rule("DPM427", "error", *EVERY)
def excluded_pair_of_other_length(view: InputView) -> Iterator[Finding]:
    """An excluded pair does not have two types.

    `pair_exclude_types` and a descriptor's `exclude_types` are lists of pairs of types, counted
    from zero in the type map. DeePMD-kit asserts that each item has two.

    Write pairs, such as `[[0, 1]]`.
    """
    for _, place, pairs in _excluded_pairs(view):
        if pairs and not any(isinstance(pair, list) for pair in pairs):
            msg = f"found {pairs!r:.40}, expected a list of pairs of types"
            yield Finding(place, msg, "write a list of pairs, such as [[0, 1]]")
            continue
        for index, pair in enumerate(pairs):
            if not isinstance(pair, list) or len(pair) != 2:
                msg = f"found {pair!r:.40}, expected a pair of types"
                yield Finding((*place, index), msg, "write two types, such as [0, 1]")


@rule("DPM428", "warning", *EVERY)
def excluded_type_that_is_none(view: InputView) -> Iterator[Finding]:
    """An excluded type is none of the type map.

    Types are numbers, counted from zero in the type map. DeePMD-kit does not look a name up and
    does not miss a number that is too large: nothing is excluded. A pair of names is no pair of
    types either.

    Write the place of the element in the type map.
    """
    for names, place, pairs in _excluded_pairs(view):
        for index, pair in enumerate(pairs):
            if isinstance(pair, list) and pair and set(map(type, pair)) == {str}:
                numbers = [names.index(kind) for kind in pair if kind in names]
                hint = f"write {numbers}" if len(numbers) == len(pair) else "write their places"
                yield Finding((*place, index), f"types are numbers, found {pair!r:.60}", hint)
                continue
            for which, kind in enumerate(pair if isinstance(pair, list) else ()):
                yield from _none_of(names, kind, (*place, index, which))
    for branch in view.parts:
        names = type_map_of(view, branch) or []
        excluded = branch.params.get("atom_exclude_types")
        for index, kind in enumerate(excluded if isinstance(excluded, list) else ()):
            place = (*branch.place("atom_exclude_types"), index)
            yield from _none_of(names, kind, place)


@rule("DPM429", "error", *EVERY)
def polar_scale_of_other_length(view: InputView) -> Iterator[Finding]:
    """`scale` is not what a `polar` fitting net can use.

    It is one number with a decimal point, or a list with a number for each element of the type
    map. DeePMD-kit asserts the length and refuses a whole number.

    Write `1.0`, or one number for each element.
    """
    for branch in view.parts:
        names = type_map_of(view, branch)
        for path, fitting in components_of(view, branch, "fitting_net"):
            given = fitting.get("scale")
            if canonical_type("fitting_net", fitting, "ener") != "polar" or names is None:
                continue
            if isinstance(given, list) and len(given) != len(names):
                has = count_of(len(given), "number")
                msg = f"scale has {has}, but the type map {len(names)} elements"
                yield Finding((*path, "scale"), msg, "write one number for each element")
            elif type(given) is int:
                msg = f"scale is the whole number {given}"
                yield Finding((*path, "scale"), msg, f"write {given}.0")


def _none_of(names: list[Any], kind: Any, place: TreePath) -> Iterator[Finding]:
    if isinstance(kind, str):
        hint = f"write {names.index(kind)}" if kind in names else "write its place in the type map"
        yield Finding(place, f"a type is a number, found {kind!r}", hint)
    elif isinstance(kind, int) and names and not 0 <= kind < len(names):
        msg = f"type {kind} is none of the {count_of(len(names), 'element')} of the type map"
        yield Finding(place, msg, f"write a number from 0 to {len(names) - 1}")


def _sel_finding(path: TreePath, sel: list[Any], names: list[Any], expected: int) -> Finding:
    has, elements = count_of(len(sel), "number"), count_of(len(names), "element")
    msg = f"'sel' has {has}, but the type map {elements}"
    hint = f"write one for each of {_some(names)}"
    if expected != len(names):
        msg += " and as many spins"
        hint += ", and again for their spins"
    return Finding((*path, "sel"), msg, hint)


def _sel_and_types(view: InputView) -> Iterator[tuple[TreePath, Any, list[Any], int]]:
    """Iterate over the descriptors with a net for each type.

    Yields the place, ``sel``, the elements, and how many numbers ``sel`` needs: those of spins too
    except in `se_e2_a`, whose ``sel`` is doubled by DeePMD-kit.
    """
    for branch in view.parts:
        names = type_map_of(view, branch)
        for path, descriptor in components_of(view, branch, "descriptor"):
            sel = descriptor.get("sel", "auto")
            kind = canonical_type("descriptor", descriptor, "se_e2_a")
            if names and counts_by_type(descriptor):
                all_types = types_in_descriptor(branch, names)
                if all_types != len(names) and path != view.item_path(branch, "descriptor"):
                    continue  # a member of a hybrid, which no model with spin can have
                yield path, sel, names, len(names) if kind == "se_e2_a" else all_types


def _preset_biases(
    view: InputView,
) -> Iterator[tuple[Branch, TreePath, Mapping[Any, Any], list[Any]]]:
    for branch in view.parts:
        biases, names = branch.params.get("preset_out_bias"), type_map_of(view, branch)
        if isinstance(biases, dict) and names:
            yield branch, branch.place("preset_out_bias"), biases, names


def _excluded_pairs(view: InputView) -> Iterator[tuple[list[Any], TreePath, list[Any]]]:
    """Iterate over the lists of excluded pairs: the type map, the place and the list."""
    for branch in view.parts:
        names = type_map_of(view, branch) or []
        places = [(branch.place("pair_exclude_types"), branch.params.get("pair_exclude_types"))]
        replaced = view.backend == "pt" and has_virtual_spin(branch)
        for path, descriptor in components_of(view, branch, "descriptor"):
            if replaced and path == view.item_path(branch, "descriptor"):
                continue  # by the pairs of the model and of its virtual atoms
            places.append(((*path, "exclude_types"), descriptor.get("exclude_types")))
        for place, pairs in places:
            if isinstance(pairs, list):
                yield names, place, pairs


def _layers(fitting: Mapping[Any, Any]) -> int | None:
    """Give the number of layers of a fitting net, the last one included."""
    neuron = fitting.get("neuron", fitting.get("n_neuron"))
    if neuron is None:
        neuron = [120, 120, 120]
    return len(neuron) + 1 if isinstance(neuron, list) else None


def _some(names: list[Any]) -> str:
    shown = ", ".join(str(name) for name in names[:6])
    return shown if len(names) <= 6 else f"{shown}, ... ({len(names)} elements)"
