# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask show``: what an input or a model file consists of."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from dp_multitask.cli.files import add_new_file, is_model_file, refuse_overwriting
from dp_multitask.cli.inputs import add_backend, add_limit, errors_located_in, read_with_warnings
from dp_multitask.cli.output import printable_lines, tell, write_result
from dp_multitask.cli.show_picture import PICTURE_FORMATS, picture_text
from dp_multitask.cli.show_text import counts_text, summary_text, tree_text
from dp_multitask.config.branch_names import find_branch
from dp_multitask.config.summary import Size, Summary, VariableSummary, summarize_input
from dp_multitask.errors import DPMultitaskError, UsageError
from dp_multitask.records import NamedTuple
from dp_multitask.text.document import dump_data

if TYPE_CHECKING:
    from dp_multitask.components.whole.counting import InputCount

DESCRIPTION = """\
Show what a training input, a model file or a checkpoint (.pt) consists of: branches with aliases
and type maps, components with class and number of parameters (all numbers in their variables,
statistics too), what the branches share and at which level, bytes stored and bytes that sharing
saves; of a checkpoint step, learning rate, and whether it has optimizer and averaged weights.
No variable is read. Of an input, the parameters that its models will have are counted without
building them: those that training changes, and those that are found from the data.
With --format svg, html or mermaid it is a picture: who shares what with whom at which level.
"""
EXAMPLES = """\
  dp-multitask show input.json
  dp-multitask show model.ckpt.pt
  dp-multitask show model.dp --tree --branch water | less
  dp-multitask show model.dp --json | jq -r '.branches[].name'
  dp-multitask show input.json --format svg -o sharing.svg
  dp-multitask show model.dp --format html -o model.html
"""

_LIMIT = 400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help="training input, model file or checkpoint; - reads an input from stdin",
    )
    parser.add_argument("--json", action="store_true", help="give JSON, never cut")
    parser.add_argument(
        "--format",
        choices=("text", *PICTURE_FORMATS),
        default="text",
        help="text (default), or a picture of the sharing: svg; html, one page with a search and "
        "every variable; mermaid, for Markdown",
    )
    add_new_file(parser)
    parser.add_argument("--branch", metavar="NAME", help="show only this branch (name or alias)")
    parser.add_argument(
        "--tree", action="store_true", help="also list the variables of a model file"
    )
    add_limit(parser, _LIMIT, "the list of variables")
    add_backend(parser, "whose classes are named for an input")


class _Shown(NamedTuple):
    """What a file consists of; what only an input or only a model file has may be missing."""

    summary: Summary
    variables: list[VariableSummary]
    counts: InputCount | str | None = None
    config: dict[str, Any] | None = None


def run(args: argparse.Namespace) -> int:
    """Summarize and print."""
    if args.json and args.format != "text":
        msg = "--json and --format are two forms of one result"
        raise UsageError(msg, hint="leave one out")
    refuse_overwriting(args.output, [args.file], force=args.force)
    shown = _of_model_file(args) if is_model_file(args.file) else _of_input(args)
    for warning in shown.summary.warnings:
        tell(f"warning: {shown.summary.source}: {warning}")
    total = sum(branch.name is not None for branch in shown.summary.branches)
    if args.branch is not None:
        summary = _only(shown.summary, args.branch)
        kept = {branch.name for branch in summary.branches}
        variables = [each for each in shown.variables if each.branch in kept]
        shown = shown._replace(summary=summary, variables=variables)
    write_result(_result(shown, total, args), args.output)
    return 0


def _of_model_file(args: argparse.Namespace) -> _Shown:
    from dp_multitask.modelfile.reading.reader import open_model
    from dp_multitask.modelfile.summary import list_variables, summarize_model

    with open_model(args.file) as file:
        listed = args.tree or args.format == "html"
        return _Shown(summarize_model(file), list(list_variables(file)) if listed else [])


def _of_input(args: argparse.Namespace) -> _Shown:
    if args.tree:
        msg = "a training input has no variables, --tree is for model files"
        raise UsageError(msg, source=args.file)
    document = read_with_warnings(args.file, None)
    with errors_located_in(document):
        summary = summarize_input(document.data, document.name, backend=args.backend)
    return _Shown(summary, [], _parameter_counts(document.data), document.data)


def _result(shown: _Shown, total: int, args: argparse.Namespace) -> str:
    """Write what is shown in the form that was asked for."""
    summary, variables, counts, config = shown
    if args.json:
        result = _as_json(summary, variables if args.tree else None)
        if counts is not None:
            result["parameters"] = None if isinstance(counts, str) else _counts_as_json(counts)
        return dump_data(result, "json")
    if args.format != "text":
        return picture_text(
            args.format, summary, counts=counts, config=config, variables=variables
        )
    text = summary_text(summary, total)
    if counts is not None:
        names = ("model" if each.name is None else each.name for each in summary.branches)
        text += counts_text(counts, list(names))
    return printable_lines(text + (tree_text(variables, args.limit) if args.tree else ""))


def _parameter_counts(config: dict[str, Any]) -> InputCount | str:
    """Count the parameters that an input asks for, or say why that cannot be known."""
    from dp_multitask.components.whole.counting import count_input

    try:
        return count_input(config)
    except DPMultitaskError as err:
        return str(err)


def _counts_as_json(counts: InputCount) -> dict[str, Any]:
    return {
        "branches": {name: each._asdict() for name, each in counts.branches.items()},
        "shared": {name: each._asdict() for name, each in counts.shared.items()},
        "total": counts.total._asdict(),
    }


def _only(summary: Summary, name: str) -> Summary:
    """Keep one branch, and what it shares with others."""
    named = {branch.name: branch for branch in summary.branches if branch.name is not None}
    if not named:
        msg = "there are no branches: it is a single model"
        raise UsageError(msg, source=summary.source, hint="leave --branch out")
    configs = {each: {"model_branch_alias": branch.aliases} for each, branch in named.items()}
    found = find_branch(name, configs, source=summary.source)
    shared = [
        each
        for each in summary.shared
        if any(link["model_key"] == found for link in each.links)
    ]
    return summary._replace(branches=[named[found]], shared=shared)


def _as_json(summary: Summary, variables: list[VariableSummary] | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "file": summary.source,
        "kind": summary.kind,
        "metadata": summary.metadata,
        "branches": [],
        "shared": {},
    }
    for branch in summary.branches:
        entry = {
            "name": branch.name,
            "aliases": branch.aliases,
            "type_map": branch.type_map,
            "info": branch.info,
            "components": [
                {"path": part.path, "type": part.type, "class": part.class_name}
                | _sizes(part.size)
                for part in branch.components
            ],
            **_sizes(branch.size),
        }
        result["branches"].append(entry)
    for shared in summary.shared:
        saved = {} if shared.saved is None else {"bytes_saved": shared.saved.nbytes}
        result["shared"][shared.key] = {"type": shared.class_name, "links": shared.links, **saved}
    if summary.stored is not None and summary.together is not None:
        result["bytes"] = {
            "stored": summary.stored.nbytes,
            "branches_together": summary.together.nbytes,
            "saved": max(summary.together.nbytes - summary.stored.nbytes, 0),
        }
    if variables is not None:
        result["variables"] = [
            {**each._asdict(), "shape": list(each.shape)} for each in variables
        ]
    return result


def _sizes(size: Size | None) -> dict[str, int]:
    return {} if size is None else {"parameters": size.parameters, "bytes": size.nbytes}
