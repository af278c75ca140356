# SPDX-License-Identifier: LGPL-3.0-or-later
"""The native fitting nets, one a file named after its type."""
