#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-3.0-or-later
"""Write docs/rules/ from the explanations of the diagnostic codes.

Run it after a change of a rule's docstring; a test asserts that the pages are current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dp_multitask.checks.codes import GROUPS, Code, all_codes

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "rules"
NOTE = "% Written by tools/write_rule_docs.py from the explanations in the code; edit those.\n"


def pages() -> dict[str, str]:
    """Give file name -> text of every page."""
    codes = list(all_codes().values())
    written = {"index.md": _index(codes)}
    for group, heading in GROUPS.items():
        entries = [_entry(each) for each in codes if each.group == group]
        written[f"{group}.md"] = "\n".join([NOTE, f"# {heading}\n", *entries])
    return written


def _index(codes: list[Code]) -> str:
    lines = [NOTE, "# What `check` reports\n"]
    lines.append(
        "Errors stop a training job or make it wrong; warnings are suspicious.\n"
        "`dp-multitask explain CODE` prints the same texts.\n"
    )
    for group, heading in GROUPS.items():
        lines.append(f"## {heading}\n")
        lines.append("| code | severity | what was found |\n| --- | --- | --- |")
        lines += [
            f"| [{each.code}]({group}.md#{each.code.lower()}) | {each.severity} | {each.title} |"
            for each in codes
            if each.group == group
        ]
        lines.append("")
    lines.append("```{toctree}\n:hidden:\n")
    lines += GROUPS
    lines.append("```\n")
    return "\n".join(lines)


def _entry(code: Code) -> str:
    anchor = f"({code.code.lower()})=\n"
    return f"{anchor}## {code.code}: {code.title}\n\n*{code.severity}*\n\n{code.explanation}\n"


def main() -> int:
    """Write the pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
