# SPDX-License-Identifier: LGPL-3.0-or-later
"""Find groups, datasets and texts of an HDF5 file by their paths."""

from __future__ import annotations

from dp_multitask.errors import ModelFileError, UnsafeFileError
from dp_multitask.modelfile.hdf5.decoding import decode_object
from dp_multitask.modelfile.hdf5.heaps import read_global_heap
from dp_multitask.modelfile.hdf5.object_headers import read_object
from dp_multitask.modelfile.hdf5.objects import Dataset, Group, HdfObject, HeapText, Unsafe
from dp_multitask.modelfile.hdf5.raw import RawFile
from dp_multitask.modelfile.hdf5.superblock import read_superblock
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.places import MAX_JSON_BYTES


class Hdf5File:
    """The groups and datasets of an HDF5 file that may be hostile.

    It is read without the HDF5 library. Links are followed one by one and only hard ones, so
    nothing beside the file is ever opened; a dataset must be a plain array inside the file, so
    memory is bounded by the file's own size.

    Parameters
    ----------
    file : OpenedFile
        The file.

    Attributes
    ----------
    raw : RawFile
        Its bytes.

    Raises
    ------
    ModelFileError
        It is damaged.
    UnsafeFileError
        It has trailing bytes or a driver block.
    """

    def __init__(self, file: OpenedFile) -> None:
        self.name = file.name
        self.raw = RawFile(file)
        self._objects: dict[int, HdfObject | ModelFileError] = {}
        self._heaps: dict[int, dict[int, bytes]] = {}
        self._root = read_superblock(self.raw)
        self._groups = {"": self._as_group(self._root, "")}

    def object(self, address: int) -> HdfObject:
        """Read the object whose header is at an address."""
        found = self._objects.get(address)
        if found is None:
            try:
                found = decode_object(self.raw, address) or read_object(self.raw, address)
            except ModelFileError as err:
                found = err
            self._objects[address] = found
        if isinstance(found, ModelFileError):
            raise found
        return found

    def group(self, path: str) -> Group:
        """Find a group, by hard links only."""
        path = path.strip("/")
        if path not in self._groups:
            self._groups[path] = self._as_group(self._address(path), path)
        return self._groups[path]

    def exists(self, path: str) -> bool:
        """Whether a path leads somewhere, by links of any kind."""
        parent, _, last = path.strip("/").rpartition("/")
        if parent and not self.exists(parent):
            return False
        return not last or last in self.group(parent).members

    def dataset(self, path: str) -> Dataset:
        """Find a dataset by its absolute path.

        Raises
        ------
        UnsafeFileError
            A soft or external link, external storage, a virtual, chunked or filtered layout, a type
            that is no number, or data outside the file.
        ModelFileError
            There is no such dataset.
        """
        parts = path.strip("/").split("/")
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            msg = f"{path!r} is no path of a variable"
            raise UnsafeFileError(msg, source=self.name)
        found = self.object(self._address("/".join(parts)))
        if isinstance(found, Unsafe):
            msg = f"{path} {found.why}"
            raise UnsafeFileError(msg, source=self.name, hint="a variable is contiguous plain data")
        if isinstance(found, Group):
            msg = f"{path} is no dataset"
            raise ModelFileError(msg, source=self.name)
        return found

    def refuse_other_files(self) -> None:
        """Refuse links and datasets that lead into other files, in the whole of this one.

        Raises
        ------
        UnsafeFileError
            There is one.
        """
        todo = [("", self._root)]
        seen = set()
        while todo:
            path, address = todo.pop()
            found = self.object(address)
            if isinstance(found, Unsafe) and found.is_elsewhere:
                msg = f"{path} {found.why}"
                raise UnsafeFileError(msg, source=self.name, hint="get a file that is whole")
            if isinstance(found, Group) and address not in seen:
                seen.add(address)
                for name, target in found.members.items():
                    if target is None:
                        where = f"{path}/{name}"
                        raise self._not_hard(where)
                    todo.append((f"{path}/{name}", target))

    def text(self, path: str, attribute: str) -> bytes:
        """Read a text attribute of a group.

        Raises
        ------
        ModelFileError
            The attribute is absent, no single text, or larger than 100 MB.
        """
        where = path or "/"
        attributes = self.group(path).attributes
        if attribute not in attributes:
            msg = f"{where} has no attribute {attribute!r}"
            raise ModelFileError(msg, source=self.name, hint="is it a DeePMD-kit model?")
        found = attributes[attribute]
        if found is None:
            msg = f"the attribute {attribute!r} of {where} is not one text"
            raise ModelFileError(msg, source=self.name)
        text = self._heap_text(found) if isinstance(found, HeapText) else found
        if len(text) > MAX_JSON_BYTES:
            msg = f"the attribute {attribute!r} of {where} is {len(text)} bytes long"
            raise UnsafeFileError(msg, source=self.name)
        return text

    def _heap_text(self, text: HeapText) -> bytes:
        if not text.length:
            return b""
        if text.heap not in self._heaps:
            self._heaps[text.heap] = read_global_heap(self.raw, text.heap)
        found = self._heaps[text.heap].get(text.number, b"")[: text.length]
        if len(found) != text.length:
            self.raw.fail("a text that is not in its global heap")
        return found

    def _address(self, path: str) -> int:
        parent, _, last = path.rpartition("/")
        members = self.group(parent).members
        if last not in members:
            msg = f"/{path} does not exist"
            raise ModelFileError(msg, source=self.name)
        address = members[last]
        if address is None:
            where = f"/{path}"
            raise self._not_hard(where)
        return address

    def _not_hard(self, path: str) -> UnsafeFileError:
        msg = f"{path} is a soft or external link"
        return UnsafeFileError(msg, source=self.name, hint="only hard links are followed")

    def _as_group(self, address: int, path: str) -> Group:
        found = self.object(address)
        if not isinstance(found, Group):
            msg = f"/{path} is no group"
            raise ModelFileError(msg, source=self.name)
        return found
