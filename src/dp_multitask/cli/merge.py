# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask merge``: single models as the branches of one multitask model file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from dp_multitask.cli.files import (
    add_new_file,
    named_files,
    refuse_overwriting,
    require_model_file,
)
from dp_multitask.cli.inputs import errors_located_in, read_with_warnings
from dp_multitask.cli.output import tell
from dp_multitask.config.branch_names import ALIAS_KEY
from dp_multitask.config.links import links_among
from dp_multitask.config.model_section import branches_of
from dp_multitask.config.training_input import resolve_input
from dp_multitask.errors import UnknownBranchError, UsageError
from dp_multitask.text.document import Document
from dp_multitask.text.plain_data import suggest

DESCRIPTION = """\
Put single-model files together as the branches of one multitask model file. The training input
says what the branches share; these variables are stored once, after every one of them was compared
bit for bit. Where they differ, nothing is written and the variables are named.
"""
EXAMPLES = """\
  dp-multitask merge water=water.dp ice=ice.dp --config input.json -o model.dp
  dp-multitask merge water=a.dp ice=b.dp --links links.json -o model.dp
  dp-multitask merge water=a.dp gold=b.dp --share-nothing -o model.dp
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "branches", metavar="NAME=FILE", nargs="+", help="a branch and its single-model file"
    )
    sharing = parser.add_mutually_exclusive_group(required=True)
    sharing.add_argument(
        "--config", metavar="INPUT", help="multitask training input that says what is shared"
    )
    sharing.add_argument(
        "--links", metavar="LINKS", help="shared links, as resolve --links-only writes them"
    )
    sharing.add_argument(
        "--share-nothing", action="store_true", help="the branches have nothing in common"
    )
    add_new_file(parser, help="the model file to write", required=True)


def run(args: argparse.Namespace) -> int:
    """Merge and write."""
    sources = named_files(args.branches, "FILE", "water=water.dp")
    for path in sources.values():
        require_model_file(path)
    refuse_overwriting(args.output, list(sources.values()), force=args.force)
    links, shared_dict, aliases = _sharing(args, sources)
    from dp_multitask.modelfile.branches import merge_branches

    merge_branches(
        sources, args.output, shared_links=links, shared_dict=shared_dict, aliases=aliases
    )
    _warn_of_ambiguous_aliases(args.output)
    return 0


def _sharing(
    args: argparse.Namespace, branches: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any]]:
    """Give the shared links among the merged branches, the shared entries and the aliases."""
    if args.share_nothing:
        return {}, None, {}
    document = read_with_warnings(args.links or args.config, None)
    if args.links:
        _check_links(document)
        return document.data, None, {}
    with errors_located_in(document):
        resolved = resolve_input(document.data)
    model = resolved["model"]
    known = branches_of(model)
    for name in branches:
        if name not in known:
            near = suggest(name, known)
            hint = f"Did you mean {near!r}?" if near else f"its branches: {', '.join(known)}"
            msg = f"the input has no branch {name!r}"
            raise UnknownBranchError(msg, source=document.name, hint=hint)
    missing = [name for name in known if name not in branches]
    if missing:
        tell(f"note: branches that are not merged: {', '.join(missing)}")
    aliases = {name: known[name].get(ALIAS_KEY, []) for name in branches}
    links = links_among(resolved["shared_links"], branches)
    return links, model.get("shared_dict"), aliases


def _warn_of_ambiguous_aliases(output: str) -> None:
    from dp_multitask.modelfile.reading.reader import open_model

    with open_model(output) as file:
        for alias, bearers in file.aliases.items():
            names = [*bearers, *(name for name in file.branches if name == alias)]
            if len(set(names)) > 1:
                tell(
                    f"warning: {output}: {alias!r} means several branches, {', '.join(names)}; "
                    "DeePMD-kit refuses such a model. With --config the aliases are the input's",
                )


def _check_links(document: Document) -> None:
    for key, entry in document.data.items():
        if not (isinstance(entry, dict) and isinstance(entry.get("links"), list)):
            msg = "expected a shared entry with its list 'links'"
            hint = "resolve --links-only writes such a file"
            if "model" in document.data:
                hint = "this looks like a training input: did you mean --config?"
            where = document.locate((key,))
            raise UsageError(
                msg, source=document.name, path=(key,), position=where, hint=hint
            )
