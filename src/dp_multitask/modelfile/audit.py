# SPDX-License-Identifier: LGPL-3.0-or-later
"""Compare the sharing that a training input declares with what a model's arrays show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from dp_multitask.components.sharing.coverage import find_component, kind_of, why_apart
from dp_multitask.components.sharing.walk import (
    Linked,
    LinkedVariable,
    find_linked,
    linked_variables,
)
from dp_multitask.config.links import SharedLinks
from dp_multitask.config.model_section import branches_of
from dp_multitask.config.training_input import resolve_input
from dp_multitask.errors import TreePath, format_path
from dp_multitask.modelfile.payload import branch_names
from dp_multitask.modelfile.places import hdf5_name
from dp_multitask.modelfile.trained_model import unlike_input
from dp_multitask.modelfile.tree import iter_variables
from dp_multitask.modelfile.values import as_value, equal_bits
from dp_multitask.records import NamedTuple

Declared = Literal["shared", "sometimes", "own"]
Found = Literal["one", "equal", "different", "missing"]


class VariableAudit(NamedTuple):
    """One variable of a component that a link shares.

    Attributes
    ----------
    name : str
        Its path below the component.
    cover : {"shared", "sometimes", "own"}
        What the share level says of it: one variable, one or two depending on how the training
        job was started, or each branch its own.
    found : {"one", "equal", "different", "missing"}
        What the arrays show: stored once, stored twice with equal bits, different, or in one of
        the branches only.
    why : str or None
        Why DeePMD-kit does not share it although the whole component is declared shared.
    """

    name: str
    cover: Declared
    found: Found
    why: str | None

    @property
    def is_broken(self) -> bool:
        """Whether it is declared shared, and is not."""
        return self.cover == "shared" and self.found in ("different", "missing")


class LinkAudit(NamedTuple):
    """One link of the input: a branch that takes a shared entry from the base branch."""

    key: str
    kind: str
    shared_type: str
    branch: str
    base: str
    level: int
    variables: tuple[VariableAudit, ...]

    def count(self, cover: Declared, *found: Found) -> int:
        """Count the variables of this cover (and of these findings)."""
        return sum(
            each.cover == cover and (not found or each.found in found) for each in self.variables
        )


class Audit(NamedTuple):
    """What came out.

    Attributes
    ----------
    links : list of LinkAudit
        Every link of the input but those to a base itself.
    problems : list of str
        Branches, components, classes, sizes and settings that the input and the model do not
        have alike, and variables that the model stores once although the input does not share
        them.
    """

    links: list[LinkAudit]
    problems: list[str]

    @property
    def is_as_declared(self) -> bool:
        """Whether everything that the input declares shared is so, and nothing else."""
        broken = any(each.is_broken for link in self.links for each in link.variables)
        return not broken and not self.problems


def audit_sharing(tree: Mapping[str, Any], config: Mapping[str, Any]) -> Audit:
    """Audit a model against a training input.

    Parameters
    ----------
    tree : mapping
        A multitask payload from `load_model`, in which shared variables are the same object.
    config : mapping
        The multitask input, references and all.

    Raises
    ------
    ConfigError
        The input cannot be resolved.
    SharingError
        A link has a share level that its class does not have.
    """
    resolved = resolve_input(config)
    links = resolved["shared_links"]
    declared = branches_of(resolved["model"])
    names = branch_names(tree)
    models = tree["model"]["model_dict"] if names else {}
    problems = [
        f"the input has the branch {name!r}, the model does not"
        for name in declared
        if name not in names
    ]
    problems += [
        f"the model has the branch {name!r}, the input does not"
        for name in names
        if name not in declared
    ]
    audits = []
    for key, entry in links.items():
        held = []
        for link in entry["links"]:
            if link["model_key"] not in names:
                continue
            linked = find_linked(link, models, lambda _, __, held: _variables(held))
            if linked is None:
                problems.append(f"the branch {link['model_key']!r} has no {link['shared_type']}")
            else:
                held.append(linked)
        audits += [_audit_link(key, entry["type"], held[0], linked) for linked in held[1:]]
    problems += _undeclared(tree, links)
    problems += [
        f"{format_path(each.path)}: {each.message}" for each in unlike_input(tree, config)
    ]
    return Audit(audits, problems)


def _audit_link(key: str, kind: str, base: Linked, linked: Linked) -> LinkAudit:
    audited = []
    for each in linked_variables(base, linked):
        name, cover = hdf5_name(each.path), each.cover or "own"
        why = None
        if cover != "shared":
            sort = kind_of(linked.shared_type)
            why = why_apart(linked.tree, sort, linked.level, name)
        audited.append(VariableAudit(name, cover, _compare(each), why))
    found = (linked.shared_type, linked.branch, base.branch, linked.level)
    return LinkAudit(key, kind, *found, tuple(audited))


def _variables(component: Mapping[str, Any]) -> dict[TreePath, Any]:
    return dict(iter_variables(component))


def _compare(variable: LinkedVariable) -> Found:
    ours, theirs, path = variable.ours, variable.theirs, variable.path
    if ours is None or theirs is None:
        return "missing"
    if ours is theirs:
        return "one"
    return "equal" if equal_bits(as_value(ours, path), as_value(theirs, path)) else "different"


def _undeclared(tree: Mapping[str, Any], links: SharedLinks) -> Iterator[str]:
    """Name pairs of branches whose components are stored once without a link between them."""
    declared = {
        (kind_of(link["shared_type"]), link["model_key"]): key
        for key, entry in links.items()
        for link in entry["links"]
    }
    for sort in ("descriptor", "fitting_net"):
        owner: dict[int, str] = {}
        told = set()
        for branch in branch_names(tree):
            found = find_component(tree["model"]["model_dict"][branch], sort)
            for leaf in _variables(found[1]).values() if found is not None else ():
                if not hasattr(leaf, "shape") or not leaf.shape:
                    continue  # numbers may be one object by chance
                other = owner.setdefault(id(leaf), branch)
                pair = (other, branch)
                key = declared.get((sort, other))
                linked = key is not None and key == declared.get((sort, branch))
                if other != branch and pair not in told and not linked:
                    told.add(pair)
                    yield (
                        f"{other!r} and {branch!r} store variables of their {sort} once, "
                        "but the input does not share it between them"
                    )
