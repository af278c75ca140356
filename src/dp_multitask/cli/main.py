# SPDX-License-Identifier: LGPL-3.0-or-later
"""Entry point ``dp-multitask``: picks the sub-command and turns errors into messages."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module

from dp_multitask.cli.output import discard_stdout, print_error, tell, write_result
from dp_multitask.errors import (
    ConfigError,
    DocumentError,
    DPMultitaskError,
    UnserializableValueError,
)

# Task -> sub-command -> one line of help. The module dp_multitask.cli.<name with _ for -> has
# DESCRIPTION, EXAMPLES, add_arguments(parser) and run(args) -> exit code; it is imported only
# when its command runs.
COMMAND_GROUPS = {
    "training inputs": {
        "check": "report everything that would go wrong with training inputs",
        "resolve": "expand shared parts into full branches and list the shared links",
        "upgrade": "write an input of an earlier release as one of today",
        "compose": "put single-task inputs together as one multitask input; drop, rename branches",
        "finetune-input": "write the input that fine-tunes a trained model on new data",
        "diff": "tell where two inputs, model files or checkpoints differ",
        "init": "store a freshly initialised model",
    },
    "model files and checkpoints": {
        "show": "show branches, sharing and sizes of a model or an input, also as a picture",
        "split-branch": "take one branch out of a model or a training input",
        "merge": "put single-model files together as one multitask model file",
        "verify": "report everything that is wrong with model files and checkpoints",
        "convert": "write a model file as .dp or .yaml, flat or not",
    },
    "checkpoints of DeePMD-kit": {
        "pack": "store a trained model of DeePMD-kit in one native model file",
        "unpack": "make a checkpoint of DeePMD-kit from a native model file",
    },
    "reference": {
        "explain": "say what a diagnostic means, or what stands at a place of an input",
        "types": "list the component types, their classes and share levels",
        "schema": "write a JSON Schema of training inputs, for editors",
        "lsp": "serve editors: findings, fixes, jumps, renaming, completion as you type",
    },
}
COMMANDS = {name: line for group in COMMAND_GROUPS.values() for name, line in group.items()}

EXIT_FINE = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2

_FILES = frozenset({"FILE", "INPUT", "MODEL", "CHECKPOINT", "OUT", "LINKS", "ONE", "OTHER"})
_FOLDERS = frozenset({"DIR"})
"""By what the arguments that are files and folders are called in the usage."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; ``sys.argv[1:]`` by default.

    Returns
    -------
    int
        0 = fine, 1 = findings in the input, 2 = usage or I/O.
    """
    if sys.stderr is None:  # closed by the shell: 2>&-
        sys.stderr = io.StringIO()
    arguments = list(sys.argv[1:] if argv is None else argv)
    chosen = arguments[0] if arguments and arguments[0] in COMMANDS else None
    parser = _build_parser([chosen] if chosen else [])
    try:
        if not arguments:
            write_result(parser.format_help(), None)
            return EXIT_FINE
        args = parser.parse_args(arguments)
        code = int(import_module(_module_of(args.command)).run(args))
    except BrokenPipeError:
        # the reader (head, jq) has gone: nothing more to say, and no traceback at exit
        discard_stdout()
        return EXIT_FINE
    except KeyboardInterrupt:
        tell("interrupted")
        return 130
    except (ConfigError, DocumentError, UnserializableValueError) as err:
        print_error(err)
        return EXIT_FINDINGS
    except DPMultitaskError as err:
        print_error(err)
        return EXIT_USAGE
    return code


def main_parser() -> argparse.ArgumentParser:
    """Build the parser with every sub-command, for the documentation."""
    return _build_parser(list(COMMANDS))


def _module_of(command: str) -> str:
    return f"dp_multitask.cli.{command.replace('-', '_')}"


def _build_parser(complete: Sequence[str]) -> argparse.ArgumentParser:
    """Build the parser of the commands in `complete`; without any all are there in name."""
    parser = argparse.ArgumentParser(
        prog="dp-multitask",
        description="Resolve, check, store and split multitask DeePMD models.",
        epilog=_overview(),
        formatter_class=_formatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show the version and exit")
    parser.add_argument(
        "--print-completion",
        metavar="SHELL",
        action=_PrintCompletion,
        help="print what makes bash, zsh, fish, tcsh or powershell complete commands, by shtab",
    )
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, help="what to do, see below"
    )
    for name in () if complete else COMMANDS:
        commands.add_parser(name, add_help=False)  # the help lists it by task
    for name in complete:
        module = import_module(_module_of(name))
        command = commands.add_parser(
            name,
            help=COMMANDS[name] if len(complete) > 1 else argparse.SUPPRESS,
            description=module.DESCRIPTION,
            epilog=f"examples:\n{module.EXAMPLES}",
            formatter_class=_formatter,
            allow_abbrev=False,
        )
        module.add_arguments(command)
    return parser


def _overview() -> str:
    """List the commands by task, for the end of the help."""
    lines = []
    for group, commands in COMMAND_GROUPS.items():
        lines.append(f"{group}:")
        lines += [f"  {name:<14} {line}" for name, line in commands.items()]
        lines.append("")
    lines += [
        "examples:",
        "  dp-multitask check input.json",
        "  dp-multitask show input.json --format svg -o sharing.svg",
        "  dp-multitask COMMAND --help    has examples of each",
    ]
    return "\n".join(lines)


def _formatter(prog: str) -> argparse.HelpFormatter:
    # argparse would import shutil, and with it every compression module, to learn the width
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size(1).columns)
    except (OSError, ValueError):
        columns = 80
    return argparse.RawDescriptionHelpFormatter(prog, width=max(columns, 40) - 2)


class _ShowVersion(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from dp_multitask import __version__

        write_result(f"dp-multitask {__version__}\n", None)
        parser.exit()


class _PrintCompletion(argparse.Action):
    def __call__(
        self, parser: argparse.ArgumentParser, _: object, shell: object, *__: object
    ) -> None:
        try:
            import shtab
        except ImportError:
            parser.error("completion needs shtab: pip install 'dp-multitask[completion]'")
        if shell not in shtab.SUPPORTED_SHELLS:
            parser.error(f"no completion for {shell!r}, only {', '.join(shtab.SUPPORTED_SHELLS)}")
        whole = main_parser()
        _complete_files(whole, shtab.FILE, shtab.DIRECTORY)
        write_result(shtab.complete(whole, str(shell)), None)
        parser.exit()


def _complete_files(parser: argparse.ArgumentParser, file: object, folder: object) -> None:
    """Note for shtab which arguments are files: it takes files away from the others."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _complete_files(command, file, folder)
        words = set(re.findall(r"\w+", str(action.metavar)))
        if words & _FILES:
            vars(action)["complete"] = file
        elif words & _FOLDERS:
            vars(action)["complete"] = folder
