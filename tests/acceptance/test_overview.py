# SPDX-License-Identifier: LGPL-3.0-or-later
"""The command without arguments, its overview, and completion at the shell."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from dp_multitask.cli.main import COMMAND_GROUPS, COMMANDS


def test_the_bare_command_lists_every_command_by_task(run_command):
    shown = run_command()
    assert (shown.returncode, shown.stderr) == (0, b"")
    text = shown.stdout.decode()
    for group, commands in COMMAND_GROUPS.items():
        after = text.partition(f"\n{group}:\n")[2].partition("\n\n")[0]
        assert [line.split()[0] for line in after.splitlines()] == list(commands)
    assert run_command("--help").stdout == shown.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_ends_with_an_example_of_it(call_command, name: str):
    shown = call_command(name, "--help")
    assert shown.returncode == 0
    examples = shown.stdout.decode().partition("examples:")[2]
    assert f"dp-multitask {name}" in examples


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(call_command, shell: str):
    pytest.importorskip("shtab")
    printed = call_command("--print-completion", shell)
    if shell == "fish" and printed.returncode:
        pytest.skip("this shtab has no fish")
    assert (printed.returncode, printed.stderr) == (0, b"")
    text = printed.stdout.decode()
    for name in COMMANDS:
        assert name in text
    assert "output-format" in text
    if shutil.which(shell):
        syntax = subprocess.run([shell, "-n"], input=printed.stdout, capture_output=True)
        assert (syntax.returncode, syntax.stderr) == (0, b"")


def test_bash_completes_commands_options_and_files(call_command, tmp_path):
    pytest.importorskip("shtab")
    if not shutil.which("bash"):
        pytest.skip("no bash")
    (tmp_path / "completion").write_bytes(call_command("--print-completion", "bash").stdout)
    (tmp_path / "water.json").touch()
    (tmp_path / "water.d").mkdir()
    cases = {
        "spl": "split-branch",
        "show --format ht": "html",
        "show wat": "water.d water.json",
        "verify one.dp wat": "water.d water.json",
        "diff wat": "water.d water.json",
        "show one.json -o wat": "water.d water.json",
        "check --finetune wat": "water.d water.json",
        "finetune-input one.dp --systems wat": "water.d",
        "split-branch one.dp wat": "",  # a branch is no file
    }
    lines = ["source completion"]
    lines.append("name=$(complete -p dp-multitask | sed 's/.*-F \\([^ ]*\\).*/\\1/')")
    for typed in cases:
        number = len(typed.split())
        lines.append(f"COMP_WORDS=(dp-multitask {typed}); COMP_CWORD={number}; COMPREPLY=(); $name")
        lines.append("printf '%s\\n' \"${COMPREPLY[@]}\" | sort | paste -sd ' '")
    script = "\n".join(lines)
    done = subprocess.run(["bash", "-c", script], capture_output=True, cwd=tmp_path)
    assert done.stdout.decode().splitlines() == list(cases.values()), done.stderr


def test_an_unknown_shell_is_refused(call_command):
    pytest.importorskip("shtab")
    refused = call_command("--print-completion", "nosh")
    assert refused.returncode == 2
    assert b"no completion for 'nosh'" in refused.stderr
