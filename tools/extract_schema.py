# SPDX-License-Identifier: LGPL-3.0-or-later
"""Write the table of facts of the DeePMD-kit that this Python can import.

    python tools/extract_schema.py                    # the installed release, into the package
    PYTHONPATH=<unpacked source> python tools/extract_schema.py --deepmd-version 3.1.3

Only ``deepmd.utils.argcheck`` is needed, not the compiled library; a source tree that was never
built needs two empty stand-ins, ``deepmd/lib/__init__.py`` and a ``deepmd/_version.py``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from dp_multitask.atomic_file import write_text
from dp_multitask.checks.schema.constraints import unknown_constraints
from dp_multitask.checks.schema.installed import installed_table

TABLES = Path(__file__).parent.parent / "src/dp_multitask/checks/schema/tables"


def dump_table(table: dict[str, Any]) -> str:
    """Write a table as JSON text with one line a field, so that releases can be compared."""
    lines = ["{", f' "format": {table["format"]},', f' "deepmd_kit": "{table["deepmd_kit"]}",']
    lines.append(' "bodies": {')
    lines.append(",\n".join(_dump_body(name, body) for name, body in table["bodies"].items()))
    lines.append(" }\n}\n")
    return "\n".join(lines)


def _dump_body(name: str, body: dict[str, Any]) -> str:
    parts = []
    for part, entries in body.items():
        rows = [f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in entries.items()]
        parts.append(f'   "{part}": {{\n' + ",\n".join(rows) + "\n   }")
    return f"  {json.dumps(name)}: {{\n" + ",\n".join(parts) + "\n  }"


def main() -> int:
    """Extract and write, and name what constraints.py lacks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deepmd-version", help="name of the release; asked of deepmd by default")
    parser.add_argument("-o", "--output", help="file to write; <tables>/<version>.json by default")
    args = parser.parse_args()
    table = installed_table(args.deepmd_version)
    output = args.output or TABLES / f"{table['deepmd_kit']}.json"
    write_text(str(output), dump_table(table))
    print(f"{output}: {len(table['bodies'])} bodies")
    missing = unknown_constraints(table)
    for place in missing:
        print(f"no constraint of ours covers {place}: add it to constraints.py", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
