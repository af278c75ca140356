# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask schema``: a JSON Schema of the training input, for editors."""

from __future__ import annotations

import argparse

from dp_multitask.cli.files import add_new_file, refuse_overwriting
from dp_multitask.cli.inputs import add_schema
from dp_multitask.cli.output import write_result

DESCRIPTION = """\
Write a JSON Schema (2020-12) of multitask and single-task training inputs. Editors use it to
complete keys and to mark typos: name the file under "$schema" in the input, or in the editor's
settings. Keys that start with "_" are comments and may stand anywhere.
"""
EXAMPLES = """\
  dp-multitask schema -o deepmd-input.schema.json
  dp-multitask schema --schema 3.1 | jq '."$defs" | keys'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_new_file(parser)
    add_schema(parser)


def run(args: argparse.Namespace) -> int:
    """Write the schema."""
    refuse_overwriting(args.output, [], force=args.force)
    from dp_multitask.checks.schema.json_schema import json_schema
    from dp_multitask.text.document import dump_data

    write_result(dump_data(json_schema(args.schema), "json"), args.output)
    return 0
