# SPDX-License-Identifier: LGPL-3.0-or-later
"""The language server: findings, jumps, renaming, completion and explanations in editors."""
