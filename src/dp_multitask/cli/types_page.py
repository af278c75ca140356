# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tables of what was verified of every native class, for ``docs/verified.md``."""

from __future__ import annotations

from dp_multitask.component_types import ComponentType
from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import Constant, Version
from dp_multitask.components.core.shareable import Verified
from dp_multitask.errors import UnknownTypeError
from dp_multitask.registry import native_class

_TITLES = {"descriptor": "Descriptors", "fitting_net": "Fitting nets", "model": "Models"}


def native_component(kind: str, name: str) -> type[Component] | None:
    """Give the native class of a type; None if it has none."""
    try:
        cls = native_class(kind, name)
    except UnknownTypeError:
        return None
    return cls if issubclass(cls, Component) else None


def types_page(entries: list[ComponentType]) -> str:
    """Write the tables."""
    lines = []
    for kind, title in _TITLES.items():
        lines += [
            f"### {title}",
            "",
            "| type | native class | tree | exact | fresh | evaluated | note |",
            "|---|---|---|---|---|---|---|",
            *(_row(entry) for entry in entries if entry.kind == kind),
            "",
        ]
    return "\n".join(lines)


def _row(entry: ComponentType) -> str:
    cls = native_component(entry.kind, entry.name)
    found: Verified = getattr(cls, "verified", Verified(note=entry.note))
    cells = [
        f"`{entry.name}`",
        "-" if cls is None else f"`{cls.__name__}`",
        "-" if cls is None else _tree(cls.layout),
        *(", ".join(each) or "-" for each in found[:3]),
        found.note,
    ]
    return f"| {' | '.join(cells)} |"


def _tree(layout: tuple[object, ...]) -> str:
    """Name the tree's type and versions."""
    entries = [entry for entry in layout if isinstance(entry, Constant | Version)]
    names = [
        f"`{each.value}`" for each in entries if isinstance(each, Constant) and each.name == "type"
    ]
    versions = [each for each in entries if isinstance(each, Version)]
    kind = names[0] if names else "-"
    if not versions:
        return kind
    oldest, newest = versions[0].oldest, versions[0].newest
    return f"{kind} {oldest}" if oldest == newest else f"{kind} {oldest} to {newest}"
