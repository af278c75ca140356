# SPDX-License-Identifier: LGPL-3.0-or-later
"""The section `spin` of a model, and what a model with spin can share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.components import type_map_of
from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.types import (
    canonical_type,
    default_fitting,
    has_virtual_spin,
    is_dpa4,
    leaves_spin_out,
)
from dp_multitask.checks.rules.view import Branch, InputView, as_dict, type_of
from dp_multitask.errors import TreePath
from dp_multitask.text.plain_data import count_of


@rule("DPM430", "error", *EVERY)
def use_spin_does_not_fit(view: InputView) -> Iterator[Finding]:
    """`use_spin` does not fit the type map.

    `use_spin` says which elements have a spin: with true or false for each element of the type
    map, with the places of the magnetic ones, or with their names. DeePMD-kit stops when it builds
    the model, or with an `IndexError` at its first evaluation.

    Write a value for each element, or name the magnetic ones.
    """
    for _, names, path, spin in _spins(view):
        used = spin.get("use_spin")
        if isinstance(used, list) and used:
            yield from _use_spin_problems(used, names, (*path, "use_spin"))


def _use_spin_problems(used: list[Any], names: list[Any], path: TreePath) -> Iterator[Finding]:
    if isinstance(used[0], bool):
        if len(used) != len(names):
            msg = f"use_spin has {len(used)} values, but the type map {len(names)} elements"
            yield Finding(path, msg, f"write true or false for each of {', '.join(names[:6])}")
        return
    for index, each in enumerate(used):
        if isinstance(each, str) and each not in names:
            msg = f"use_spin names {each!r}, which is no element of the type map"
            yield Finding((*path, index), msg, f"its elements: {', '.join(names[:8])}")
        elif isinstance(each, int) and not -len(names) <= each < len(names):
            msg = f"use_spin names type {each}, but the type map has {len(names)} elements"
            yield Finding((*path, index), msg, f"write a number from 0 to {len(names) - 1}")


@rule("DPM431", "error", *EVERY)
def virtual_scale_does_not_fit(view: InputView) -> Iterator[Finding]:
    """`virtual_scale` does not fit the magnetic elements.

    The virtual atom of a magnetic element stands at this distance for each unit of spin. It is one
    number with a decimal point, or a list with a number for each element of the type map or for
    each magnetic one. DeePMD-kit stops when it builds the model. Only the scheme `native` of a
    `dpa4` needs none.

    Write one number, or one for each element.
    """
    if view.backend == "tf":
        return  # has `virtual_len` instead
    for branch in view.parts:
        names, spin = type_map_of(view, branch), branch.params.get("spin")
        if not names or not isinstance(spin, dict) or not has_virtual_spin(branch):
            continue
        place = branch.place("spin")
        scale, used = spin.get("virtual_scale"), spin.get("use_spin")
        if isinstance(used, list) and not all(isinstance(each, int | str) for each in used):
            continue  # what the schema reports
        fitting = (len(names), _magnetic(used, names))
        if "virtual_scale" not in spin:
            yield _no_virtual_scale(spin, place)
        elif "use_spin" in spin and isinstance(scale, list) and len(scale) not in fitting:
            counted = count_of(len(scale), "number")
            msg = f"virtual_scale has {counted} for {len(names)} elements"
            hint = "write one number, one for each element, or one for each magnetic element"
            yield Finding((*place, "virtual_scale"), msg, hint)
        elif type(scale) is int:
            msg = f"virtual_scale is the whole number {scale}"
            yield Finding((*place, "virtual_scale"), msg, f"write {scale}.0")


def _no_virtual_scale(spin: dict[Any, Any], place: TreePath) -> Finding:
    """Say what is missing: the TensorFlow backend has the two numbers of its quotient."""
    lengths, norms = spin.get("virtual_len"), spin.get("spin_norm")
    here = (*place, "virtual_scale")
    if lengths is None and norms is None:
        return Finding(here, "'spin' has no 'virtual_scale'", "add it, such as 0.3")
    msg = "'spin' has 'virtual_len' and 'spin_norm' of backend 'tf' in place of 'virtual_scale'"
    hint = "write 'virtual_scale': virtual_len / spin_norm"
    try:
        pairs = zip(lengths or (), norms or (), strict=True)
        numbers = ", ".join(f"{length / norm:.4g}" for length, norm in pairs)
    except (ArithmeticError, TypeError, ValueError):
        numbers = ""
    hint += f", which is [{numbers}]" if numbers else ""
    return Finding(here, msg, hint, covers=((*place, "virtual_len"), (*place, "spin_norm")))


def _magnetic(used: Any, names: list[Any]) -> int | None:
    """Count the magnetic elements."""
    if not isinstance(used, list) or not used:
        return None
    if isinstance(used[0], bool):
        return sum(each is True for each in used)
    return len({each % len(names) if isinstance(each, int) else each for each in used})


@rule("DPM432", "error")
def spin_and_plain_share_descriptor(view: InputView) -> Iterator[Finding]:
    """A branch with spin and one without share a `se_e2_a`.

    The virtual atoms of a model with `spin` are types of their own, and DeePMD-kit doubles the
    `sel` of a `se_e2_a` for them. It has twice the nets then, and arrays twice as long: it cannot
    be the same object as that of a branch without spin. DeePMD-kit links them and fails at the
    first step.

    Give the branches descriptors of their own, or share one without a net for each type, such as
    `dpa1`.
    """
    for key, links in view.links.items():
        entry = view.shared[key]
        kind = canonical_type("descriptor", entry, "se_e2_a")
        if links[0].reference.item_key != "descriptor" or kind != "se_e2_a":
            continue  # a hybrid cannot be that of a model with spin
        if any(not isinstance(link.branch.params.get("spin", {}), dict) for link in links):
            continue  # whether it has a spin is not known, which the schema reports
        spins = [has_virtual_spin(link.branch) for link in links]
        if any(spins) and not all(spins):
            plain = links[spins.index(False)]
            spin = links[spins.index(True)]
            msg = (
                f"branch {plain.branch.name!r} has no spin and cannot share the {kind} {key!r} "
                f"with {spin.branch.name!r}, whose spin doubles its types and sizes"
            )
            yield Finding(plain.reference.path, msg, "give one of them a descriptor of its own")


@rule("DPM433", "error", *EVERY)
def unknown_spin_scheme(view: InputView) -> Iterator[Finding]:
    """There is no such spin scheme.

    A `dpa4` takes spins in as virtual atoms (`deepspin`) or directly (`native`). DeePMD-kit stops
    when it builds the model; other models do not read the key.

    Write one of the two.
    """
    for branch, _, path, spin in _spins(view):
        scheme = spin.get("scheme", "deepspin")
        known = not isinstance(scheme, str) or scheme.lower() in ("native", "deepspin")
        if not known and is_dpa4(branch.params):
            msg = f"there is no spin scheme {scheme!r}"
            yield Finding((*path, "scheme"), msg, "write 'deepspin' or 'native'")


@rule("DPM434", "error", *EVERY)
def descriptor_without_spin(view: InputView) -> Iterator[Finding]:
    """The descriptor cannot be that of a model with spin.

    DeePMD-kit adds the virtual atoms of `spin` to the descriptor's settings, which a `hybrid` does
    not take: building the model ends in a `TypeError`.

    Use one descriptor.
    """
    for branch, _, path, _ in _spins(view):
        descriptor = as_dict(view.item(branch, "descriptor"))
        if descriptor.get("type") == "hybrid" and has_virtual_spin(branch):
            yield Finding(path, "a model with spin cannot have a hybrid descriptor",
                          "use a single descriptor", "key")


@rule("DPM435", "error", *EVERY)
def missing_spin_labels(view: InputView) -> Iterator[Finding]:
    """`allow_missing_label` is for `dpa4`.

    Data without spins can be trained on together with magnetic ones by a `dpa4` alone: DeePMD-kit
    refuses it for a model with virtual atoms.

    Remove it, or use a `dpa4`.
    """
    if view.backend != "pt":
        return
    for branch, _, path, spin in _spins(view):
        if spin.get("allow_missing_label") is True and not is_dpa4(branch.params):
            msg = "'allow_missing_label' is for dpa4 models"
            yield Finding((*path, "allow_missing_label"), msg, "remove it, or use a dpa4")


@rule("DPM436", "error", *EVERY)
def fitting_without_spin(view: InputView) -> Iterator[Finding]:
    """A model with spin does not predict energies.

    A model with virtual atoms adds up the energies of all atoms, the virtual ones included. With a
    fitting net for anything else DeePMD-kit starts and stops at the first statistics or the first
    batch, which has twice as many atoms as the data.

    Use a fitting net for energies, or remove `spin`.
    """
    for branch, _, path, _ in _spins(view):
        fitting = fitting_beside_spin(view, branch)
        if fitting is not None:
            msg = f"a model with spin predicts energies, but the fitting net is {fitting!r}"
            yield Finding(path, msg, "use the fitting net 'ener', or remove 'spin'", "key")


def fitting_beside_spin(view: InputView, branch: Branch) -> str | None:
    """Name the fitting net of a model with spin if it has no energies."""
    params = as_dict(view.item(branch, "fitting_net"))
    fitting = canonical_type("fitting_net", params, default_fitting(branch))
    plain = type_of(branch.params, "standard") == "standard"
    special = fitting not in (None, "ener", "dpa4_ener")
    spin = has_virtual_spin(branch) and view.backend != "tf"
    return fitting if spin and plain and special else None


def _spins(view: InputView) -> Iterator[tuple[Branch, list[Any], TreePath, dict[Any, Any]]]:
    """Iterate over the spin sections of models that have a type map, and do not pass them over."""
    for branch in view.parts:
        names, spin = type_map_of(view, branch), as_dict(branch.params.get("spin"))
        if leaves_spin_out(branch):
            continue
        if names and spin and all(isinstance(name, str) for name in names):
            yield branch, names, branch.place("spin"), spin
