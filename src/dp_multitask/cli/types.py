# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask types``: every component type that the registry knows."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from dp_multitask.cli.output import tell, write_result
from dp_multitask.component_types import BACKENDS, ComponentType
from dp_multitask.registry import load_plugins, registered_types

DESCRIPTION = """\
List every type of descriptor, fitting net and model: its aliases, the class that each backend
builds for it, and the share levels that these classes implement when training starts.
Types that plugins add (entry-point group dp_multitask.components) are included. With --json also
what each native class keeps: its fields with their defaults, nested components and variables.
"""
EXAMPLES = """\
  dp-multitask types
  dp-multitask types --markdown
  dp-multitask types --json | jq '.[] | select(.kind == "descriptor") | .name'
"""

_TITLES = {"descriptor": "descriptors", "fitting_net": "fitting nets", "model": "models"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="give JSON")
    form.add_argument(
        "--markdown", action="store_true", help="give a table of what was verified of each class"
    )


def run(args: argparse.Namespace) -> int:
    """Print the registry."""
    entries = registered_types()
    for err in load_plugins():
        tell(f"warning: {err.message} ({err.hint})")
    if args.markdown:
        from dp_multitask.cli.types_page import types_page

        write_result(types_page(entries), None)
    else:
        write_result(_as_json(entries) if args.json else _as_text(entries), None)
    return 0


def _as_json(entries: list[ComponentType]) -> str:
    from dp_multitask.text.document import dump_data

    rows: list[dict[str, Any]] = [
        {
            "kind": entry.kind,
            "name": entry.name,
            "aliases": list(entry.aliases),
            "argument_check_only": list(entry.argument_check_only),
            "classes": {name: entry.class_names.get(name) for name in BACKENDS},
            "share_levels": {
                name: list(entry.share_levels.get(name, ()))
                for name in BACKENDS
                if name in entry.class_names
            },
            "native": _native(entry),
        }
        for entry in entries
    ]
    return dump_data(rows, "json")


def _native(entry: ComponentType) -> dict[str, Any] | None:
    """Describe the native class of a type; None if it has none."""
    from dp_multitask.components.core.component import Component
    from dp_multitask.components.core.describe import describe_class
    from dp_multitask.errors import UnknownTypeError
    from dp_multitask.registry import native_class

    try:
        cls = native_class(entry.kind, entry.name)
    except UnknownTypeError:
        return None
    return describe_class(cls) if issubclass(cls, Component) else None


def _as_text(entries: list[ComponentType]) -> str:
    lines: list[str] = []
    for kind, title in _TITLES.items():
        lines += [f"{title}:", ""]
        for entry in entries:
            if entry.kind == kind:
                names = ", ".join([entry.name, *entry.aliases])
                lines.append(f"  {names}")
                lines += [f"      {row}" for row in _rows(entry)]
        lines.append("")
    return "\n".join(lines)


def _rows(entry: ComponentType) -> list[str]:
    rows = [
        f"{class_name:<24} {', '.join(backends)}"
        for class_name, backends in _grouped(entry.class_names).items()
    ]
    if not rows:
        rows.append("no current backend has it")
    shared = _grouped({name: levels for name, levels in entry.share_levels.items() if levels})
    for levels, backends in shared.items():
        shown = ", ".join(map(str, levels))
        rows.append(f"{'share levels ' + shown:<24} {', '.join(backends)}")
    return rows


def _grouped(by_backend: Mapping[str, Any]) -> dict[Any, list[str]]:
    groups: dict[Any, list[str]] = {}
    for name in BACKENDS:
        if name in by_backend:
            groups.setdefault(by_backend[name], []).append(name)
    return groups
