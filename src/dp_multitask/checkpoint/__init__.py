# SPDX-License-Identifier: LGPL-3.0-or-later
"""PyTorch training checkpoints as plain data, without PyTorch."""
