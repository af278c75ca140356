# SPDX-License-Identifier: LGPL-3.0-or-later
"""How many examples a property test tries."""

import os


def examples(local: int, ci: int) -> int:
    """Give `local`, or `ci` where the environment sets ``DPMT_EXAMPLES=ci``."""
    return ci if os.environ.get("DPMT_EXAMPLES") == "ci" else local
