# SPDX-License-Identifier: LGPL-3.0-or-later
"""The house as `docs/architecture.md` describes it: rooms, doors, and nothing that nobody uses.

Imports in functions count, those for type checkers alone do not.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "dp_multitask"

ROOMS = (
    *("records", "notebooks", "errors", "diagnostics", "system_files", "atomic_file"),
    *("component_types", "registry"),
    *("text", "config", "components", "checks", "modelfile", "checkpoint", "deepmd_kit"),
    *("pictures", "editor", "cli"),
)
"""From left to right: what stands in one may use what stands before it."""

MOST_LINES = 350


@cache
def modules() -> dict[str, Path]:
    found = {}
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported_by(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                names.add(inner if inner in modules() else node.module)
        elif isinstance(node, ast.Import):
            names.update(each.name for each in node.names)
        names |= imported_by(node)
    return names


@cache
def imports() -> dict[str, set[str]]:
    """Give, for each module, the modules of the package that it imports."""
    return {
        name: {each for each in imported_by(ast.parse(path.read_text())) if each in modules()}
        for name, path in modules().items()
    }


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_every_room_is_on_the_plan() -> None:
    assert {room(name) for name in modules()} <= {*ROOMS, "", "__main__", "_version"}


def test_imports_go_leftwards() -> None:
    rightward = {
        (name, used)
        for name, all_used in imports().items()
        for used in all_used
        if room(name) in ROOMS
        and room(used) in ROOMS
        and ROOMS.index(room(used)) > ROOMS.index(room(name))
    }
    assert rightward == set()


def cycles() -> set[frozenset[str]]:
    """Find the groups of modules that import each other (Tarjan)."""
    graph = imports()
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: set[frozenset[str]] = set()

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for used in graph[name]:
            if used not in index:
                visit(used)
                low[name] = min(low[name], low[used])
            elif used in stack:
                low[name] = min(low[name], index[used])
        if low[name] == index[name]:
            group = frozenset(stack[stack.index(name) :])
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.add(group)

    for name in graph:
        if name not in index:
            visit(name)
    return found


def test_modules_do_not_import_each_other() -> None:
    assert cycles() == set()


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_is_short_enough_to_be_about_one_thing(name: str) -> None:
    assert len(modules()[name].read_text().splitlines()) <= MOST_LINES


def test_every_module_is_used() -> None:
    """It is imported, named in a string (a table of what is imported at need), or registered."""
    used = set().union(*imports().values())
    texts = {name: path.read_text() for name, path in modules().items()}
    for name, path in modules().items():
        if path.name in ("__init__.py", "__main__.py", "_version.py") or name in used:
            continue
        last = name.rpartition(".")[2]
        names = {name, last, last.replace("_", "-"), last.removesuffix("_text")}
        words = {f'"{each}"' for each in names}
        others = [text for other, text in texts.items() if other != name]
        registered = "@native(" in texts[name]
        assert registered or any(word in text for text in others for word in words), name


def names_that_modules_give() -> dict[str, set[str]]:
    """Give the public classes, aliases of types and constants of the package, with their modules.

    The words that every command states, as `CONTRIBUTING.md` asks for, are no names of one module.
    """
    found: dict[str, set[str]] = {}
    for module, path in modules().items():
        for node in ast.parse(path.read_text()).body:
            targets: list[ast.expr] = []
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, ast.AnnAssign):
                targets = [node.target]
            names = [each.id for each in targets if isinstance(each, ast.Name)]
            names += [node.name] if isinstance(node, ast.ClassDef) else []
            for name in names:
                if name[0].isupper() and name not in ("DESCRIPTION", "EXAMPLES"):
                    found.setdefault(name, set()).add(module)
    return found


def test_a_name_has_one_meaning() -> None:
    several = {name: where for name, where in names_that_modules_give().items() if len(where) > 1}
    assert several == {}
