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


def test_bash_completes_a_command(call_command, tmp_path):
    pytest.importorskip("shtab")
    if not shutil.which("bash"):
        pytest.skip("no bash")
    (tmp_path / "completion").write_bytes(call_command("--print-completion", "bash").stdout)
    script = (
        "source completion; COMP_WORDS=(dp-multitask spl); COMP_CWORD=1; "
        "$(complete -p dp-multitask | sed 's/.*-F \\([^ ]*\\).*/\\1/'); echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, cwd=tmp_path)
    assert done.stdout.split() == [b"split-branch"]


def test_an_unknown_shell_is_refused(call_command):
    pytest.importorskip("shtab")
    refused = call_command("--print-completion", "nosh")
    assert refused.returncode == 2
    assert b"no completion for 'nosh'" in refused.stderr
