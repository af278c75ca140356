# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask verify``: everything that is wrong with model files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dp_multitask.cli.audit_text import audit_json, audit_lines
from dp_multitask.cli.files import require_model_file
from dp_multitask.cli.inputs import errors_located_in, read_with_warnings
from dp_multitask.cli.output import print_error, printable_lines, write_result
from dp_multitask.errors import FileAccessError, format_path

if TYPE_CHECKING:
    from dp_multitask.modelfile.audit import Audit
    from dp_multitask.modelfile.problem import Problem

DESCRIPTION = """\
Check model files and checkpoints (.pt) from end to end: structure, checksums, JSON against HDF5,
every branch's JSON against the root's, sharing declared against sharing stored, finite values; then
every component against its class: keys, versions, shapes. Everything that is wrong is printed, one
line each, with its place. Exit code 0: nothing is wrong, 1: something is,
2: a file cannot be read. YAML files and DeePMD-kit's own have no checksums; the rest is checked.

With --against, also say branch by branch which of the variables that a training input declares
shared are stored once, which only look alike, and which differ; where DeePMD-kit itself forgets to
share some, it is explained.
"""
EXAMPLES = """\
  dp-multitask verify model.dp
  dp-multitask verify model.ckpt.pt
  dp-multitask verify water.dp ice.dp --json | jq 'map(select(.problems != []).file)'
  dp-multitask verify model.dp --against input.json
  dp-multitask verify model.dp && scp model.dp cluster:
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="model file or checkpoint")
    parser.add_argument("--json", action="store_true", help="give JSON")
    parser.add_argument(
        "--against",
        metavar="INPUT",
        help="also compare what this training input declares shared with what the arrays show",
    )


def run(args: argparse.Namespace) -> int:
    """Verify every file and report."""
    for path in args.files:
        require_model_file(path)
    from dp_multitask.modelfile.verify import verify_model

    found: dict[str, list[Problem]] = {}
    unread = False
    for path in args.files:
        try:
            found[path] = verify_model(path)
        except FileAccessError as err:  # the findings of the other files are not to be lost
            print_error(err)
            unread = True
    # a file that is broken is not looked at any further
    whole = [path for path, problems in found.items() if not problems]
    for path in whole:
        found[path] = _class_problems(path)
    audits = _audits(whole, args.against) if args.against else {}
    if args.json:
        from dp_multitask.text.document import dump_data

        report = [
            {"file": path, "problems": [problem._asdict() for problem in problems]}
            | ({"sharing": audit_json(audits[path])} if path in audits else {})
            for path, problems in found.items()
        ]
        write_result(dump_data(report, "json"), None)
    else:
        lines = [
            f"{path}: {_place(problem)}{problem.message}\n"
            for path, problems in found.items()
            for problem in problems
        ]
        lines += [
            f"{path}: {line}\n" for path, audit in audits.items() for line in audit_lines(audit)
        ]
        write_result(printable_lines("".join(lines)), None)
    if unread:
        return 2
    as_declared = all(audit.is_as_declared for audit in audits.values())
    return 0 if as_declared and not any(found.values()) else 1


def _place(problem: Problem) -> str:
    """Give the place of a problem, unless it is that of the whole file."""
    return "" if problem.path == "/" else f"{problem.path}: "


def _class_problems(path: str) -> list[Problem]:
    """Compare a file that is whole with what the classes of its components state."""
    from dp_multitask.components.whole.class_findings import class_errors
    from dp_multitask.modelfile.problem import Problem
    from dp_multitask.modelfile.reading.load import load_model

    tree = load_model(path, verify=False)  # its checksums have just been compared
    return [
        Problem(format_path(err.path), f"{err.message} ({err.hint})" if err.hint else err.message)
        for err in class_errors(tree, values=True)
    ]


def _audits(paths: list[str], against: str) -> dict[str, Audit]:
    from dp_multitask.modelfile.audit import audit_sharing
    from dp_multitask.modelfile.reading.load import load_model

    document = read_with_warnings(against, None)
    with errors_located_in(document):
        return {path: audit_sharing(load_model(path), document.data) for path in paths}
