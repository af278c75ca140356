# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every command that a page shows is run, and prints what the page shows."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dp_multitask
from dp_multitask.checks.fresh_model import fresh_payload
from dp_multitask.cli.main import COMMANDS, main_parser
from pages import ROOT, Block, assert_shown, blocks, printed, run_command_line
from small_inputs import multitask

PAGES = {
    str(path.relative_to(ROOT)): path
    for path in [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "editors/vscode/README.md")),
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted((ROOT / "docs/rules").glob("*.md")),
        *sorted((ROOT / "examples").rglob("*.md")),
    ]
}
ELSEWHERE = {
    "docs/one-branch.md": "tests/interop/test_one_branch_page.py",
    "docs/whole-life.md": "tests/interop/test_whole_life_page.py",
    "examples/pytorch_training/README.md": "tests/interop/test_pytorch_training_example.py",
}
"""Pages whose commands need a DeePMD-kit or PyTorch -> the test that runs them."""

OTHERS = {
    **dict.fromkeys(("pip", "python3", "cd", "code"), "installs something"),
    **dict.fromkeys(
        (".venv/bin/pip", ".venv-interop/bin/pip", "/tmp/build/bin/python"), "the same"
    ),
    **dict.fromkeys(("python", ".venv-interop/bin/python"), "has a test of its own, or takes long"),
    "dp": "needs DeePMD-kit",
}
"""Programs that are not ours -> why they are not run here."""


# --- what pages start from ------------------------------------------------------------------

WATER = ROOT / "tests/data/models/water_se_e2_a"


def examples(folder: Path) -> None:
    for name in ("examples", "tests/data/models/water_se_e2_a"):
        shutil.copytree(ROOT / name, folder / name)


def check_page(folder: Path) -> None:
    examples(folder)
    for name, source in {
        "input.yaml": "mend/input.yaml",
        "finetune.json": "finetune/input.json",
    }.items():
        shutil.copy(ROOT / "examples" / source, folder / name)
    dp_multitask.init("examples/water/input.json", "trained.dp")
    (folder / "input.json").write_bytes((ROOT / "examples/water/input.json").read_bytes())


def two_models(folder: Path) -> None:
    shutil.copy(WATER / "input.json", folder)
    packed = dp_multitask.pack(
        WATER / "model.ckpt.pt", config=json.loads((WATER / "input.json").read_text())
    )
    dp_multitask.save_model("model.dp", packed.tree)
    dp_multitask.split_branch("model.dp", "model_1", "model_1.dp")


def a_checkpoint(folder: Path) -> None:
    shutil.copy(ROOT / "tests/data/models/release_3.1.2/multitask.pt", folder / "model.ckpt.pt")


def water_input(folder: Path) -> None:
    for form in ("json", "yaml"):
        shutil.copy(ROOT / f"examples/water/input.{form}", folder)


def a_model(folder: Path) -> None:
    dp_multitask.save_model("model.dp", fresh_payload(multitask(), 1))


GIVEN: dict[str, Callable[[Path], object]] = {
    "README.md": lambda folder: (examples(folder), a_model(folder)),
    "docs/api.md": examples,
    "docs/backends.md": a_checkpoint,
    "docs/check.md": check_page,
    "docs/index.md": examples,
    "docs/model-files.md": two_models,
    "docs/show.md": examples,
    "examples/water/README.md": water_input,
}
NAMES: dict[str, Callable[[], dict[str, Any]]] = {
    "README.md": lambda: {"config": multitask()},
    "docs/check.md": lambda: {"config": multitask()},
    "docs/components.md": lambda: {
        "tree": fresh_payload(multitask(), 1)["model"]["model_dict"]["ice"]["descriptor"],
        "branch": dp_multitask.preprocess_shared_params(multitask()["model"])[0]["model_dict"][
            "ice"
        ],
    },
}
"""What a page's Python takes for granted."""


# --- running them ---------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def ours(line: str) -> bool:
    """Tell a line in which one of our commands runs from one of other programs alone."""
    return re.search(r"(?:^|[|;&]\s*)dp-multitask\b", line) is not None


def run_block(block: Block, folder: Path) -> int:
    """Run the commands of a block; give how many these were."""
    number = 0
    for command, shown in block.commands():
        if not ours(command):
            words = shlex.split(command, comments=True)
            program = next(word for word in words if "=" not in word)
            if program not in OTHERS:
                assert_shown(shown, run_command_line(command, folder)[1], command)
            continue
        if "| jq" in command and shutil.which("jq") is None:
            continue
        code, found = run_command_line(command, folder)
        assert "Traceback" not in found
        assert code in ((0, 1) if " check " in command or " diff " in command or shown else (0,)), (
            command,
            found,
        )
        if shown:
            assert_shown(shown, found, command)
        number += 1
    return number


WITH_COMMANDS = [
    name
    for name, path in PAGES.items()
    if name not in ELSEWHERE
    and any(block.language in ("console", "sh", "python") for block in blocks(path))
]


@pytest.mark.skipif(shutil.which("sh") is None, reason="pages show commands for a POSIX shell")
@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_a_page_from_top_to_bottom(page: str, folder: Path):
    GIVEN.get(page, lambda folder: None)(folder)
    for block in blocks(PAGES[page]):
        if block.mark.startswith("file: "):
            target = folder / block.mark.removeprefix("file: ")
            target.parent.mkdir(exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            run_python(block.text, page)
        run_block(block, folder)


def run_python(code: str, page: str) -> None:
    if "register(" in code:  # in a process of its own: types stay known
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return
    with printed():
        exec(compile(code, page, "exec"), NAMES.get(page, dict)() | {"__name__": "__main__"})


def test_pages_that_are_run_elsewhere_are_named_there():
    for page, test in ELSEWHERE.items():
        text = (ROOT / test).read_text(encoding="utf-8")
        assert Path(page).name in text or Path(page).parent.name in text


# --- what stands within sentences -----------------------------------------------------------

OF_OTHER_PROGRAMS = {
    *("--pt", "--pt-expt", "--tf", "--jax", "--pd", "--head", "--init-frz", "--skip-neighbor-stat"),
    *("--nproc-per-node", "--no-binary"),
}


def options() -> dict[str, set[str]]:
    """Give the options of each command."""
    (commands,) = [
        action.choices
        for action in main_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    return {name: set(parser._option_string_actions) for name, parser in commands.items()}


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_options_in_sentences_exist(page: str):
    known = options()
    text = re.sub(r"^```.*?^```$", "", PAGES[page].read_text(encoding="utf-8"), flags=re.S | re.M)
    for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", text):
        words = code.split()
        if words[0] == "dp-multitask" and len(words) > 1 and words[1] not in ("COMMAND", "index"):
            assert words[1] in COMMANDS or words[1].startswith("--"), code
        command = words[1] if words[0] == "dp-multitask" and len(words) > 1 else words[0]
        allowed = known.get(command) or {*set().union(*known.values()), *OF_OTHER_PROGRAMS}
        if words[0] not in ("dp", "pip", "torchrun", "nm"):
            for word in words:
                if re.fullmatch(r"--[a-z][a-z-]+", word):
                    assert word in allowed | {"--help", "--version", "--print-completion"}, code
