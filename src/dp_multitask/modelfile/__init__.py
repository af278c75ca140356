# SPDX-License-Identifier: LGPL-3.0-or-later
"""The native model file: one HDF5 file, one subtree per branch."""
