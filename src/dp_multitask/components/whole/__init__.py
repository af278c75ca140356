# SPDX-License-Identifier: LGPL-3.0-or-later
"""A whole model of an input: fresh, counted, held against its classes."""
