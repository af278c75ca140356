# SPDX-License-Identifier: LGPL-3.0-or-later
"""Building blocks: layers, networks, attention, the parts of dpa2, dpa3 and dpa4."""
