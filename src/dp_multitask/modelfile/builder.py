# SPDX-License-Identifier: LGPL-3.0-or-later
"""Create the HDF5 objects of a model file, quickly and reproducibly.

h5py's high level makes new type, space and property objects for every dataset; here each is made
once, which is what makes thousands of small variables fast.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

import h5py
import numpy as np

from dp_multitask.errors import FileAccessError

_h5f, _h5p, _h5s, _h5t = h5py.h5f, h5py.h5p, h5py.h5s, h5py.h5t

HDF5_TYPES = {
    "|b1": _h5t.py_create(np.dtype(bool), logical=True),
    "|i1": _h5t.STD_I8LE,
    "|u1": _h5t.STD_U8LE,
    "<f2": _h5t.IEEE_F16LE,
    "<f4": _h5t.IEEE_F32LE,
    "<f8": _h5t.IEEE_F64LE,
    "<i2": _h5t.STD_I16LE,
    "<i4": _h5t.STD_I32LE,
    "<i8": _h5t.STD_I64LE,
    "<u2": _h5t.STD_U16LE,
    "<u4": _h5t.STD_U32LE,
    "<u8": _h5t.STD_U64LE,
}
"""The HDF5 type of each element type; booleans are h5py's enumeration of FALSE and TRUE."""

# Metadata is allocated in blocks; the last one is partly wasted, so a block is an eighth of what
# a dataset and its share of the groups around it take.
_METADATA_PER_DATASET = 400 // 8
_MAX_METADATA_BLOCK = 1 << 20

_ERRNO = re.compile(r"errno = (\d+)")

ALIGNMENT = 8
"""Every object of the file starts at a multiple of this, so that data can be mapped."""


class Builder:
    """A new HDF5 file that is being laid out. Use it in a ``with`` statement.

    Parameters
    ----------
    path : str
        An empty file that belongs to the caller; it is overwritten.
    n_datasets : int
        About how many datasets there will be, to keep the metadata together.
    """

    def __init__(self, path: str, n_datasets: int) -> None:
        self._links = _h5p.create(_h5p.LINK_CREATE)
        self._links.set_char_encoding(_h5t.CSET_UTF8)
        self._group_list = _h5p.create(_h5p.GROUP_CREATE)
        self._group_list.set_obj_track_times(False)
        self._dataset_list = _h5p.create(_h5p.DATASET_CREATE)
        self._dataset_list.set_obj_track_times(False)
        self._dataset_list.set_layout(h5py.h5d.CONTIGUOUS)
        self._dataset_list.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        self._dataset_list.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        self._spaces: dict[tuple[int, ...], h5py.h5s.SpaceID] = {}
        self._file = _create(path, n_datasets)
        self._root = h5py.h5g.open(self._file, b"/")
        self._known = {""}
        self._open: list[tuple[str, h5py.h5g.GroupID]] = []  # the chain of the last name

    def __enter__(self) -> Builder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._open.clear()
        del self._root
        if kind is None:
            self._file.close()
            return
        with suppress(RuntimeError, OSError, ValueError):  # the first error is the one to tell
            self._file.close()

    def add(self, name: str, dtype: str, shape: tuple[int, ...]) -> int:
        """Create a dataset and the groups above it; give the place of its data in the file."""
        space = self._spaces.get(shape)
        if space is None:
            scalar = _h5s.create(_h5s.SCALAR)
            space = self._spaces[shape] = _h5s.create_simple(shape) if shape else scalar
        parent, _, last = name.rpartition("/")
        made = h5py.h5d.create(
            self._group(parent),
            last.encode(),
            HDF5_TYPES[dtype],
            space,
            self._dataset_list,
            self._links,
        )
        return made.get_offset() or 0

    def link(self, name: str, existing: str) -> None:
        """Give an existing dataset another name, a hard link."""
        parent, _, last = name.rpartition("/")
        group = self._group(parent)
        group.links.create_hard(last.encode(), self._root, existing.encode(), self._links)

    def attribute(self, group: str, name: str, text: bytes) -> None:
        """Attach ASCII text of fixed length to a group."""
        kind = _h5t.C_S1.copy()
        kind.set_size(max(len(text), 1))
        kind.set_strpad(_h5t.STR_NULLPAD)
        space = _h5s.create(_h5s.SCALAR)
        made = h5py.h5a.create(self._group(group.rstrip("/")), name.encode(), kind, space)
        made.write(np.array(text, dtype=f"S{max(len(text), 1)}"), mtype=kind)

    def text(self, group: str, name: str, text: str) -> None:
        """Attach UTF-8 text of variable length to a group, as h5py does for a `str`."""
        space = _h5s.create(_h5s.SCALAR)
        kind = _h5t.py_create(h5py.string_dtype(), logical=True)
        made = h5py.h5a.create(self._group(group.rstrip("/")), name.encode(), kind, space)
        made.write(np.array(text, dtype=h5py.string_dtype()))

    def _group(self, path: str) -> h5py.h5g.GroupID:
        if self._open and self._open[-1][0] == path:
            return self._open[-1][1]
        while self._open and not path.startswith(self._open[-1][0] + "/"):
            self._open.pop()
        above, group = self._open[-1] if self._open else ("", self._root)
        for name in path[len(above) :].split("/")[1:]:
            above = f"{above}/{name}"
            if above in self._known:
                group = h5py.h5g.open(group, name.encode())
            else:
                group = h5py.h5g.create(group, name.encode(), self._links, self._group_list)
                self._known.add(above)
            self._open.append((above, group))
        return group


@contextmanager
def hdf5_write_errors(target: str | os.PathLike[str]) -> Iterator[None]:
    """Name the file in what HDF5 raises, and the system's reason where HDF5 quotes it.

    h5py raises `OSError`, `RuntimeError` or `ValueError` at a full disk, whichever call meets it.

    Raises
    ------
    FileAccessError
        HDF5 cannot write.
    """
    try:
        yield
    except (OSError, RuntimeError, ValueError) as err:
        quoted = _ERRNO.search(str(err))
        reason = os.strerror(int(quoted[1])) if quoted else " ".join(str(err).split())[:200]
        msg = f"cannot be written: {reason}"
        raise FileAccessError(msg, source=os.fspath(target)) from err


def _create(path: str, n_datasets: int) -> h5py.h5f.FileID:
    access = _h5p.create(_h5p.FILE_ACCESS)
    access.set_libver_bounds(_h5f.LIBVER_V110, _h5f.LIBVER_V110)
    access.set_alignment(1, ALIGNMENT)
    access.set_fclose_degree(_h5f.CLOSE_STRONG)
    access.set_file_locking(True, True)  # but not where the file system has no locks
    block = min(max(n_datasets * _METADATA_PER_DATASET, 2048), _MAX_METADATA_BLOCK)
    access.set_meta_block_size(block)
    creation = _h5p.create(_h5p.FILE_CREATE)
    creation.set_obj_track_times(False)
    return _h5f.create(os.fsencode(path), _h5f.ACC_TRUNC, creation, access)
