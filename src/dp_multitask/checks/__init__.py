# SPDX-License-Identifier: LGPL-3.0-or-later
"""Everything that a training input can have wrong: schema, rules, the files it names."""
