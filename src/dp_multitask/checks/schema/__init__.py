# SPDX-License-Identifier: LGPL-3.0-or-later
"""What DeePMD-kit accepts in a training input, as tables of facts and the code that reads them.

``tables/<version>.json`` holds names, types, defaults and variants of one DeePMD-kit release,
written by ``tools/extract_schema.py``; value constraints are code, in `constraints` (one value),
`relations` (keys of one section) and `cross_section`.
"""
