# SPDX-License-Identifier: LGPL-3.0-or-later
"""Write YAML that every reader, YAML 1.1 or 1.2, reads back to the same values."""

from __future__ import annotations

import re
from typing import Any

import yaml

_Dumper: type[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_LOOKS_LIKE_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\Z")


class PlainDumper(_Dumper):  # type: ignore[misc]
    """Writes every value out: no anchors for values that happen to be one object."""

    def ignore_aliases(self, data: Any) -> bool:
        """Say of every value that it is written out."""
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    # YAML 1.1 reads 1e-3 as text and YAML 1.2 as a number: quoted, both read text
    style = "'" if _LOOKS_LIKE_NUMBER.match(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


PlainDumper.add_representer(str, _represent_text)


def dump_yaml(data: Any) -> str:
    """Write a tree of JSON values as block YAML, keys in their order, non-ASCII text kept."""
    text: str = yaml.dump(
        data, Dumper=PlainDumper, sort_keys=False, allow_unicode=True, default_flow_style=False
    )
    return text
