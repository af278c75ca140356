# SPDX-License-Identifier: LGPL-3.0-or-later
"""The native models, one a file named after its type."""
