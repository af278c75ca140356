# SPDX-License-Identifier: LGPL-3.0-or-later
"""Shared links as people read them; the links themselves stay plain dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.notebooks import picture_for


class Links(Mapping[str, Mapping[str, Any]]):
    """A view of shared links that prints as lines and shows as a table in a notebook.

    Parameters
    ----------
    shared_links : mapping
        What `preprocess_shared_params`, `ModelFile.shared_links` or ``resolve --links-only`` give.
        It stays what it is, a dictionary for JSON and YAML; this only looks at it.

    Examples
    --------
    >>> shared_links = {
    ...     "des": {
    ...         "type": "DescrptDPA1",
    ...         "links": [
    ...             {"model_key": "ice", "shared_type": "descriptor", "shared_level": 0},
    ...             {"model_key": "gas", "shared_type": "descriptor", "shared_level": 1},
    ...         ],
    ...     }
    ... }
    >>> print(Links(shared_links))
    des: descriptor DescrptDPA1 of ice, gas (level 1)
    """

    def __init__(self, shared_links: Mapping[str, Mapping[str, Any]]) -> None:
        self._links = shared_links

    def __getitem__(self, key: str) -> Mapping[str, Any]:
        return self._links[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._links)

    def __len__(self) -> int:
        return len(self._links)

    def __repr__(self) -> str:
        return f"<Links: {', '.join(self) or 'nothing shared'}>"

    def __str__(self) -> str:
        lines = [
            f"{key}: {part} {class_name} of {users}"
            for key, part, class_name, users in self.rows()
        ]
        return "\n".join(lines) or "nothing shared"

    def _repr_html_(self) -> str:
        return picture_for(self, "links_table")

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Give of each shared entry its name, what it is, its class and its users, base first."""
        for key, entry in self.items():
            links = entry["links"]
            parts = dict.fromkeys(link["shared_type"].partition("_hybrid")[0] for link in links)
            kind = entry["type"]
            class_name = kind if isinstance(kind, str) else kind.__name__
            part = " and ".join(parts).replace("_", " ")
            yield key, part, class_name, ", ".join(map(_user, links))


def _user(link: Mapping[str, Any]) -> str:
    _, hybrid, number = link["shared_type"].partition("_hybrid_")
    said = [f"member {number}"] if hybrid else []
    if link["shared_level"]:
        said.append(f"level {link['shared_level']}")
    more = f" ({', '.join(said)})" if said else ""
    return f"{link['model_key']}{more}"
