# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the README shows is what happens."""

import re
import shutil
from pathlib import Path

from dp_multitask.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_findings_shown_are_those_of_the_broken_example(call_command):
    console = re.search(r"```console\n\$ dp-multitask (.*?)\n(.*?)```", README, re.DOTALL)
    command, shown = console.groups()
    result = call_command(*command.split(), cwd=ROOT)
    assert result.returncode == 1
    assert result.stdout.decode().startswith(shown.removesuffix("...\n"))


def test_every_command_is_listed():
    listed = re.findall(r"^\| `([a-z-]+)", README, re.M)
    assert sorted(listed) == sorted(COMMANDS)


def test_the_two_commands_set_up_an_environment_of_their_own():
    for name in ("main", "test"):
        (command,) = re.findall(rf"<!-- command: {name} -->\n```sh\n(.*)\n```", README)
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install")


def test_the_python_example_names_what_exists():
    import dp_multitask

    (names,) = re.findall(r"^from dp_multitask import (.*)$", README, re.M)
    assert set(names.split(", ")) <= set(dp_multitask.__all__)


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_three_commands_do_what_is_said(call_command, tmp_path):
    for folder in ("examples", "tests/data/models/water_se_e2_a"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (text,) = re.findall(r"<!-- tried by .*? -->\n```sh\n(.*?)```", README, re.DOTALL)
    codes = [call_command(*line.split()[1:]).returncode for line in text.splitlines()]
    assert codes == [1, 0, 0]
    assert (tmp_path / "water.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert call_command("verify", "model_1.dp").returncode == 0
