# SPDX-License-Identifier: LGPL-3.0-or-later
"""The index of a group: where each variable's bytes are, and the checksums.

It lies in the dataset ``@index`` as text: one line of fixed length with the checksum of the rest,
then a JSON object of columns. Row i describes the i-th variable in the order of the JSON.
"""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

import numpy as np

from dp_multitask.errors import ChecksumError, FormatVersionError, ModelFileError
from dp_multitask.modelfile.values import ARRAY, DTYPES, MAX_RANK, NUMPY_SCALAR, PYTHON_SCALAR
from dp_multitask.text.strict_json import dump_json, load_json

VERSION = 1
_HEAD = "dp-multitask index {:08x}\n"
HEAD_LENGTH = len(_HEAD.format(0))


class Row(NamedTuple):
    """Where one variable is and what it is."""

    offset: int
    dtype: str
    kind: str
    shape: tuple[int, ...]
    nbytes: int
    crc32: int


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
    rows : list of Row
        One for each variable of the group's JSON.
    """

    group: str
    json_crc32: int
    file_size: int
    address: int
    structure_crc32: int | None
    rows: list[Row]


def dump_index(index: Index, length: int = 0) -> bytes:
    """Write an index, filled up with spaces to `length` bytes."""
    offsets, dtypes, kinds, shapes, _, crcs = (
        zip(*index.rows, strict=True) if index.rows else ((),) * len(Row._fields)
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
    version = data.get("index_version")
    if isinstance(version, int) and version > VERSION:
        msg = f"the index has version {version}, this package reads up to {VERSION}"
        raise FormatVersionError(msg, source=source, hint="upgrade dp-multitask")
    try:
        index = _parse(data)
    except (KeyError, TypeError, ValueError, OverflowError) as err:
        msg = f"the index of {group} is malformed: {err}"
        raise ModelFileError(msg, source=source) from err
    return index


def _parse(data: dict[str, Any]) -> Index:
    offsets = data["offset"]
    n = len(offsets)
    crcs = np.frombuffer(bytes.fromhex(data["crc32"]), ">u4").tolist()
    columns = (offsets, data["dtype"], data["kind"], data["shape"], crcs)
    if any(len(column) != n for column in columns) or not isinstance(data["kind"], str):
        msg = "its columns differ in length"
        raise ValueError(msg)
    itemsize = {name: dtype.itemsize for name, dtype in DTYPES.items()}
    rows = []
    for offset, dtype, kind, shape, crc in zip(*columns, strict=True):
        if dtype not in DTYPES or kind not in (ARRAY, NUMPY_SCALAR, PYTHON_SCALAR):
            msg = f"unknown element type {dtype!r} or kind {kind!r}"
            raise ValueError(msg)
        if kind != ARRAY and shape:
            msg = "a scalar with a shape"
            raise ValueError(msg)
        if type(offset) is not int or offset < 0 or len(shape) > MAX_RANK:
            msg = f"offset {offset!r} or shape {shape!r} out of range"
            raise ValueError(msg)
        nbytes = itemsize[dtype]
        for length in shape:
            if type(length) is not int or not 0 <= length < 2**62:
                msg = f"shape {shape!r} out of range"
                raise ValueError(msg)
            nbytes *= length
        rows.append(Row(offset, dtype, kind, tuple(shape), nbytes, crc))
    structure = data.get("structure_crc32")
    return Index(
        _text(data["group"]),
        int(data["json_crc32"], 16),
        int(data["file_size"]),
        int(data["address"]),
        None if structure is None else int(structure, 16),
        rows,
    )


def check_extents(rows: list[Row], file_size: int, group: str, source: str) -> None:
    """Make sure that every variable lies inside the file and that none overlaps another.

    Variables with the same place and length are one shared variable.

    Raises
    ------
    ModelFileError
        A variable reaches beyond the end, or two overlap.
    """
    extents = sorted({(row.offset, row.nbytes) for row in rows if row.nbytes})
    end = 0
    for offset, nbytes in extents:
        if offset + nbytes > file_size:
            msg = f"{group}: a variable of {nbytes} bytes at {offset} reaches beyond the end"
            raise ModelFileError(msg, source=source, hint="the file is truncated or forged")
        if offset < end:
            msg = f"{group}: two variables overlap at byte {offset}"
            raise ModelFileError(msg, source=source)
        end = offset + nbytes


def _hex(crc: int) -> str:
    return f"{crc:08x}"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    msg = f"expected text, found {value!r}"
    raise TypeError(msg)
