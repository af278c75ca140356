# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a tree to a file."""
