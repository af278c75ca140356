#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Write docs/fields.md from the fields of the native classes.

Run it after a change of a class's layout; a test asserts that the page is current.
"""

from __future__ import annotations

import json
import pkgutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import dp_multitask.components
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.describe import describe_class

PAGE = Path(__file__).resolve().parent.parent / "docs" / "fields.md"
HEAD = """\
% Written by tools/write_field_docs.py from the layouts of the classes; edit those.

# Fields of the native classes

What each class keeps beside its arrays and nested components, in the order of a tree. A default is
what a config gets that leaves the field out; where there is none, a config must give it. *tree* and
*config* mark what only one of the two has. `dp-multitask types --json` gives the same as data.
"""
PARTS = {
    "descriptor": "Descriptors",
    "fitting_net": "Fitting nets",
    "model": "Models",
    None: "Parts of these",
}


def classes() -> list[type[Component]]:
    """Give every native class of this package, by name."""
    home = dp_multitask.components
    for module in pkgutil.walk_packages(home.__path__, f"{home.__name__}."):
        import_module(module.name)
    found: list[type[Component]] = [Component]
    for cls in found:
        found += [each for each in cls.__subclasses__() if each not in found]
    ours = (cls for cls in found if cls.__module__.startswith(home.__name__) and cls.layout)
    return sorted(ours, key=lambda cls: cls.__name__)


def page() -> str:
    """Write the page; classes with the same fields stand together."""
    groups: dict[tuple[str | None, str], list[str]] = {}
    for cls in classes():
        if table := _table(describe_class(cls)["fields"]):
            groups.setdefault((cls.kind, table), []).append(cls.__name__)
    lines = [HEAD]
    for kind, title in PARTS.items():
        lines.append(f"## {title}\n")
        for (of_kind, table), names in groups.items():
            if of_kind == kind:
                lines += [f"### {', '.join(names)}\n", table]
    return "\n".join(lines)


def _table(fields: list[dict[str, Any]]) -> str:
    if not fields:
        return ""
    rows = [
        "| field | type | default | unit | meaning |\n| --- | --- | --- | --- | --- |",
        *(_row(field) for field in fields),
    ]
    return "\n".join(rows) + "\n"


def _row(field: dict[str, Any]) -> str:
    default = f"`{json.dumps(field['default'])}`" if "default" in field else ""
    names = ", ".join(f"`{name}`" for name in (field["name"], *field.get("aliases", ())))
    marked = f"{names} (*{field['only_in']}*)" if "only_in" in field else names
    kind = field["type"].replace(" | ", " or ")
    return f"| {marked} | {kind} | {default} | {field.get('unit', '')} | {field['meaning']} |"


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
