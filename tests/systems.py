# SPDX-License-Identifier: LGPL-3.0-or-later
"""Marks for tests of what not every operating system has."""

import os

import pytest

posix_only = pytest.mark.skipif(
    os.name != "posix", reason="needs what Windows lacks: modes, pipes, devices, signals, limits"
)
