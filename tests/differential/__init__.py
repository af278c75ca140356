# SPDX-License-Identifier: LGPL-3.0-or-later
"""Small trainings that users might ask for, broken at random, and what DeePMD-kit says of them."""
