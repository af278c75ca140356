# SPDX-License-Identifier: LGPL-3.0-or-later
"""Model files that are broken on purpose, one function a case."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import dp_multitask
from dp_multitask.errors import (
    ChecksumError,
    DPMultitaskError,
    FileAccessError,
    FormatVersionError,
    ModelFileError,
    UnsafeFileError,
)
from dp_multitask.modelfile.index import HEAD_LENGTH
from model_trees import multitask, single

Make = Callable[[Path], None]
CASES: dict[str, tuple[Make, type[DPMultitaskError], str]] = {}


def case(error: type[DPMultitaskError], says: str) -> Callable[[Make], Make]:
    def note(make: Make) -> Make:
        CASES[make.__name__.replace("_", " ")] = (make, error, says)
        return make

    return note


def flat(path: Path, fill: Callable[[h5py.File], Any], reference: Any = "/variable_0000") -> None:
    """Write a file as DeePMD-kit does, with one variable that `fill` makes."""
    with h5py.File(path, "w") as file:
        fill(file)
        tree = {"model": {"type": "standard", "@variables": {"x": reference}}, "@variables": {}}
        file.attrs["json"] = json.dumps(tree)


def text(path: Path, content: str | bytes) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("variable_0000", data=np.ones(3))
        file.attrs["json"] = content


def secret(path: Path) -> Path:
    """Make another file beside the model, which must never be opened."""
    other = path.with_name("secret.h5")
    with h5py.File(other, "w") as file:
        file["group/variable_0000"] = np.arange(4.0)
    return other


# --- links that lead elsewhere --------------------------------------------------------------


@case(UnsafeFileError, "soft or external link")
def external_link(path: Path) -> None:
    link = h5py.ExternalLink(secret(path).name, "/group/variable_0000")
    flat(path, lambda file: file.__setitem__("variable_0000", link))


@case(UnsafeFileError, "soft or external link")
def external_link_in_the_middle(path: Path) -> None:
    link = h5py.ExternalLink(secret(path).name, "/group")
    flat(path, lambda file: file.__setitem__("group", link), "/group/variable_0000")


@case(UnsafeFileError, "soft or external link")
def soft_link(path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file["elsewhere"] = np.ones(3)
        file["variable_0000"] = h5py.SoftLink("/elsewhere")

    flat(path, fill)


@case(UnsafeFileError, "soft or external link")
def dangling_link(path: Path) -> None:
    flat(path, lambda file: file.__setitem__("variable_0000", h5py.SoftLink("/nowhere")))


@case(UnsafeFileError, "soft or external link")
def soft_link_in_a_circle(path: Path) -> None:
    flat(path, lambda file: file.__setitem__("variable_0000", h5py.SoftLink("/variable_0000")))


@case(UnsafeFileError, "soft or external link")
def branches_in_another_file(path: Path) -> None:
    dp_multitask.save_model(path, multitask())
    with h5py.File(path, "a") as file:
        file["model_dict/steam"] = h5py.ExternalLink(secret(path).name, "/group")
        content = file["model_dict/ice"].attrs["json"]
        del file["@index"]
        tree = json.loads(file.attrs["json"])
        tree["software"] = "deepmd-kit"
        tree["model"]["model_dict"]["steam"] = {
            "@variables": {"x": "/model_dict/steam/variable_0000"}
        }
        file.attrs["json"] = json.dumps(tree)
        assert content


# --- data that lies elsewhere or nowhere ----------------------------------------------------


@case(UnsafeFileError, "in another file")
def external_raw_storage(path: Path) -> None:
    external = [(str(secret(path)), 0, 64)]
    flat(path, lambda f: f.create_dataset("variable_0000", (8,), "f8", external=external))


@case(UnsafeFileError, "virtual dataset")
def virtual_dataset(path: Path) -> None:
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource(secret(path), "group/variable_0000", (4,))
    flat(path, lambda file: file.create_virtual_dataset("variable_0000", layout))


@case(UnsafeFileError, "chunked")
def two_gigabytes_of_fill_value(path: Path) -> None:
    flat(path, lambda f: f.create_dataset("variable_0000", (1 << 28,), "f8", chunks=(1 << 20,)))


@case(UnsafeFileError, "bytes are stored")
def two_gigabytes_that_were_never_written(path: Path) -> None:
    flat(path, lambda file: file.create_dataset("variable_0000", (1 << 28,), "f8"))


@case(UnsafeFileError, "chunked")
def compressed_bomb(path: Path) -> None:
    def fill(file: h5py.File) -> None:
        data = file.create_dataset(
            "variable_0000", (1 << 24,), "f8", chunks=(1 << 22,), compression="gzip"
        )
        data[: 1 << 22] = 0

    flat(path, fill)


@case(UnsafeFileError, "chunked")
def chunked(path: Path) -> None:
    flat(path, lambda f: f.create_dataset("variable_0000", data=np.ones(9), chunks=(3,)))


@case(ModelFileError, "overlap")
def overlapping_data(path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file["variable_0000"] = np.full(100, 3.0)
        file["variable_0001"] = np.full(100, 4.0)

    flat(path, fill, {"a": "/variable_0000", "b": "/variable_0001"})
    data = bytearray(path.read_bytes())
    with h5py.File(path) as file:
        first, second = (file[f"variable_000{i}"].id.get_offset() for i in (0, 1))
    for at in range(0, len(data) - 8):
        if data[at : at + 8] == struct.pack("<Q", second):
            data[at : at + 8] = struct.pack("<Q", first + 64)
    path.write_bytes(data)


@case(ModelFileError, "no data inside the file|cannot read")
def data_beyond_the_end(path: Path) -> None:
    flat(path, lambda file: file.__setitem__("variable_0000", np.full(100, 3.0)))
    data = bytearray(path.read_bytes())
    with h5py.File(path) as file:
        offset = file["variable_0000"].id.get_offset()
    at = data.rindex(struct.pack("<QQ", offset, 800))
    data[at : at + 8] = struct.pack("<Q", len(data) - 8)
    path.write_bytes(data)


# --- types that are no numbers --------------------------------------------------------------

for _name, _data in {
    "variable length": lambda f: f.create_dataset(
        "variable_0000", data=np.array([np.ones(2), np.ones(3)], object),
        dtype=h5py.vlen_dtype("f8"),
    ),
    "text": lambda f: f.create_dataset("variable_0000", data="text"),
    "compound": lambda f: f.create_dataset("variable_0000", data=np.zeros(2, [("a", "f4")])),
    "opaque": lambda f: f.create_dataset("variable_0000", data=np.void(b"abcd")),
    "long double": lambda f: f.create_dataset("variable_0000", data=np.ones(2, np.longdouble)),
    "big-endian": lambda f: f.create_dataset("variable_0000", data=np.ones(2, ">f8")),
    "complex": lambda f: f.create_dataset("variable_0000", data=np.ones(2, complex)),
    "reference": lambda f: f.create_dataset("variable_0000", data=f.ref, dtype=h5py.ref_dtype),
    "enumeration": lambda f: f.create_dataset(
        "variable_0000", (2,), dtype=h5py.enum_dtype({"A": 1, "B": 2})
    ),
    "array type": lambda f: f.create_dataset("variable_0000", (2,), dtype=np.dtype(("f8", (3,)))),
    "no shape": lambda f: f.create_dataset("variable_0000", data=h5py.Empty("f8")),
}.items():  # fmt: skip
    _says = "has no shape" if _name == "no shape" else "element type"
    CASES[f"type {_name}"] = (lambda path, _data=_data: flat(path, _data), UnsafeFileError, _says)


# --- paths ----------------------------------------------------------------------------------


def _reference(name: str, reference: Any, error: type[DPMultitaskError], says: str) -> None:
    def make(path: Path) -> None:
        def fill(file: h5py.File) -> None:
            file["w"] = np.ones(3)
            file["group/w"] = np.ones(3)

        flat(path, fill, reference)

    CASES[f"path {name}"] = (make, error, says)


_reference("with NUL", "/w\0zz", ModelFileError, "expected the HDF5 path")
_reference("that climbs", "/group/../w", UnsafeFileError, "no path of a variable")
_reference("with a dot", "/./w", UnsafeFileError, "no path of a variable")
_reference("with an empty part", "/group//w", UnsafeFileError, "no path of a variable")
_reference("of the root", "/", ModelFileError, "expected the HDF5 path")
_reference("that is empty", "", ModelFileError, "expected the HDF5 path")
_reference("of a group", "/group", ModelFileError, "no dataset")
_reference("through a dataset", "/w/x", ModelFileError, "no group")
_reference("to nothing", "/v", ModelFileError, "does not exist")
_reference("to nothing, deep", "/a/b/c", ModelFileError, "does not exist")
_reference("that is a number", 1, ModelFileError, "expected the HDF5 path")
_reference("that is true", True, ModelFileError, "expected the HDF5 path")


# --- JSON -----------------------------------------------------------------------------------

for _name, _text, _says in [
    ("list", "[1]", "must hold a JSON object"),
    ("number", "1", "must hold a JSON object"),
    ("null", "null", "must hold a JSON object"),
    ("NaN", '{"a": NaN}', "NaN is no JSON number"),
    ("Infinity", '{"a": -Infinity}', "Infinity is no JSON number"),
    ("number too large", '{"a": 1e999}', "too large"),
    ("duplicate keys", '{"a": 1, "a": 2}', "occurs twice"),
    ("half", '{"a": ', "not the JSON"),
    ("nothing", "", "not the JSON"),
    ("spaces", " ", "not the JSON"),
    ("too deep", '{"a":' * 200 + "1" + "}" * 200, "100 levels"),
    ("far too deep", "[" * 200_000, "not the JSON"),
    ("digits without end", '{"a": ' + "9" * 10_000 + "}", "not the JSON"),
]:
    CASES[f"JSON {_name}"] = (lambda path, _text=_text: text(path, _text), ModelFileError, _says)


@case(ModelFileError, "not the JSON")
def JSON_that_is_no_UTF_8(path: Path) -> None:
    text(path, np.bytes_(b'{"a": "\xff"}'))


@case(ModelFileError, "not one text")
def JSON_that_is_an_array(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["json"] = np.ones(3)


@case(ModelFileError, "not one text")
def JSON_that_is_many_texts(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["json"] = ["{}", "{}"]


@case(ModelFileError, "not one text")
def JSON_without_a_shape(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["json"] = h5py.Empty("S10")


@case(ModelFileError, "no attribute 'json'")
def no_JSON(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["json"] = np.ones(3)


@case(ModelFileError, "global heap|damaged")
def heap_of_zeros_that_hangs_HDF5(path: Path) -> None:
    flat(path, lambda file: file.__setitem__("variable_0000", np.ones(3)))
    data = bytearray(path.read_bytes())
    at = data.index(b"GCOL")
    data[at + 16 : at + 512] = bytes(496)
    path.write_bytes(data)


@case(ModelFileError, "global heap|damaged")
def heap_that_is_no_heap(path: Path) -> None:
    flat(path, lambda file: file.__setitem__("variable_0000", np.ones(3)))
    data = bytearray(path.read_bytes())
    data[data.index(b"GCOL")] = 0
    path.write_bytes(data)


@case(ModelFileError, "beyond the end")
def heap_larger_than_the_file(path: Path) -> None:
    flat(path, lambda file: file.__setitem__("variable_0000", np.ones(3)))
    data = bytearray(path.read_bytes())
    at = data.index(b"GCOL") + 8
    data[at : at + 8] = struct.pack("<Q", 1 << 60)
    path.write_bytes(data)


@case(UnsafeFileError, "declared")
def text_of_four_gigabytes(path: Path) -> None:
    flat(path, lambda file: file.__setitem__("variable_0000", np.ones(3)))
    data = bytearray(path.read_bytes())
    at = data.index(struct.pack("<Q", data.index(b"GCOL"))) - 4
    data[at : at + 4] = b"\xff" * 4
    path.write_bytes(data)


# --- what surrounds the file ----------------------------------------------------------------


@case(UnsafeFileError, "after the end")
def trailing_bytes(path: Path) -> None:
    dp_multitask.save_model(path, single())
    with path.open("ab") as file:
        file.write(b"PK\x05\x06" + bytes(18))


@case(UnsafeFileError, "user block")
def script_before_the_file(path: Path) -> None:
    with h5py.File(path, "w", userblock_size=512) as file:
        file.attrs["json"] = "{}"
    with path.open("r+b") as raw:
        raw.write(b"#!/bin/sh\nexit\n")


@case(ModelFileError, "archive cannot be read")
def something_else(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 a ZIP file")


@case(ModelFileError, "is empty, expected a model file")
def nothing_at_all(path: Path) -> None:
    path.write_bytes(b"")


@case(ModelFileError, "superblock")
def nothing_but_a_signature(path: Path) -> None:
    path.write_bytes(b"\x89HDF\r\n\x1a\n")


@case(ModelFileError, "truncated")
def half_a_file(path: Path) -> None:
    dp_multitask.save_model(path, single())
    os.truncate(path, path.stat().st_size // 2)


@case(FileAccessError, "is a folder, expected a file")
def folder(path: Path) -> None:
    path.mkdir()


if hasattr(os, "mkfifo"):

    @case(FileAccessError, "no regular file")
    def pipe(path: Path) -> None:
        os.mkfifo(path)


@case(FileAccessError, "No such file")
def no_file(path: Path) -> None:
    del path


# --- our own files, forged ------------------------------------------------------------------


def _forge(path: Path, change: Callable[[dict[str, Any]], Any], tree: Any = None) -> None:
    """Change the index of our file and give it a valid checksum again."""
    dp_multitask.save_model(path, tree or single())
    with h5py.File(path) as file:
        at, size = file["@index"].id.get_offset(), file["@index"].size
    data = bytearray(path.read_bytes())
    index = json.loads(bytes(data[at + HEAD_LENGTH : at + size]))
    change(index)
    body = json.dumps(index, separators=(",", ":")).encode().ljust(size - HEAD_LENGTH)
    head = f"dp-multitask index {zlib.crc32(body):08x}\n".encode()
    data[at : at + size] = head + body
    path.write_bytes(data)


def _claim_a_python_number(index: dict[str, Any]) -> None:
    index["kind"] = "p" + index["kind"][1:]
    index["dtype"][0], index["shape"][0] = "<f4", []


for _name, _change, _error, _says in [
    ("Python number", _claim_a_python_number, ModelFileError, "Python number of element type <f4"),
    ("beyond the end", lambda i: i["offset"].__setitem__(0, 1 << 40), ModelFileError, "beyond"),
    ("negative", lambda i: i["offset"].__setitem__(0, -8), ModelFileError, "out of range"),
    ("text as offset", lambda i: i["offset"].__setitem__(0, "1"), ModelFileError, "out of range"),
    ("overlap", lambda i: i["offset"].__setitem__(0, i["offset"][1] + 8), ModelFileError,
     "overlap"),
    ("shape too large", lambda i: i["shape"].__setitem__(0, [1 << 61]), ModelFileError, "beyond"),
    ("negative shape", lambda i: i["shape"].__setitem__(0, [-1]), ModelFileError, "out of range"),
    ("rank too large", lambda i: i.update(shape=[[1] * 33] + [[]] * 11, json_crc32="0"),
     ModelFileError, "range"),
    ("shape no list", lambda i: i["shape"].__setitem__(0, 5), ModelFileError, "malformed"),
    ("type unknown", lambda i: i["dtype"].__setitem__(0, "|O8"), ModelFileError, "unknown element"),
    ("type no text", lambda i: i["dtype"].__setitem__(0, []), ModelFileError, "malformed"),
    ("row missing", lambda i: i["offset"].pop(), ModelFileError, "differ in length"),
    ("group of another", lambda i: i.update(group="/x"), ModelFileError, "belongs to '/x'"),
    ("newer", lambda i: i.update(index_version=2), FormatVersionError, "upgrade"),
    ("checksum", lambda i: i.update(crc32="00" + i["crc32"][2:]), ChecksumError, "not those"),
    ("structure", lambda i: i.update(structure_crc32="0" * 8), ChecksumError, "structure"),
]:  # fmt: skip
    CASES[f"index {_name}"] = (lambda path, _c=_change: _forge(path, _c), _error, _says)


def _patch(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert len(old) == len(new)
    assert old in data
    path.write_bytes(data.replace(old, new))


@case(ChecksumError, "JSON of / is not what was written")
def JSON_changed(path: Path) -> None:
    tree = single()
    tree["model"]["comment"] = "x" * 70_000  # beyond 64 KiB HDF5 has no checksum of its own
    dp_multitask.save_model(path, tree)
    _patch(path, b'"rcut":6.0', b'"rcut":5.0')


@case(ModelFileError, "has no '@index'")
def index_removed(path: Path) -> None:
    dp_multitask.save_model(path, single())
    with h5py.File(path, "a") as file:
        del file["@index"]


@case(FormatVersionError, "upgrade")
def model_of_the_future(path: Path) -> None:
    def fill(file: h5py.File) -> None:
        file["w"] = np.ones(1)

    flat(path, fill, "/w")
    with h5py.File(path, "a") as file:
        tree = json.loads(file.attrs["json"])
        tree |= {"software": "dp-multitask", "model_def_version": 2}
        file.attrs["json"] = json.dumps(tree)


@case(ChecksumError, "structure")
def object_added_by_another_program(path: Path) -> None:
    dp_multitask.save_model(path, single())
    with h5py.File(path, "r+") as file:
        file.attrs["a"] = 1
    data = bytearray(path.read_bytes())
    with h5py.File(path) as file:
        at, size = file["@index"].id.get_offset(), file["@index"].size
    index = json.loads(bytes(data[at + HEAD_LENGTH : at + size]))
    index["file_size"] = len(data)
    body = json.dumps(index, separators=(",", ":")).encode().ljust(size - HEAD_LENGTH)
    data[at : at + size] = f"dp-multitask index {zlib.crc32(body):08x}\n".encode() + body
    path.write_bytes(data)
