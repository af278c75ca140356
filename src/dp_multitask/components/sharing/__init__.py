# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which variables links share, and making them one object."""
