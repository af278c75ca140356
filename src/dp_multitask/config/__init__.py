# SPDX-License-Identifier: LGPL-3.0-or-later
"""The training input: reading, resolving, checking, one branch of it."""
