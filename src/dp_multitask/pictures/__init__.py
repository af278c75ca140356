# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pictures of a model: its branches, their parts, and who shares what with whom."""
