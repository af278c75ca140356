# SPDX-License-Identifier: LGPL-3.0-or-later
"""The layout of HDF5 that model files have, as bytes."""
