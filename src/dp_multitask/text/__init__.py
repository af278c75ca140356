# SPDX-License-Identifier: LGPL-3.0-or-later
"""The one strict reader and writer of JSON and YAML, with positions and limits."""
