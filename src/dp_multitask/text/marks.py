# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a text is written in, and by what files of other kinds are told from one."""

from typing import Literal

Format = Literal["json", "yaml"]

TEXT = "<text>"
"""What an input is called that comes from no file."""

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
ZIP_SIGNATURE = b"PK\x03\x04"

HDF5_SUFFIXES = (".dp", ".hdf5", ".h5")
MODEL_SUFFIXES = (*HDF5_SUFFIXES, ".pt")
YAML_SUFFIXES = (".yaml", ".yml")
CHECKPOINT_SUFFIXES = (".pth", ".pt2", ".pte", ".pb", ".jax", ".ckpt", ".savedmodel", ".hlo")
"""Files of the backends that only an installed DeePMD-kit reads."""
