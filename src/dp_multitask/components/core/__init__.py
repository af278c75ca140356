# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a class is made of: its layout, the planning of shapes, reading, fresh values."""
