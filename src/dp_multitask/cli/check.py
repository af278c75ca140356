# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask check``: everything that would go wrong with training inputs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from dp_multitask.atomic_file import write_text
from dp_multitask.checks.check import as_finding, check, check_without_data, located
from dp_multitask.checks.ignoring import is_ignored
from dp_multitask.cli.fixing import add_fixes, differences, fixable, tell_of_fixes, wants_fixes
from dp_multitask.cli.inputs import add_backend, add_schema
from dp_multitask.cli.output import print_error, tell, write_result
from dp_multitask.cli.reporters import REPORT_FORMATS, reporter
from dp_multitask.cli.reporters.report import FileReport, count, summary
from dp_multitask.cli.terminal import wants_colour
from dp_multitask.cli.trained_model import (
    add_starting_point,
    open_starting_point,
    started_from,
    tell_how_it_starts,
)
from dp_multitask.diagnostics import Diagnostic, Span
from dp_multitask.errors import DocumentError, FileAccessError, UsageError
from dp_multitask.text.document import STDIN, Document, read_document
from dp_multitask.text.marks import Format

DESCRIPTION = """\
Report everything that would go wrong with a training input, multitask or single-task, in one run:
unknown keys, wrong types and values, references that name nothing, share levels that a class
cannot do, branches without data, and what DeePMD-kit lets through and a user pays for later.
Many findings carry a fix, which --fix makes in the file: layout, comments and key order stay.
Exit code 0: no errors (there may be warnings), 1: errors, 2: a file cannot be read.
"""
EXAMPLES = """\
  dp-multitask check input.json
  dp-multitask check water.json ice.json --output-format concise
  dp-multitask check input.json --schema installed --backend pd --paths
  dp-multitask check input.json --output-format sarif > check.sarif
  dp-multitask check input.json --fix --diff
  dp-multitask check input.yaml --fix --unsafe-fixes
  dp-multitask check finetune.json --finetune trained.dp
  dp-multitask check single.json --finetune trained.dp --model-branch water
  cat input.yaml | dp-multitask check - --format yaml --output-format json | jq .errors
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+",
        help="training input, JSON or YAML; - reads standard input",
    )
    parser.add_argument(
        "--output-format",
        choices=REPORT_FORMATS,
        default="full",
        help="full: with source lines (default); concise: one line each; json: for programs; "
        "github: annotations; sarif, junit, gitlab: reports that code hosts and CI systems show",
    )
    add_schema(parser)
    add_backend(parser, "that the input is meant for")
    parser.add_argument(
        "--paths",
        action="store_true",
        help="also look at the data: whether systems are there and complete, and have the labels, "
        "parameters and elements that their branch needs",
    )
    parser.add_argument(
        "--format",
        choices=["json", "yaml"],
        help="read an INPUT whose name does not tell its format as this one",
    )
    add_starting_point(parser)
    add_fixes(parser)


def run(args: argparse.Namespace) -> int:
    """Check every input and report."""
    if args.inputs.count(STDIN) > 1:
        msg = "standard input can be read only once"
        raise UsageError(msg, hint="name - once")
    fixing = wants_fixes(args)
    if fixing and STDIN in args.inputs and not args.diff:
        msg = "standard input cannot be changed in place"
        raise UsageError(msg, hint="show what would change: --fix --diff")
    open_starting_point(args)
    reports = [_check_file(name, args, fixing) for name in args.inputs]
    if fixing:
        tell_of_fixes(reports, shown_only=args.diff)
    if args.diff:
        write_result(differences(reports), None)
        tell(summary(reports))
        return _exit_code(reports)
    coloured = args.output_format == "full" and wants_colour(sys.stdout)
    write_result(reporter(args.output_format)(reports, coloured), None)
    for report in reports:
        if report.failure is not None:
            print_error(report.failure)
    if args.output_format in ("full", "concise"):
        tell(summary(reports))
        note = fixable(reports)
        if note:
            tell(note)
    return _exit_code(reports)


def _exit_code(reports: Sequence[FileReport]) -> int:
    if any(report.failure is not None for report in reports):
        return 2
    return 1 if count(reports, "error") else 0


def _check_file(source: str, args: argparse.Namespace, fixing: bool) -> FileReport:
    name = "<stdin>" if source == STDIN else source
    asked: Format | None = args.format
    try:
        document = read_document(source, format=asked)
    except DocumentError as err:
        return FileReport(name, _text_of(source), [as_finding(err)])
    except FileAccessError as err:
        return FileReport(name, None, [], err)
    tell_how_it_starts(document, args)
    if not fixing:
        return FileReport(name, document.text, _findings(document, source, args))
    from dp_multitask.checks.mending import mend

    mended = mend(
        document, lambda each: _findings(each, source, args), unsafe=args.unsafe_fixes
    )
    if mended.applied and not args.diff:
        try:
            write_text(source, mended.document.text)
        except FileAccessError as err:
            return FileReport(name, document.text, mended.findings, err)
    return FileReport(name, mended.document.text, mended.findings, None, mended, document.text)


def _findings(document: Document, source: str, args: argparse.Namespace) -> list[Diagnostic]:
    asked = {"schema": args.schema, "backend": args.backend, **started_from(args)}
    if not args.paths:
        return check(document, **asked)
    from dp_multitask.checks.data.findings import check_paths
    from dp_multitask.checks.rules.data_sections import ABOUT_NUMBERS

    findings = check_without_data(document, **asked)
    findings = [each for each in findings if each.code not in ABOUT_NUMBERS]  # told below
    folder = "" if source == STDIN else os.path.dirname(source)
    of_data = check_paths(
        document.data,
        folder,
        backend=args.backend,
        schema=args.schema,
        trained=args.mode in ("init-model", "restart"),
    )
    told = [located(each, document) for each in of_data if not is_ignored(each, document.data)]
    return sorted([*findings, *told], key=lambda each: each.span or Span(0, 0, 0, 0))


def _text_of(source: str) -> str | None:
    """Read a file again that is no input, to show the line at fault."""
    if source == STDIN:
        return None
    try:
        with open(source, encoding="utf-8-sig", errors="replace") as file:
            return file.read()
    except OSError:
        return None
