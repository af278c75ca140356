# SPDX-License-Identifier: LGPL-3.0-or-later
"""The DeePMD-kit releases that there are tables of, and what users may call them."""

from __future__ import annotations

from dp_multitask.errors import UsageError

RELEASES = {"3.2": "3.2.0", "3.1": "3.1.3", "3.0": "3.0.3"}
"""Schema name -> the release whose table stands for it, newest first."""

SAME_AS = {
    **dict.fromkeys(("3.0.0", "3.0.1", "3.0.2"), "3.0.3"),
    **{"3.1.0": "3.1.0", "3.1.1": "3.1.2", "3.1.2": "3.1.2"},
}
"""Earlier patch release -> the release whose table says the same."""

FIRST_WITH_TABLE = {"3.1.2": "3.1.1", "3.0.3": "3.0.0"}
"""Release of a table -> the earliest release that it stands for, where that is another."""

DEFAULT_SCHEMA = "3.2"
INSTALLED = "installed"


def known_versions() -> list[str]:
    """Give every name that `schema_name` takes, the shortest of each."""
    return [*RELEASES, INSTALLED]


def later_than(release: str) -> list[str]:
    """Give the releases with a table that came after one, oldest first."""
    known = sorted({*RELEASES.values(), *SAME_AS.values()}, key=_numbers)
    return [each for each in known if _numbers(each) > _numbers(release)]


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(each) for each in release.split(".")[:3] if each.isdigit())


def schema_name(version: str) -> str:
    """Give the release of a schema: of ``3.2`` and of ``3.2.0``; ``installed`` stays.

    Raises
    ------
    UsageError
        There is no table of it.
    """
    release = RELEASES.get(version) or SAME_AS.get(version, version)
    if release not in (INSTALLED, *RELEASES.values(), *SAME_AS.values()):
        msg = f"unknown schema {version!r}"
        raise UsageError(msg, hint=f"choose one of {', '.join(known_versions())}")
    return release
