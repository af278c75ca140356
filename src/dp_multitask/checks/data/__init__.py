# SPDX-License-Identifier: LGPL-3.0-or-later
"""The data that an input names, as far as ``check --paths`` looks at them."""
