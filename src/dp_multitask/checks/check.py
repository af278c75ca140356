# SPDX-License-Identifier: LGPL-3.0-or-later
"""Everything that is wrong with a training input: what schema, rules and the text say of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Set
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dp_multitask.checks.ignoring import without_ignored
from dp_multitask.checks.rules import RULES, InputView, run_rules
from dp_multitask.checks.rules.data_sections import ABOUT_NUMBERS
from dp_multitask.checks.rules.rule import Rule
from dp_multitask.checks.schema.findings import walk_input
from dp_multitask.checks.schema.outdated import with_upgrades
from dp_multitask.checks.schema.places import BY_BRANCH, is_moved
from dp_multitask.component_types import BACKENDS
from dp_multitask.diagnostics import Diagnostic, Finding, Findings, Span, Underlined
from dp_multitask.errors import DocumentError, FileAccessError, TreePath, UsageError
from dp_multitask.text.marks import TEXT
from dp_multitask.text.plain_data import text_too_deep, too_deep, with_opaque_values

if TYPE_CHECKING:
    from dp_multitask.checks.against.starting_point import Mode, StartingPoint
    from dp_multitask.checks.schema.walk import Walk
    from dp_multitask.text.document import Document

TOO_DEEP = "DPM912"
OF_LATER = "DPM024"
_UNKNOWN_KEY = "DPM011"
_SHAPES = "DPM415"

# Schema findings that a rule at the same place says better: unknown, missing and misplaced keys,
# values of the wrong kind, settings that exclude each other.
_SAID_BETTER = frozenset(("DPM011", "DPM012", "DPM013", "DPM014", "DPM017", "DPM022", "DPM023"))
# Of values that are none of the kind or range that is expected, and of types that do not exist.
_BAD_VALUES = frozenset(("DPM013", "DPM014", "DPM015", "DPM021"))
# Said of an input that takes its descriptor from the trained model.
_WITHOUT_SCRIPT = frozenset(("DPM604",))
# Each branch of a fresh model is told apart by its case embedding; a trained model has them.
_OF_NEW_MODELS = frozenset(("DPM402", "DPM403"))
# Which are followed before the trained model is looked at.
_OF_REFERENCES = "DPM1"
# Of what is no entry of a branch, which the schema says better: it names where that belongs.
_OF_ENTRIES = frozenset(("DPM501", "DPM502"))
# Schema findings about a key rather than its value.
_ABOUT_KEYS = frozenset(("DPM011", "DPM016", "DPM018", "DPM020", "DPM023", OF_LATER))


def check(
    config_or_document: Any,
    *,
    schema: str = "3.2",
    backend: str = "pt",
    against: str | os.PathLike[str] | StartingPoint | None = None,
    branch: str | None = None,
    mode: Mode = "finetune",
    use_pretrain_script: bool = False,
) -> list[Diagnostic]:
    """Find everything that would go wrong with a training input.

    Parameters
    ----------
    config_or_document : dict, Document or path
        The whole input, multitask or single-task. With a document or the path of a file each
        finding has its place in the text, and what the format read in an unexpected way is
        reported too; and where the number of systems matters, they are counted in the folders
        that the file names. Anything that is no input gives findings, not an error.
    schema : str, default: "3.2"
        The DeePMD-kit release whose argument check is meant (``3.2``, ``3.1``, ``3.0``), or
        ``installed`` to ask the one in this environment.
    backend : str, default: "pt"
        The backend that the input is meant for; it decides on classes and share levels.
    against : str, path or StartingPoint, optional
        The model file or checkpoint that the training starts from: what does not fit it is
        found, too.
    branch : str, optional
        With `against`: what ``--model-branch`` names.
    mode : {"finetune", "init-model", "restart"}
        With `against`: the option of ``dp train``.
    use_pretrain_script : bool, default: False
        With `against`: whether the trained model's settings take the place of the input's.

    Returns
    -------
    list of Diagnostic
        Sorted by place. Empty if there is nothing to say.

    Raises
    ------
    UsageError
        No such schema or backend. Never because of the input, nor of a file that is not there.
    FileAccessError, ModelFileError
        `against` cannot be read.

    Examples
    --------
    >>> for each in check({"model": {"model_dict": {"water": {"descriptor": "des"}}}}):
    ...     if each.code == "DPM101":
    ...         print(each.message)
    the descriptor 'des' is no entry of shared_dict
    """
    if backend not in BACKENDS:
        msg = f"unknown backend {backend!r}, expected one of {', '.join(BACKENDS)}"
        raise UsageError(msg)
    try:
        document = _document(config_or_document)
    except (DocumentError, FileAccessError) as err:
        return Findings([as_finding(err)])
    data = config_or_document if document is None else document.data
    if too_deep(data) if document is None else text_too_deep(data):
        msg = "mappings and lists nest too deep to be a training input"
        deep = Diagnostic(TOO_DEEP, "error", (), None, msg, "inputs nest under ten levels")
        return Findings([deep])
    plain = with_opaque_values(data) if document is None else data
    walk = walk_input(plain, schema, backend)
    marked = _rules_and_schema(walk, plain, backend)
    replaced: frozenset[TreePath] = frozenset()
    if against is not None:
        start = {"mode": mode, "branch": branch, "use_pretrain_script": use_pretrain_script}
        marked, replaced = _with_trained_model(marked, walk, plain, against, start)
    marked = [each for each in marked if not _is_said_with_section(each[0], walk, replaced)]
    if document is None:
        found = without_ignored([finding for finding, _ in marked], plain)
        return _sorted_by_place(found, plain)
    found = [located(finding, document, part) for finding, part in marked]
    found = without_ignored(found + document.warnings, data)
    found = [each if each.span else located(each, document) for each in found]
    if any(each.code in ABOUT_NUMBERS for each in found) and document.name != TEXT:
        from dp_multitask.checks.data.counting import counted_anew

        found = counted_anew(found, data, backend, os.path.dirname(document.name))
    return _sorted_by_place(found, data)


def _document(source: Any) -> Document | None:
    """Read a file; give a document as it is, and None of anything else."""
    from dp_multitask.text.document import Document, read_document

    if isinstance(source, str | os.PathLike):
        return read_document(source)
    return source if isinstance(source, Document) else None


def _with_trained_model(
    marked: list[tuple[Diagnostic, Underlined]],
    walk: Walk,
    data: Any,
    against: str | os.PathLike[str] | StartingPoint,
    start: Mapping[str, Any],
) -> tuple[list[tuple[Diagnostic, Underlined]], frozenset[TreePath]]:
    """Add what does not fit the model that the training starts from, in the way of `start`.

    With the findings comes what the trained model's settings take the place of.
    """
    from dp_multitask.checks.against.findings import judge

    verdict = judge(data, _starting_point(against), **start)
    marked = [each for each in marked if each[0].code not in _OF_NEW_MODELS]
    if start["use_pretrain_script"] and start["mode"] != "restart":
        marked = [each for each in marked if not _is_replaced(each[0], walk, verdict.replaced)]
    else:
        # the argument check meets the empty descriptor before the trained model is looked at
        marked = [
            (each._replace(severity="error") if each.code in _WITHOUT_SCRIPT else each, part)
            for each, part in marked
        ]
    return marked + verdict.findings, verdict.replaced


def _is_replaced(finding: Diagnostic, walk: Walk, places: frozenset[TreePath]) -> bool:
    """Tell whether a finding is about what the trained model's settings take the place of."""
    if not _is_below(finding.path, places) or finding.code.startswith(_OF_REFERENCES):
        return False
    # a key that belongs elsewhere is missing there, of which nothing else is said
    homes = walk.strays.get(finding.path, ()) if finding.code == _UNKNOWN_KEY else ()
    return all(
        any(is_moved(place, {home.path[: len(place)]}) for place in places) for home in homes
    )


def _is_said_with_section(finding: Diagnostic, walk: Walk, replaced: frozenset[TreePath]) -> bool:
    """Tell whether the finding of a missing section, if it is told, names this key as well."""
    sections = walk.said_with.get(finding.path, ()) if finding.code == _UNKNOWN_KEY else ()
    return any(not _is_below(section, replaced) for section in sections)


def _starting_point(against: str | os.PathLike[str] | StartingPoint) -> StartingPoint:
    if not isinstance(against, str | os.PathLike):
        return against
    # by name: model files stand further right in the house
    reader = import_module("dp_multitask.modelfile.trained_model")
    found: StartingPoint = reader.starting_point(against)
    return found


def as_finding(err: DocumentError | FileAccessError) -> Diagnostic:
    """Tell of a file that holds no input as of anything else that is wrong with one."""
    code = "DPM910"
    span = None
    if err.position is not None:
        line, column = err.position
        span = Span(line, column, line, column + 1)
    return Diagnostic(code, "error", err.path, span, err.message, err.hint)


def located(finding: Diagnostic, document: Document, part: Underlined = "auto") -> Diagnostic:
    """Give a finding its place in a document's text.

    Underlined is the key of a container, of what is absent the key that should hold it, and of
    anything else the value, unless `part` says which.
    """
    path, value = _existing(document.data, finding.path)
    absent = len(path) < len(finding.path)
    of_key = absent or part == "key" or (part == "auto" and isinstance(value, dict | list))
    span = document.key_span(path) if of_key else document.span(path)
    return finding._replace(span=span)


def _sorted_by_place(found: list[Diagnostic], data: Any) -> list[Diagnostic]:
    """Sort findings by their place in the text, or else in the tree."""
    order = _tree_order(data)

    def key(each: Diagnostic) -> tuple[Any, ...]:
        place = each.span or Span(0, 0, 0, 0)
        return (place.line, place.column, order(each.path), each.severity, each.code)

    return Findings(sorted(found, key=key))


def _rules_and_schema(walk: Walk, data: Any, backend: str) -> list[tuple[Diagnostic, Underlined]]:
    """Find what rules and schema say, with the part to underline; a rule wins over the schema."""
    unusable = {_component_of(each.path) for each in walk.findings if each.code in _BAD_VALUES}
    bad = {each.path for each in walk.findings if each.code in _BAD_VALUES}
    refused = {each.path for each in walk.findings if each.code == OF_LATER}
    wrong = [each.path for each in walk.findings if each.path[:-1] in BY_BRANCH]
    displaced = {*wrong, *(path[:-1] for path in wrong)}
    found = [
        (rule, finding)
        for rule, finding in run_rules(InputView(data, backend, walk.table))
        if not is_moved(finding.path, walk.moved) and not _is_below(finding.path, refused)
        and not (rule.code in _OF_ENTRIES and finding.path in displaced)
        and not (_is_said_of_bad_value(rule, finding.path, bad) and bad.isdisjoint(finding.covers))
    ]
    covered = _covered(found)
    told = {finding.path for rule, finding in found if rule.code != _SHAPES}
    marked: list[tuple[Diagnostic, Underlined]] = []
    settled: set[TreePath] = set()
    for place, (rule, (path, message, hint, part, _, fix)) in enumerate(found):
        if rule.code == _SHAPES and (path in told or _component_of(path) in unusable):
            continue  # another says it, or sizes cannot be told from a value that is none
        if not _is_consequence(path, covered, place):
            said = Diagnostic(rule.code, rule.severity, path, None, message, hint, fix)
            marked.append((said, part))
            if rule.severity == "error":
                settled.add(path)
    for each in with_upgrades(walk.findings, data):
        repeated = each.code in RULES or (each.path in settled and each.code in _SAID_BETTER)
        if not repeated and not _is_consequence(each.path, covered, None):
            marked.append((each, "key" if each.code in _ABOUT_KEYS else "auto"))
    return marked


def _is_said_of_bad_value(rule: Rule, path: TreePath, bad: set[TreePath]) -> bool:
    """Tell whether a rule looks into a value that is none, or only warns of it."""
    return _is_below(path[:-1], bad) or (path in bad and rule.severity == "warning")


def _component_of(path: TreePath) -> TreePath:
    """Give the place of the branch's part, or of the shared entry, that a place is in."""
    if path[:2] == ("model", "model_dict"):
        return path[:4]
    return path[:3] if path[:2] == ("model", "shared_dict") else path[:2]


def _is_below(path: TreePath, places: Set[TreePath]) -> bool:
    """Tell whether a place is one of these, or within one."""
    return bool(places) and any(path[:depth] in places for depth in range(len(path) + 1))


def _covered(found: list[tuple[Rule, Finding]]) -> dict[TreePath, set[int]]:
    """Give the places that findings speak for, with the numbers of these findings."""
    covered: dict[TreePath, set[int]] = {}
    for number, (_, finding) in enumerate(found):
        if finding.covers and _is_consequence(finding.path, covered, None):
            continue  # what follows from another finding speaks for none
        for path in finding.covers:
            covered.setdefault(path, set()).add(number)
    return covered


def _is_consequence(
    path: TreePath, covered: dict[TreePath, set[int]], number: int | None
) -> bool:
    """Tell whether another finding speaks for what was found at a place."""
    if not covered:
        return False
    speakers = (covered.get(path[:depth], set()) for depth in range(len(path) + 1))
    return any(each - {number} for each in speakers)


def _existing(data: Any, path: TreePath) -> tuple[TreePath, Any]:
    """Give the part of a path that exists, and the value there."""
    for depth, part in enumerate(path):
        if not _has(data, part):
            return path[:depth], data
        data = data[part]
    return path, data


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value)


def _tree_order(data: Any) -> Callable[[TreePath], tuple[int, ...]]:
    """Give a function that turns a path into the ranks of its keys."""
    ranks: dict[int, dict[Any, int]] = {}

    def order(path: TreePath) -> tuple[int, ...]:
        here, found = data, []
        for part in path:
            if not _has(here, part):
                break
            if isinstance(here, dict) and id(here) not in ranks:
                ranks[id(here)] = {key: rank for rank, key in enumerate(here)}
            found.append(ranks[id(here)][part] if isinstance(here, dict) else int(part))
            here = here[part]
        return tuple(found)

    return order
