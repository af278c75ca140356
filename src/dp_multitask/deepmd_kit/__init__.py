# SPDX-License-Identifier: LGPL-3.0-or-later
"""The bridge to an installed DeePMD-kit: its checkpoints in and out of the native model file."""
