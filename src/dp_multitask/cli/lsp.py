# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask lsp``: a language server for training inputs."""

from __future__ import annotations

import argparse

from dp_multitask.cli.inputs import add_backend, add_schema
from dp_multitask.errors import UsageError

DESCRIPTION = """\
Serve editors that speak the Language Server Protocol, over standard input and output: findings of
`check` as you type, with their fixes; jumps between a shared entry and its users; renaming of
shared entries and branches in every section; what a key means; completion of keys, values,
references and share levels. JSON and YAML. Needs the extra: pip install 'dp-multitask[editor]'.
The documentation shows how editors are set up."""

EXAMPLES = """\
  dp-multitask lsp
  dp-multitask lsp --schema 3.1 --backend pt
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_schema(parser)
    add_backend(parser, "that inputs are meant for")


def run(args: argparse.Namespace) -> int:
    """Serve until the editor ends it."""
    from dp_multitask.checks.schema.table import load_table

    load_table(args.schema)
    try:
        from dp_multitask.editor.server import make_server
    except ModuleNotFoundError as err:
        msg = f"the language server needs the package {err.name!r}"
        raise UsageError(msg, hint="pip install 'dp-multitask[editor]'") from err
    make_server(args.schema, args.backend).start_io()
    return 0
