# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask resolve``: the whole input with its shared parts expanded."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from dp_multitask.cli.files import add_new_file, refuse_overwriting
from dp_multitask.cli.inputs import (
    add_backend,
    add_input,
    add_schema,
    errors_located_in,
    output_format,
    read_with_warnings,
)
from dp_multitask.cli.output import tell, write_result
from dp_multitask.config.training_input import has_shared_parts, resolve_input
from dp_multitask.text.document import Document, dump_data, read_document
from dp_multitask.text.marks import Format

DESCRIPTION = """\
Expand every shared reference of a multitask input into full branches and list the shared links,
sorted by share level, under a top-level "shared_links". The rest of the input is kept as it is,
unless --normalize asks for DeePMD-kit's defaults and usual names.
"""
EXAMPLES = """\
  dp-multitask resolve input.json -o resolved.json
  dp-multitask resolve input.yaml | jq '.shared_links'
  dp-multitask resolve input.json --check --normalize -o full.json
  dp-multitask resolve input.json --annotate --format yaml | less
  cat input.json | dp-multitask resolve - --links-only --format yaml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_input(parser)
    add_new_file(parser)
    parser.add_argument("--links-only", action="store_true", help="give the shared links alone")
    parser.add_argument(
        "--check",
        action="store_true",
        help="refuse an input with errors (exit code 1); findings go to standard error",
    )
    parser.add_argument(
        "--normalize",
        action="store_true",
        help="fill in defaults and usual names, as DeePMD-kit's own normalize does, and drop "
        "comments; single-task inputs too",
    )
    parser.add_argument(
        "--annotate",
        action="store_true",
        help="say where every value comes from that is not written where it now stands: a shared "
        "entry, a key under model, a default (comments in YAML, keys '_origin' in JSON)",
    )
    add_schema(parser)
    parser.add_argument(
        "--format",
        choices=["json", "yaml"],
        help="format of the result (default: by the suffix of OUT, else json), and of an INPUT "
        "whose name does not tell its own",
    )
    add_backend(parser, "whose class names the links carry")


def run(args: argparse.Namespace) -> int:
    """Resolve and write."""
    refuse_overwriting(args.output, [args.input], force=args.force)
    if args.check:
        document = read_document(args.input, format=args.format)
        if not _passes_check(document, args.schema, args.backend):
            return 1
    else:
        document = read_with_warnings(args.input, args.format)
    with errors_located_in(document):
        text = _result(document, args, output_format(args.output, asked=args.format))
    write_result(text, args.output)
    return 0


def _result(document: Document, args: argparse.Namespace, format: Format) -> str:
    data = document.data
    if args.normalize:
        from dp_multitask.checks.schema.normalize import normalize

        resolved = resolve_input(data, backend=args.backend) if has_shared_parts(data) else data
        resolved = normalize(resolved, version=args.schema)
    else:
        resolved = resolve_input(data, backend=args.backend)
    if args.annotate and not args.links_only:
        return _annotated(document, resolved, args, format)
    return dump_data(resolved.get("shared_links", {}) if args.links_only else resolved, format)


def _annotated(
    document: Document, full: dict[str, Any], args: argparse.Namespace, format: Format
) -> str:
    """Write a resolved input with the origin of its values."""
    from dp_multitask.checks.schema.table import load_table
    from dp_multitask.config.annotations import origins, with_origin_comments, with_origin_keys

    data = document.data
    resolved = resolve_input(data, backend=args.backend) if has_shared_parts(data) else data
    written = _by_usual_names(resolved, full) if args.normalize else full
    notes = origins(document, written, full, load_table(args.schema).release)
    if format == "json":
        return dump_data(with_origin_keys(full, notes), format)
    return with_origin_comments(dump_data(full, format), notes)


def _by_usual_names(resolved: dict[str, Any], full: dict[str, Any]) -> dict[str, Any]:
    """Give what is written in a resolved input, under the names that normalizing gives."""
    from dp_multitask.checks.schema.in_force import with_usual_names

    return {**with_usual_names(resolved), "shared_links": full.get("shared_links")}


def _passes_check(document: Document, schema: str, backend: str) -> bool:
    """Report what `check` finds on standard error; tell whether there are no errors."""
    from dp_multitask.checks.check import check
    from dp_multitask.cli.reporters import reporter
    from dp_multitask.cli.reporters.report import FileReport, count, summary
    from dp_multitask.cli.terminal import wants_colour

    findings = check(document, schema=schema, backend=backend)
    if not findings:
        return True
    reports = [FileReport(document.name, document.text, findings)]
    sys.stderr.write(reporter("full")(reports, wants_colour(sys.stderr)))
    tell(summary(reports))
    return count(reports, "error") == 0
