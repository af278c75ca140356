# SPDX-License-Identifier: LGPL-3.0-or-later
"""Open HDF5 files that may be broken or hostile, and take only plain data out of them.

Links are followed one by one and only hard ones; a dataset must be contiguous (or compact),
unfiltered, of a plain type, and lie inside the file. So nothing beside the file is ever opened, and
memory is bounded by the file's own size.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import h5py
import numpy as np

from dp_multitask.errors import FileAccessError, ModelFileError, UnsafeFileError
from dp_multitask.modelfile.places import MAX_JSON_BYTES
from dp_multitask.modelfile.reading.opened_file import OpenedFile
from dp_multitask.modelfile.reading.opening import BROKEN, close_hdf5, open_hdf5
from dp_multitask.modelfile.reading.rawheader import check_superblock, variable_length_attribute
from dp_multitask.modelfile.values import DTYPES, MAX_RANK

HDF5_TYPES = {
    "|b1": h5py.h5t.py_create(np.dtype(bool), logical=True),
    "|i1": h5py.h5t.STD_I8LE,
    "|u1": h5py.h5t.STD_U8LE,
    "<f2": h5py.h5t.IEEE_F16LE,
    "<f4": h5py.h5t.IEEE_F32LE,
    "<f8": h5py.h5t.IEEE_F64LE,
    "<i2": h5py.h5t.STD_I16LE,
    "<i4": h5py.h5t.STD_I32LE,
    "<i8": h5py.h5t.STD_I64LE,
    "<u2": h5py.h5t.STD_U16LE,
    "<u4": h5py.h5t.STD_U32LE,
    "<u8": h5py.h5t.STD_U64LE,
}
"""The HDF5 type of each element type; booleans are h5py's enumeration of FALSE and TRUE."""


class Extent(NamedTuple):
    """Where a dataset's bytes are; `inline` holds them when HDF5 keeps them in its header."""

    offset: int
    nbytes: int
    dtype: str
    shape: tuple[int, ...]
    address: int
    inline: bytes | None = None


class GuardedFile:
    """An HDF5 file that is open for reading.

    Parameters
    ----------
    file : OpenedFile
        The file.

    Raises
    ------
    FileAccessError
        It cannot be opened, or is no regular file.
    UnsafeFileError
        It has a user block, trailing bytes or a driver block.
    ModelFileError
        It is no HDF5 file.
    """

    def __init__(self, file: OpenedFile) -> None:
        self.name = file.name
        self.file = file
        self._file = open_hdf5(self.name)
        try:
            # the name may mean a newer file than it did a moment ago
            os.dup2(self._file.get_vfd_handle(), file.descriptor)
            self.size = file.size = os.fstat(file.descriptor).st_size
            head = file.read(0, 2048)
            self._root_address = check_superblock(head, self.size, self.name)
            self._types: dict[bytes, str | None] = {}
            self._groups = {"": h5py.h5g.open(self._file, b"/")}
        except (RuntimeError, OSError, KeyError, ValueError) as err:
            self.close()
            raise self._broken(err, "/") from err
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; arrays that were read stay valid."""
        self._groups = {}
        close_hdf5(self._file)

    def members(self, group: str) -> list[str]:
        """Give the names of a group's members; [] when there is no such group."""
        if not self.exists(group):
            return []
        try:
            found = self._group(group)
            return [name.decode() for name in found]
        except (RuntimeError, OSError, KeyError, ValueError) as err:
            raise self._broken(err, group) from err

    def exists(self, path: str) -> bool:
        """Whether a path leads somewhere, by links of any kind."""
        parent, _, last = path.strip("/").rpartition("/")
        try:
            if parent and not self.exists(parent):
                return False
            return not last or last.encode() in self._group(parent)
        except (RuntimeError, OSError, KeyError, ValueError) as err:
            raise self._broken(err, path) from err

    def text(self, group: str, attribute: str) -> bytes:
        """Read a text attribute, its size checked before.

        Raises
        ------
        ModelFileError
            The attribute is absent, no single text, or larger than 100 MB or than the file.
        """
        try:
            return self._text(group, attribute)
        except (RuntimeError, OSError, KeyError, ValueError) as err:
            raise self._broken(err, f"{group}/{attribute}") from err

    def _text(self, group: str, attribute: str) -> bytes:
        where = group or "/"
        found = self._group(group)
        if not h5py.h5a.exists(found, attribute.encode()):
            msg = f"{where} has no attribute {attribute!r}"
            raise ModelFileError(msg, source=self.name, hint="is it a DeePMD-kit model?")
        opened = h5py.h5a.open(found, attribute.encode())
        kind = opened.get_type()
        if opened.get_space().get_simple_extent_type() != h5py.h5s.SCALAR or not isinstance(
            kind, h5py.h5t.TypeStringID
        ):
            msg = f"the attribute {attribute!r} of {where} is not one text"
            raise ModelFileError(msg, source=self.name)
        if kind.is_variable_str():
            # reading it through HDF5 can hang when its heap is damaged
            address = h5py.h5o.get_info(found).addr
            return variable_length_attribute(
                self.file.descriptor, address, attribute, self.size, self.name
            )
        size = kind.get_size()
        if size > min(MAX_JSON_BYTES, self.size):
            msg = f"the attribute {attribute!r} of {where} is declared {size} bytes long"
            raise UnsafeFileError(msg, source=self.name)
        buffer = np.zeros((), f"S{size}")
        opened.read(buffer, mtype=kind)
        return buffer.tobytes().rstrip(b"\0")

    def dataset(self, path: str) -> Extent:
        """Find a dataset by its absolute path and check that it is plain data inside the file.

        Raises
        ------
        UnsafeFileError
            A soft or external link, external storage, a virtual, chunked or filtered layout, a type
            that is no number, or data outside the file.
        ModelFileError
            There is no such dataset.
        """
        parent, _, last = path.strip("/").rpartition("/")
        if any(part in ("", ".", "..") or "\0" in part for part in path.strip("/").split("/")):
            msg = f"{path!r} is no path of a variable"
            raise UnsafeFileError(msg, source=self.name)
        try:
            group = self._group(parent)
            self._check_link(group, last, path)
            opened = h5py.h5o.open(group, last.encode())
            if not isinstance(opened, h5py.h5d.DatasetID):
                msg = f"{path} is no dataset"
                raise ModelFileError(msg, source=self.name)
            return self._extent(opened, path)
        except (RuntimeError, OSError, KeyError, ValueError, TypeError) as err:
            raise self._broken(err, path) from err

    def read(self, extent: Extent) -> bytes:
        """Read the bytes of a dataset."""
        if extent.inline is not None:
            return extent.inline
        data = bytearray(extent.nbytes)
        self.file.read_into(data, extent.offset)
        return bytes(data)

    def _extent(self, opened: Any, path: str) -> Extent:
        plan = opened.get_create_plist()
        layout = plan.get_layout()
        unsafe = None
        if layout not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT):
            unsafe = "is a virtual dataset" if layout == h5py.h5d.VIRTUAL else "is chunked"
        elif plan.get_external_count():
            unsafe = "keeps its data in another file"
        elif plan.get_nfilters():
            unsafe = "is filtered"
        dtype = self._dtype(opened.get_type())
        if unsafe is None and dtype is None:
            unsafe = "has an element type that is no plain little-endian number or boolean"
        space = opened.get_space()
        if unsafe is None and space.get_simple_extent_type() == h5py.h5s.NULL:
            unsafe = "has no shape"
        if unsafe is not None or dtype is None:
            msg = f"{path} {unsafe}"
            raise UnsafeFileError(msg, source=self.name, hint="a variable is contiguous plain data")
        shape = tuple(space.get_simple_extent_dims())
        nbytes = DTYPES[dtype].itemsize
        for length in shape:
            nbytes *= length
        if len(shape) > MAX_RANK or nbytes != opened.get_storage_size():
            msg = f"{path} is declared {shape} but {opened.get_storage_size()} bytes are stored"
            raise UnsafeFileError(msg, source=self.name)
        address = h5py.h5o.get_info(opened).addr
        if nbytes == 0:
            return Extent(0, 0, dtype, shape, address, b"")
        if layout == h5py.h5d.COMPACT:
            array = np.empty(shape, DTYPES[dtype])
            opened.read(h5py.h5s.ALL, h5py.h5s.ALL, array)
            return Extent(0, nbytes, dtype, shape, address, array.tobytes())
        offset = opened.get_offset()
        if offset is None or offset + nbytes > self.size:
            msg = f"{path} has no data inside the file"
            raise UnsafeFileError(msg, source=self.name)
        return Extent(offset, nbytes, dtype, shape, address)

    def _dtype(self, kind: Any) -> str | None:
        encoded = kind.encode()
        if encoded not in self._types:  # one type can be encoded in several ways
            same = (name for name, known in HDF5_TYPES.items() if kind.equal(known))
            self._types[encoded] = next(same, None)
        return self._types[encoded]

    def _group(self, path: str) -> Any:
        """Open a group by hard links only."""
        path = path.strip("/")
        group = self._groups.get(path)
        if group is None:
            parent, _, last = path.rpartition("/")
            above = self._group(parent)
            self._check_link(above, last, path)
            group = h5py.h5o.open(above, last.encode())
            if not isinstance(group, h5py.h5g.GroupID):
                msg = f"/{path} is no group"
                raise ModelFileError(msg, source=self.name)
            self._groups[path] = group
        return group

    def _check_link(self, group: Any, name: str, path: str) -> None:
        if name.encode() not in group:
            msg = f"/{path.strip('/')} does not exist"
            raise ModelFileError(msg, source=self.name)
        if group.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
            msg = f"/{path.strip('/')} is a soft or external link"
            raise UnsafeFileError(msg, source=self.name, hint="only hard links are followed")

    def _broken(self, err: Exception, where: str) -> ModelFileError | FileAccessError:
        if isinstance(err, (ModelFileError, FileAccessError)):
            return err
        msg = f"HDF5 cannot read {where or '/'}: {' '.join(str(err).split())[:200]}"
        return ModelFileError(msg, source=self.name, hint=BROKEN)
