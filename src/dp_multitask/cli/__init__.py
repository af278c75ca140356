# SPDX-License-Identifier: LGPL-3.0-or-later
"""The command line: the only part that prints, exits or reads ``sys.argv``."""
