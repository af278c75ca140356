# SPDX-License-Identifier: LGPL-3.0-or-later
"""Damage files of every format, with every checksum made valid again, and see what readers do."""
