# SPDX-License-Identifier: LGPL-3.0-or-later
"""``python -m dp_multitask`` is the same as ``dp-multitask``."""

import sys

from dp_multitask.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
