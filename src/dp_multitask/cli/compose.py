# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask compose``: single-task inputs as the branches of one multitask input."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dp_multitask.cli.files import (
    add_new_file,
    branch_of,
    is_model_file,
    named_files,
    refuse_overwriting,
)
from dp_multitask.cli.inputs import (
    errors_located_in,
    output_format,
    read_with_warnings,
    report_what_is_left,
    tell_notes,
)
from dp_multitask.cli.output import tell, write_result
from dp_multitask.config.compose import Note, compose
from dp_multitask.config.compose.branches import with_renamed_branch, without_branches
from dp_multitask.config.compose.data_paths import moved_data
from dp_multitask.config.edited_input import EditedInput, edits_between
from dp_multitask.errors import EditError, UsageError
from dp_multitask.text.document import STDIN, Document, dump_data
from dp_multitask.text.marks import Format
from dp_multitask.text.spelled import spelled_data, with_spelling

DESCRIPTION = """\
Put single-task inputs together as the branches of one multitask input. All branches reference one
type map, equal descriptors become one shared entry, losses and data come along. BASE is a multitask
input to which branches are added, or of which some are dropped or renamed; its layout and comments
stay. An INPUT may be a branch of a multitask input, or of a model file, which says nothing of
losses and data: file.json:BRANCH, model.dp:BRANCH. What is decided is told on standard error.
Exit code 1 if something is left to you.
"""
EXAMPLES = """\
  dp-multitask compose ice=ice.json gas=gas.json -o input.json
  dp-multitask compose ice=ice.json gas=gas.json --share descriptor --share fitting_net
  dp-multitask compose input.json metal=other.json:alloy --unite-type-maps -o more.json
  dp-multitask compose input.json --drop gas --rename ice=ice_Ih -o less.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "inputs",
        metavar="[BASE] NAME=INPUT",
        nargs="+",
        help="a branch and its single-task input, or FILE:BRANCH; without NAME= the multitask "
        "input to start from",
    )
    parser.add_argument(
        "--share",
        metavar="PART[:LEVEL]",
        action="append",
        help="what becomes one where it is equal: descriptor, fitting_net, or none "
        "(default: descriptor)",
    )
    parser.add_argument(
        "--unite-type-maps",
        action="store_true",
        help="take the union of the type maps where they differ",
    )
    parser.add_argument(
        "--prob",
        metavar="NAME=P",
        action="append",
        default=[],
        help="how often a branch is trained (default: by its number of systems)",
    )
    parser.add_argument(
        "--drop", metavar="NAME", action="append", default=[], help="leave this branch of BASE out"
    )
    parser.add_argument(
        "--rename", metavar="OLD=NEW", action="append", default=[], help="rename a branch of BASE"
    )
    add_new_file(parser, help="the file to write, instead of standard output", required=False)


def run(args: argparse.Namespace) -> int:
    """Compose and write."""
    base_name, sources = _sources(args.inputs)
    files = [branch_of(each)[0] for each in sources.values()]
    if base_name is not None:
        files.append(base_name)
    refuse_overwriting(args.output, files, force=args.force)
    target = os.path.dirname(args.output or "")
    document = None if base_name is None else read_with_warnings(base_name, None)
    if document is None and (args.drop or args.rename):
        msg = "--drop and --rename are about the branches of a BASE"
        raise UsageError(msg, hint="name a multitask input without NAME=")
    base, notes = _prepared(document, args)
    format = output_format(args.output, otherwise=document.format if document else "json")
    inputs = {name: _read(source, target, format) for name, source in sources.items()}
    if inputs or args.prob:
        from dp_multitask.checks.schema.in_force import part_in_force

        composed = compose(
            inputs,
            base=None if base is None else base.data,
            share=args.share,
            unite_type_maps=args.unite_type_maps,
            prob=_numbers(args.prob),
            in_force=part_in_force,
        )
        data = composed.data
        notes += composed.notes
    else:
        data = {} if base is None else base.data
    left = tell_notes(notes)
    text = _text(data, base, format)
    write_result(with_spelling(text, data) if format == "json" else text, args.output)
    return int(report_what_is_left(data) or left)


def _sources(arguments: Sequence[str]) -> tuple[str | None, dict[str, str]]:
    """Give the input without a name, if there is one, and those that have one."""
    named = [each for each in arguments if "=" in each and not os.path.exists(each)]
    bases = [each for each in arguments if each not in named]
    if len(bases) > 1:
        msg = f"two inputs without a name, {bases[0]!r} and {bases[1]!r}"
        raise UsageError(msg, hint="name branches: NAME=INPUT")
    return next(iter(bases), None), named_files(named, "INPUT", "water=water.json")


def _prepared(
    document: Document | None, args: argparse.Namespace
) -> tuple[EditedInput | None, list[Note]]:
    """Drop and rename branches of the base."""
    if document is None:
        return None, []
    base = EditedInput(document)
    said: list[Note] = []
    with errors_located_in(document):
        if args.drop:
            edits, notes = without_branches(base.data, args.drop)
            base = base.edited(edits)
            said += notes
        for old, new in _pairs(args.rename, "OLD=NEW"):
            edits, notes = with_renamed_branch(base.data, old, new)
            base = base.edited(edits)
            said += notes
    return base, said


def _read(source: str, target: str, format: Format) -> dict[str, Any]:
    """Read a single-task input, or one out of a multitask input or model file.

    For a result in JSON the numbers know how they are written.
    """
    path, branch = branch_of(source)
    if path != STDIN and is_model_file(path):
        return {"model": _model_of(path, branch)}
    document = read_with_warnings(path, None)
    config: dict[str, Any] = spelled_data(document) if format == "json" else document.data
    with errors_located_in(document):
        if branch is not None:
            from dp_multitask.config.branch import branch_input

            config = branch_input(config, branch)
        elif isinstance(config.get("model"), dict) and "model_dict" in config["model"]:
            names = ", ".join(map(str, config["model"]["model_dict"]))
            msg = f"is a multitask input, expected a branch of it: {names}"
            raise UsageError(msg, hint=f"write {path}:BRANCH, or name it without NAME= as the base")
    if path == STDIN:
        return config
    moved, count = moved_data(config, os.path.dirname(path), target)
    if count:
        tell(f"note: {path}: {count} paths to data are written from {target or '.'}")
    return moved


def _model_of(path: str, branch: str | None) -> Mapping[str, Any]:
    from dp_multitask.modelfile.reading.reader import open_model

    with open_model(path) as file:
        if branch is None and file.branches:
            msg = f"holds several branches: {', '.join(file.branches)}"
            raise UsageError(msg, source=path, hint=f"write {path}:BRANCH")
        payload = file.tree() if branch is None else file.branch(branch)
    script = payload.get("model_def_script")
    if not isinstance(script, dict) or "type_map" not in script:
        msg = "does not say how its model was defined"
        raise UsageError(msg, source=path, hint="give the training input instead")
    return script


def _pairs(arguments: Iterable[str], expected: str) -> list[tuple[str, str]]:
    pairs = []
    for argument in arguments:
        one, equals, other = argument.partition("=")
        if not (one and equals and other):
            msg = f"expected {expected}, found {argument!r}"
            raise UsageError(msg)
        pairs.append((one, other))
    return pairs


def _numbers(arguments: Iterable[str]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for name, text in _pairs(arguments, "NAME=P"):
        try:
            numbers[name] = float(text)
        except ValueError:
            numbers[name] = -1.0
        if not 0 <= numbers[name] < float("inf"):
            msg = f"a probability is a number of at least 0, found {text!r}"
            raise UsageError(msg)
    return numbers


def _text(data: dict[str, Any], base: EditedInput | None, format: Format) -> str:
    """Write the result, as an edited base where there is one of this format."""
    if base is None or base.text is None or base.format != format:
        return dump_data(data, format)
    try:
        return base.edited(list(edits_between(base.data, data))).text or dump_data(data, format)
    except EditError as err:
        tell(f"warning: {err.message}: the layout is not kept")
        return dump_data(data, format)
