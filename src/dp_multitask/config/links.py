# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shared links: which branches use a shared entry, in what order, at what level."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

SharedLinks = dict[str, dict[str, Any]]
"""``{shared key: {"type": class, "links": [{"model_key", "shared_type", "shared_level"}]}}``."""

_SPIN_RANK = 100


def add_link(links: SharedLinks, key: str, model_key: str, shared_type: str, level: int) -> None:
    """Append a link to the entry of `key`, which must be there."""
    links[key]["links"].append(
        {"model_key": model_key, "shared_type": shared_type, "shared_level": level}
    )


def sort_links(links: SharedLinks, spin_branches: Collection[str]) -> None:
    """Bring each entry's links into order, in place; the first one is the base.

    Links are sorted by share level, those of spin branches first (their type embedding covers
    more types), otherwise in order of use: the base's parameters are those that the others take.
    """
    for entry in links.values():
        entry["links"].sort(
            key=lambda link: rank_of(link["shared_level"], link["model_key"] in spin_branches)
        )


def rank_of(level: int, spin: bool) -> int:
    """Give a link's place among those of its entry; equal ones keep the order of use."""
    return level - _SPIN_RANK * spin


def links_as_json(links: SharedLinks) -> SharedLinks:
    """Copy the links with class names in place of classes, ready for JSON."""
    return {
        key: {
            "type": kind if isinstance(kind := entry["type"], str) else kind.__name__,
            "links": [dict(link) for link in entry["links"]],
        }
        for key, entry in links.items()
    }


def links_among(links: SharedLinks, branches: Collection[str]) -> SharedLinks:
    """Keep the links of some branches; an entry without any is dropped."""
    kept = {
        key: entry | {"links": [each for each in entry["links"] if each["model_key"] in branches]}
        for key, entry in links_as_json(links).items()
    }
    return {key: entry for key, entry in kept.items() if entry["links"]}
