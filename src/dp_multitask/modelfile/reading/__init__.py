# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a file, which may be hostile, to a tree."""
