# SPDX-License-Identifier: LGPL-3.0-or-later
"""The labels and parameters that a branch reads from its data.

Read off the losses of DeePMD-kit 3.2.0 (``label_requirement``) and off
``get_additional_data_requirement`` of its trainer, and tried in training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dp_multitask.checks.rules.components import components_of
from dp_multitask.checks.rules.losses import counting_terms
from dp_multitask.checks.rules.networks import LOSSES
from dp_multitask.checks.rules.types import canonical_type, default_fitting, leaves_spin_out
from dp_multitask.checks.rules.view import Branch, InputView, as_dict, number, type_of


class Label(NamedTuple):
    """An array that training looks for in each ``set.*``.

    Attributes
    ----------
    name : str
        The file is ``<name>.npy``; ``atomic_`` instead of ``atom_`` will do.
    width : int or None
        Numbers per frame, or per frame and atom; None if it is not told here.
    atomic : bool
        Whether there is one for each atom.
    needed : bool
        Whether training stops where it is missing; else it counts nothing there.
    why : str
        What asks for it.
    periodic : bool
        Whether it means something for periodic systems alone.
    """

    name: str
    width: int | None
    atomic: bool = False
    needed: bool = False
    why: str = ""
    periodic: bool = False


class Needs(NamedTuple):
    """What a branch reads; of `statistics` training needs one in one system at least."""

    labels: list[Label]
    statistics: frozenset[str] = frozenset()


_ENERGY = (
    (("e",), Label("energy", 1)),
    (("f", "pf", "gf", "fr", "relative"), Label("force", 3, atomic=True)),
    (("fm",), Label("force_mag", 3, atomic=True)),
    (("v",), Label("virial", 9, periodic=True)),
    (("ae",), Label("atom_ener", 1, atomic=True)),
    # three a atom: its reader of single frames does not repeat them as that of TensorFlow does
    (("pf",), Label("atom_pref", 3, atomic=True, needed=True)),
    (("gf",), Label("drdq", None, atomic=True)),
    (("h",), Label("hessian", None)),
)
_TENSORS = {"dipole": ("dipole", 3), "polar": ("polarizability", 9)}
_STATISTICS = {
    "energy": {"energy", "atom_energy"},
    "dos": {"dos", "atom_dos"},
    "dipole": {"dipole", "atom_dipole"},
    "polarizability": {"polarizability", "atom_polarizability"},
}


def needs_of(view: InputView, branch: Branch, loss: Mapping[Any, Any] | None) -> Needs:
    """Tell what a branch reads from its data; no loss asks for no labels."""
    fitting = as_dict(view.item(branch, "fitting_net"))
    labels = list(_parameters(view, branch, fitting))
    found = list(_labels(branch, fitting, loss)) if loss is not None else []
    if view.backend == "tf":  # which repeats prefactors, takes any for 1, and has spins as atoms
        labels = [each for each in labels if each.name != "spin"]
        found = [
            each._replace(needed=False) if each.name == "atom_pref" else each for each in found
        ]
    groups = [_STATISTICS[name] for name in _STATISTICS if _asked_for(name, found)]
    # what the loss does not ask for is not loaded
    loaded = frozenset(each.name for each in found)
    return Needs(labels + found, loaded & groups[0] if groups else frozenset())


def _asked_for(name: str, labels: list[Label]) -> bool:
    return any(each.name in _STATISTICS[name] for each in labels)


def _labels(branch: Branch, fitting: Mapping[Any, Any], loss: Mapping[Any, Any]) -> Iterator[Label]:
    kind = type_of(loss, "ener") or ""
    fitted = canonical_type("fitting_net", fitting, default_fitting(branch))
    if kind not in LOSSES.get(fitted or "", {kind}):
        return  # a loss of another kind, which is another's finding
    if kind in ("ener", "ener_hess", "ener_spin"):
        terms = counting_terms(loss)
        terms |= {"relative"} if loss.get("relative_f") is not None else set()
        for asking, label in _ENERGY:
            if terms.intersection(asking):
                width = label.width
                if label.name == "drdq":
                    width = 3 * (_whole(loss.get("numb_generalized_coord", 0)) or 0) or None
                yield label._replace(width=width, why="the loss")
    elif kind == "dos":
        width = _whole(fitting.get("numb_dos", 300))
        terms = counting_terms(loss)
        if terms & {"ados", "acdf"}:
            yield Label("atom_dos", width, atomic=True, why="the loss")
        if terms & {"dos", "cdf"}:
            yield Label("dos", width, why="the loss")
    elif kind == "tensor" and fitted in _TENSORS:
        name, width = _TENSORS[fitted]
        if number(loss.get("pref_atomic")):
            yield Label(f"atom_{name}", width, atomic=True, why="the loss")
        if number(loss.get("pref")):
            yield Label(name, width, why="the loss")
    elif kind == "property" and isinstance(fitting.get("property_name"), str):
        width = _whole(fitting.get("task_dim", 1))
        name = _loaded_as(fitting["property_name"])
        yield Label(name, width, needed=True, why="the loss")
    elif kind == "population":
        yield Label("atom_population", None, atomic=True, needed=True, why="the loss")


def _parameters(view: InputView, branch: Branch, fitting: Mapping[Any, Any]) -> Iterator[Label]:
    members = [as_dict(each.get("fitting_net")) for each in _members(branch)]
    nets = [fitting, *members]  # a sum of models takes the parameters of the one with the most
    width = max(_whole(each.get("numb_fparam", 0)) or 0 for each in nets)
    if width > 0:
        needed = bool(members) or fitting.get("default_fparam") is None
        yield Label("fparam", width, needed=needed, why="numb_fparam")
    width = max(_whole(each.get("numb_aparam", 0)) or 0 for each in nets)
    if width > 0:
        yield Label("aparam", width, atomic=True, needed=True, why="numb_aparam")
    spin = branch.params.get("spin")
    if isinstance(spin, dict) and not leaves_spin_out(branch):
        needed = spin.get("allow_missing_label") is not True
        yield Label("spin", 3, atomic=True, needed=needed, why="the section spin")
    descriptors = [params for _, params in components_of(view, branch, "descriptor")]
    if any(each.get("add_chg_spin_ebd") is True for each in descriptors):
        given = any(each.get("default_chg_spin") is not None for each in descriptors)
        yield Label("charge_spin", 2, needed=not given, why="add_chg_spin_ebd")


def _members(branch: Branch) -> list[dict[Any, Any]]:
    members = branch.params.get("models")
    return [as_dict(each) for each in members] if isinstance(members, list) else []


def _loaded_as(name: str) -> str:
    return f"atom_{name[7:]}" if name.startswith("atomic_") else name


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
