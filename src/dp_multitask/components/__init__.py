# SPDX-License-Identifier: LGPL-3.0-or-later
"""The native classes: framework-independent serialize and deserialize of models."""
