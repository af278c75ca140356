# SPDX-License-Identifier: LGPL-3.0-or-later
"""The page of the Python interface names everything that a user can get hold of."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

import dp_multitask
from dp_multitask import components

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
NAMED = re.findall(r"^\.\. auto(?:function|class):: (\S+)$", PAGE, re.MULTILINE)
PUBLIC = [
    *(f"dp_multitask.{name}" for name in dp_multitask.__all__ if name != "DPMultitaskError"),
    *(f"dp_multitask.components.{name}" for name in components.__all__),
]


def named(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


@pytest.mark.parametrize("path", PUBLIC)
def test_every_public_name_is_on_the_page(path: str):
    assert path in NAMED


def test_every_error_is_on_the_page():
    assert ".. automodule:: dp_multitask.errors\n   :members:" in PAGE


def returned() -> set[str]:
    """Give the names of classes that the public functions say they return."""
    names: set[str] = set()
    for path in PUBLIC:
        function = named(path)
        if inspect.isfunction(function) and (kind := function.__annotations__.get("return")):
            names |= {each.id for each in ast.walk(ast.parse(kind)) if isinstance(each, ast.Name)}
    return names - {"Any", "Callable", "dict", "list", "str", "tuple"}


def test_every_class_that_a_function_gives_is_on_the_page():
    assert {"Diagnostic", "Composed", "Origin", "Summary"} <= returned()
    on_page = {path.rpartition(".")[2] for path in NAMED}
    aliases = {"SharedLinks", "_T"}  # a dictionary; whatever class is registered
    assert returned() - aliases <= on_page


@pytest.mark.parametrize("path", NAMED)
def test_what_is_on_the_page_exists_and_says_what_it_is(path: str):
    text = inspect.getdoc(named(path))
    assert text
    assert text != inspect.getdoc(tuple)
