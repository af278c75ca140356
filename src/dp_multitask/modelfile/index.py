# SPDX-License-Identifier: LGPL-3.0-or-later
"""The index of a group: where each variable's bytes are, and the checksums.

It lies in the dataset ``@index`` as text: one line of fixed length with the checksum of the rest,
then a JSON object of columns. Row i describes the i-th variable in the order of the JSON.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from dp_multitask.errors import ChecksumError, ModelFileError
from dp_multitask.modelfile.model_json import dump_json, load_json
from dp_multitask.modelfile.places import check_version
from dp_multitask.modelfile.stored_array import (
    ARRAY,
    ITEM_SIZES,
    NUMPY_SCALAR,
    PYTHON_SCALAR,
    PYTHON_SCALAR_TYPES,
    StoredArray,
    count_bytes,
)
from dp_multitask.records import NamedTuple

VERSION = 1
_HEAD = "dp-multitask index {:08x}\n"
HEAD_LENGTH = len(_HEAD.format(0))
_KINDS = frozenset({ARRAY, NUMPY_SCALAR, PYTHON_SCALAR})
_CHECKSUM = re.compile("[0-9a-f]{8}")
_CHECKSUMS = re.compile("(?:[0-9a-f]{8})*")
_MAX_OFFSET = 2**63
_AT_ONCE = 1 << 22


class Index(NamedTuple):
    """The index of one group.

    Attributes
    ----------
    group : str
        The group's path, ``/`` for the root.
    json_crc32 : int
        Checksum of the group's JSON.
    file_size, address : int
        Length of the file and place of the index in it when it was written; when either differs,
        the group was copied by another program and the offsets say nothing.
    structure_crc32 : int or None
        Checksum of all bytes of the file that belong neither to a variable nor to this index; only
        the root's index has it.
    rows : list of StoredArray
        One for each variable of the group's JSON.
    """

    group: str
    json_crc32: int
    file_size: int
    address: int
    structure_crc32: int | None
    rows: list[StoredArray]


def dump_index(index: Index, length: int = 0) -> bytes:
    """Write an index, filled up with spaces to `length` bytes."""
    offsets, dtypes, kinds, shapes, _, crcs = (
        zip(*index.rows, strict=True) if index.rows else ((),) * len(StoredArray._fields)
    )
    has_structure = index.structure_crc32 is not None
    body = dump_json(
        {
            "index_version": VERSION,
            "group": index.group,
            "file_size": index.file_size,
            "address": index.address,
            "json_crc32": _hex(index.json_crc32),
            **({"structure_crc32": _hex(index.structure_crc32 or 0)} if has_structure else {}),
            "offset": offsets,
            "dtype": dtypes,
            "kind": "".join(kinds),
            "shape": shapes,
            "crc32": "".join(map(_hex, crcs)),
        }
    )
    body = body.ljust(length - HEAD_LENGTH)
    return _HEAD.format(zlib.crc32(body)).encode() + body


def load_index(text: bytes, group: str, source: str) -> Index:
    """Read an index that may be broken or hostile.

    Raises
    ------
    ChecksumError
        The checksum in its first line does not fit.
    FormatVersionError
        A newer version.
    ModelFileError
        A value is missing, of the wrong type or out of range.
    """
    head, body = text[:HEAD_LENGTH], text[HEAD_LENGTH:]
    if head != _HEAD.format(zlib.crc32(body)).encode():
        msg = f"the index of {group} is damaged"
        raise ChecksumError(msg, source=source)
    data = load_json(body, source, f"the index of {group}")
    check_version(data.get("index_version"), "index_version", VERSION, source)
    try:
        return _parse(data)
    except (KeyError, TypeError, ValueError) as err:
        msg = f"the index of {group} is malformed: {err}"
        raise ModelFileError(msg, source=source, hint="the file is damaged or forged") from err


def _parse(data: dict[str, Any]) -> Index:
    crcs = _checksums(data["crc32"])
    offsets, dtypes, kinds, shapes = columns = (
        *(_typed(data, "offset", list), _typed(data, "dtype", list)),
        *(_typed(data, "kind", str), _typed(data, "shape", list)),
    )
    if any(len(column) != len(crcs) for column in columns):
        msg = "its columns differ in length"
        raise ValueError(msg)
    rows = []
    for offset, dtype, kind, shape, crc in zip(offsets, dtypes, kinds, shapes, crcs, strict=True):
        if dtype not in ITEM_SIZES or kind not in _KINDS:
            msg = f"unknown element type {dtype!r} or kind {kind!r}"
            raise ValueError(msg)
        if kind != ARRAY and shape:
            msg = "a scalar with a shape"
            raise ValueError(msg)
        if kind == PYTHON_SCALAR and dtype not in PYTHON_SCALAR_TYPES:
            msg = f"a Python number of element type {dtype}"
            raise ValueError(msg)
        if type(offset) is not int or not 0 <= offset < _MAX_OFFSET or type(shape) is not list:
            msg = f"offset {offset!r} or shape {shape!r} out of range"
            raise ValueError(msg)
        for length in shape:
            if type(length) is not int or length < 0:
                msg = f"shape {shape!r} out of range"
                raise ValueError(msg)
        shape = tuple(shape)
        nbytes = count_bytes(dtype, shape)
        rows.append(StoredArray(offset if nbytes else 0, dtype, kind, shape, nbytes, crc))
    return Index(
        _typed(data, "group", str),
        _checksum(data["json_crc32"]),
        _typed(data, "file_size", int),
        _typed(data, "address", int),
        _checksum(data["structure_crc32"]) if "structure_crc32" in data else None,
        rows,
    )


_T = TypeVar("_T")


def _typed(data: dict[str, Any], key: str, kind: type[_T]) -> _T:
    value = data[key]
    if type(value) is kind:
        return value
    msg = f"{key} is {str(value)[:40]!r}"
    raise TypeError(msg)


def _checksum(text: Any) -> int:
    if isinstance(text, str) and _CHECKSUM.fullmatch(text):
        return int(text, 16)
    msg = f"{str(text)[:40]!r} is no checksum"
    raise ValueError(msg)


def _checksums(text: Any) -> tuple[int, ...]:
    if isinstance(text, str) and _CHECKSUMS.fullmatch(text):
        return struct.unpack(f">{len(text) // 8}I", bytes.fromhex(text))
    msg = "its checksums are no text of hexadecimal digits"
    raise ValueError(msg)


def _hex(crc: int) -> str:
    return f"{crc:08x}"


def crc32_between(
    read: Callable[[int, int], bytes], extents: Iterable[tuple[int, int]], size: int
) -> int:
    """Give the CRC-32 of all bytes of a file outside the given stretches.

    Parameters
    ----------
    read : callable
        Offset and number of bytes -> those bytes, or fewer.
    extents : iterable of tuple of int
        Offset and length of each stretch.
    size : int
        Length of the file.
    """
    crc = 0
    end = 0
    for offset, nbytes in sorted({*(extent for extent in extents if extent[1]), (size, 0)}):
        while end < offset:
            piece = read(end, min(offset - end, _AT_ONCE))
            if not piece:
                return crc ^ 1  # the file became shorter while it was read
            crc = zlib.crc32(piece, crc)
            end += len(piece)
        end = max(end, offset + nbytes)
    return crc
