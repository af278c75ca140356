# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask verify``: everything that is wrong with model files."""

from __future__ import annotations

import argparse

from dp_multitask.cli.files import require_model_file
from dp_multitask.cli.output import write_result

DESCRIPTION = """\
Check model files from end to end: structure, checksums, JSON against HDF5, every branch's JSON
against the root's, sharing declared against sharing stored, finite values. Everything that is
wrong is printed, one line each, with its place. Exit code 0: nothing is wrong, 1: something is,
2: a file cannot be read. DeePMD-kit's own files have no checksums; the rest is checked.
"""
EXAMPLES = """\
  dp-multitask verify model.dp
  dp-multitask verify models/*.dp --json | jq 'map(select(.problems != []).file)'
  dp-multitask verify model.dp && scp model.dp cluster:
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="model file")
    parser.add_argument("--json", action="store_true", help="give JSON")


def run(args: argparse.Namespace) -> int:
    """Verify every file and report."""
    for path in args.files:
        require_model_file(path)
    from dp_multitask.modelfile.verify import verify_model

    found = {path: verify_model(path) for path in args.files}
    if args.json:
        from dp_multitask.config.document import dump_data

        report = [
            {"file": path, "problems": [problem._asdict() for problem in problems]}
            for path, problems in found.items()
        ]
        write_result(dump_data(report, "json"), None)
    else:
        lines = [
            f"{path}: {problem.path}: {problem.message}\n"
            for path, problems in found.items()
            for problem in problems
        ]
        write_result("".join(lines), None)
    return 1 if any(found.values()) else 0
