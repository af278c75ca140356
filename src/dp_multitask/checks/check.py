# SPDX-License-Identifier: LGPL-3.0-or-later
"""Everything that is wrong with a training input: what schema, rules and the text say of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dp_multitask.checks.ignoring import without_ignored
from dp_multitask.checks.rules.data_sections import ABOUT_NUMBERS
from dp_multitask.checks.schema.findings import walk_input
from dp_multitask.checks.schema.places import is_moved
from dp_multitask.checks.told_once import is_below, rules_and_schema
from dp_multitask.component_types import BACKENDS
from dp_multitask.diagnostics import Diagnostic, Findings, Span, Underlined
from dp_multitask.errors import DocumentError, FileAccessError, TreePath, UsageError
from dp_multitask.text.marks import TEXT
from dp_multitask.text.plain_data import text_too_deep, too_deep, with_opaque_values

if TYPE_CHECKING:
    from dp_multitask.checks.against.starting_point import Mode, StartingPoint
    from dp_multitask.checks.schema.walk import Walk
    from dp_multitask.text.document import Document

TOO_DEEP = "DPM912"
_UNKNOWN_KEY = "DPM011"
# Said of an input that takes its descriptor from the trained model.
_WITHOUT_SCRIPT = frozenset(("DPM604",))
# Each branch of a fresh model is told apart by its case embedding; a trained model has them.
_OF_NEW_MODELS = frozenset(("DPM402", "DPM403"))
# Which are followed before the trained model is looked at.
_OF_REFERENCES = "DPM1"


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
    found = check_without_data(
        config_or_document if document is None else document,
        schema=schema,
        backend=backend,
        against=against,
        branch=branch,
        mode=mode,
        use_pretrain_script=use_pretrain_script,
    )
    if document is None or document.name == TEXT:
        return found
    if any(each.code in ABOUT_NUMBERS for each in found):
        from dp_multitask.checks.data.counting import counted_anew

        folder = os.path.dirname(document.name)
        return Findings(counted_anew(found, document.data, backend, folder))
    return found


def check_without_data(
    source: Document | Any,
    *,
    schema: str,
    backend: str,
    against: str | os.PathLike[str] | StartingPoint | None = None,
    **start: Any,
) -> list[Diagnostic]:
    """Find what `check` finds in a document or a dict, taking each name of data for one system.

    `start` is the rest of what `check` takes: how the training starts from the trained model.
    """
    document = _document(source)
    data = source if document is None else document.data
    if too_deep(data) if document is None else text_too_deep(data):
        msg = "mappings and lists nest too deep to be a training input"
        deep = Diagnostic(TOO_DEEP, "error", (), None, msg, "inputs nest under ten levels")
        return Findings([deep])
    plain = with_opaque_values(data) if document is None else data
    walk = walk_input(plain, schema, backend)
    marked = rules_and_schema(walk, plain, backend)
    replaced: frozenset[TreePath] = frozenset()
    if against is not None:
        marked, replaced = _with_trained_model(marked, walk, plain, against, start)
    marked = [each for each in marked if not _is_said_with_section(each[0], walk, replaced)]
    if document is None:
        found = without_ignored([finding for finding, _ in marked], plain)
        return _sorted_by_place(found, plain)
    found = [located(finding, document, part) for finding, part in marked]
    found = without_ignored(found + document.warnings, data)
    found = [each if each.span else located(each, document) for each in found]
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
    if not is_below(finding.path, places) or finding.code.startswith(_OF_REFERENCES):
        return False
    # a key that belongs elsewhere is missing there, of which nothing else is said
    homes = walk.strays.get(finding.path, ()) if finding.code == _UNKNOWN_KEY else ()
    return all(
        any(is_moved(place, {home.path[: len(place)]}) for place in places) for home in homes
    )


def _is_said_with_section(finding: Diagnostic, walk: Walk, replaced: frozenset[TreePath]) -> bool:
    """Tell whether the finding of a missing section, if it is told, names this key as well."""
    sections = walk.said_with.get(finding.path, ()) if finding.code == _UNKNOWN_KEY else ()
    return any(not is_below(section, replaced) for section in sections)


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
