# SPDX-License-Identifier: LGPL-3.0-or-later
"""The parts of the SeZM family, ``dpa4`` and ``dpa4c``."""
