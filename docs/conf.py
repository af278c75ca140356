# SPDX-License-Identifier: LGPL-3.0-or-later
from importlib.metadata import version as _version

project = "dp-multitask"
author = "The dp-multitask authors"
release = _version("dp-multitask")
version = release.split("+")[0]

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinxarg.ext",
]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
numpydoc_show_class_members = False
autodoc_typehints = "none"
html_theme = "furo"
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_title = f"dp-multitask {version}"
# options are written --check, with two hyphens
smartquotes = False
exclude_patterns = ["_build"]
html_extra_path = ["deepmd-input.schema.json"]
