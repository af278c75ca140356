# SPDX-License-Identifier: LGPL-3.0-or-later
"""The HDF5 structure that is written without the HDF5 library, as the library sees it."""

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp_multitask import load_model, save_model
from dp_multitask.errors import ModelFileError, ModelTreeError
from dp_multitask.modelfile.flat import HDF5_TYPES
from dp_multitask.modelfile.hdf5 import encoding, structure
from dp_multitask.modelfile.hdf5.lookup3 import lookup3, lookup3_of_each
from dp_multitask.modelfile.hdf5.structure import Structure
from dp_multitask.modelfile.places import MAX_KEY_BYTES
from dp_multitask.modelfile.stored_array import ARRAY, StoredArray


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0xDEADBEEF),
        (b"Four score and seven years ago", 0x17770551),
    ],
)
def test_the_checksum_is_the_one_its_author_published(data, expected):
    assert lookup3(data) == expected


@given(st.lists(st.binary(max_size=40), max_size=40), st.binary(max_size=40))
def test_many_checksums_at_once_are_those_of_each(texts, repeated):
    texts += [repeated] * 10
    assert lookup3_of_each(texts) == [lookup3(text) for text in texts]


def _write(path, built, values=()):
    """Write a structure with its datasets' values after it."""
    addresses = built.place()
    placed, data = [], b""
    for value in values:
        offset = addresses.end + len(data) if value.nbytes else 0
        placed.append(StoredArray(offset, value.dtype.str, ARRAY, value.shape, value.nbytes))
        data += value.tobytes() + bytes(-value.nbytes % 8)
    path.write_bytes(built.encode(addresses, placed, addresses.end + len(data)) + data)


def test_every_element_type_is_the_one_the_library_knows(tmp_path):
    assert encoding.DATATYPES.keys() == HDF5_TYPES.keys()
    built, values = Structure(), []
    for number, dtype in enumerate(HDF5_TYPES):
        built.add_dataset((f"/{number}",), dtype, 2)
        values.append(np.arange(6).reshape(2, 3).astype(dtype))
    _write(tmp_path / "a.h5", built, values)
    with h5py.File(tmp_path / "a.h5") as file:
        for number, (dtype, kind) in enumerate(HDF5_TYPES.items()):
            found = file[str(number)]
            assert found.id.get_type().equal(kind)
            assert found.dtype == np.dtype(dtype)
            assert found.id.get_offset() % 8 == 0
            np.testing.assert_array_equal(found[()], values[number])


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,), (2, 3, 4), (1,) * 32])
def test_every_shape_is_read_back(tmp_path, shape):
    built = Structure()
    value = np.full(shape, 1.5)
    built.add_dataset(("/a/b",), "<f8", len(shape))
    _write(tmp_path / "a.h5", built, [value])
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["a/b"].shape == shape
        np.testing.assert_array_equal(file["a/b"][()], value)


@pytest.mark.parametrize("length", [0, 1, 1000, 4000, 4100, 65_535, 65_536, 3_000_000])
def test_a_text_of_any_length_is_an_attribute(tmp_path, length):
    built = Structure()
    text = (b"0123456789" * (length // 10 + 1))[:length]
    built.add_attribute("", "json", text)
    built.add_attribute("/a/b", "json", text[::-1])
    _write(tmp_path / "a.h5", built)
    with h5py.File(tmp_path / "a.h5") as file:
        assert bytes(file.attrs["json"]) == text
        assert bytes(file["a/b"].attrs["json"]) == text[::-1]
        assert list(file["a/b"].attrs) == ["json"]


def test_names_of_any_length_and_script_lead_to_their_datasets(tmp_path):
    names = ["x", "y" * 255, "z" * 256, "w" * MAX_KEY_BYTES, "水", "é" * 200, "@a%"]
    built = Structure()
    for name in names:
        built.add_dataset((f"/group/{name}",), "<i8", 0)
    _write(tmp_path / "a.h5", built, [np.array(number) for number in range(len(names))])
    with h5py.File(tmp_path / "a.h5") as file:
        assert {name: int(file["group"][name][()]) for name in file["group"]} == {
            name: number for number, name in enumerate(names)
        }


def test_a_group_of_thousands_is_read(tmp_path):
    values = [np.float64(number) for number in range(5000)]
    save_model(tmp_path / "a.dp", {"model": {"@variables": {"list": values}}})
    with h5py.File(tmp_path / "a.dp") as file:
        group = file["model/@variables/list"]
        assert len(group) == 5000
        assert [group[str(number)][()] for number in (0, 1234, 4999)] == [0.0, 1234.0, 4999.0]


def test_other_programs_can_change_a_file(tmp_path):
    path = tmp_path / "a.h5"
    built = Structure()
    built.add_dataset(("/a/one", "/b/other"), "<f8", 1)
    built.add_dataset(("/a/two",), "<f8", 1)
    built.add_attribute("", "json", b"x" * 100)
    built.add_attribute("/a", "json", b"y" * 100_000)
    _write(path, built, [np.arange(3.0), np.arange(4.0)])
    with h5py.File(path, "a") as file:
        assert h5py.h5o.get_info(file["a/one"].id).rc == 2
        del file["a/one"]
        assert h5py.h5o.get_info(file["b/other"].id).rc == 1
        file["a/two"][:] = 7
        for number in range(40):  # as many as make the library store links and attributes anew
            file[f"a/new{number}"] = np.arange(number)
            file["a"].attrs[f"note{number}"] = "n" * number
            file.attrs[f"note{number}"] = "n" * number
    with h5py.File(path) as file:
        assert file["b/other"][()].tolist() == [0, 1, 2]
        assert file["a/two"][()].tolist() == [7, 7, 7, 7]
        assert len(file["a"]) == 41
        assert file["a/new39"][()].tolist() == list(range(39))
        assert bytes(file["a"].attrs["json"]) == b"y" * 100_000
        assert len(file["a"].attrs) == len(file.attrs) == 41


def test_two_objects_of_one_path_are_refused():
    built = Structure()
    built.add_dataset(("/a/b",), "<f8", 0)
    for name in ("/a/b", "/a", "/a/b/c"):
        with pytest.raises(ModelTreeError, match="would have the path /a"):
            built.add_dataset((name,), "<f8", 0)


def test_a_key_that_hdf5_cannot_name_is_refused(tmp_path):
    tree = {"model": {"@variables": {"k" * 70_000: np.zeros(1)}}}
    with pytest.raises(ModelTreeError, match=r"variables/k+: the key .* longer than 65000 bytes"):
        save_model(tmp_path / "a.dp", tree)
    assert not list(tmp_path.iterdir())


def test_a_variable_of_more_dimensions_than_hdf5_has_is_refused(tmp_path):
    tree = {"model": {"@variables": {"a": np.ones((1,) * 33)}}}
    with pytest.raises(ModelTreeError, match="model/@variables/a: a variable of 33 dimensions"):
        save_model(tmp_path / "a.dp", tree)
    assert not list(tmp_path.iterdir())


def test_a_group_with_more_members_than_hdf5_reads_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(structure, "MAX_GROUP_HEADER", 70_000)
    tree = {"model": {"@variables": {"list": [np.zeros(1)] * 5000}}}
    with pytest.raises(ModelTreeError, match="/model/@variables/list has 5000 members"):
        save_model(tmp_path / "a.dp", tree)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("locking", [(True, True), (True, False), (False, False)])
@pytest.mark.parametrize("degree", ["CLOSE_WEAK", "CLOSE_SEMI", "CLOSE_STRONG"])
def test_a_file_that_the_process_has_open_is_read(tmp_path, degree, locking):
    path = tmp_path / "a.dp"
    save_model(path, {"model": {"@variables": {"a": np.arange(3.0)}}})
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_file_locking(*locking)
    access.set_fclose_degree(getattr(h5py.h5f, degree))
    other = h5py.h5f.open(str(path).encode(), h5py.h5f.ACC_RDONLY, access)
    try:
        assert load_model(path)["model"]["@variables"]["a"].tolist() == [0, 1, 2]
    finally:
        other.close()


@pytest.mark.parametrize("beside", [False, True])
def test_a_refused_file_is_closed_even_where_its_error_is_kept(tmp_path, beside):
    path = tmp_path / "a.dp"
    save_model(path, {"model": {"@variables": {"a": np.arange(3.0)}}})
    with h5py.File(path, "r+") as file:
        file.attrs["json"] = np.arange(3)
    other = h5py.File(path, "r") if beside else None
    with pytest.raises(ModelFileError, match="is not one text") as kept:
        load_model(path)
    if other is not None:
        other.close()
    with h5py.File(path, "r+") as file:
        file.attrs["json"] = "changed"
    assert kept.tb is not None


def test_an_attribute_whose_name_is_longer_than_the_attribute_is_refused(tmp_path):
    path = tmp_path / "a.dp"
    save_model(path, {"model": {}})
    data = bytearray(path.read_bytes())
    attribute = data.index(b"json\0") - 9
    data[attribute + 2 : attribute + 4] = b"\xff\xff"  # length of the name
    header = data.rindex(b"OHDR", 0, attribute)
    flags = data[header + 5]
    begin = header + 6 + 16 * bool(flags & 0x20) + 4 * bool(flags & 0x10)
    width = 1 << (flags & 3)
    end = begin + width + int.from_bytes(data[begin : begin + width], "little")
    data[end : end + 4] = lookup3(bytes(data[header:end])).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(ModelFileError):
        load_model(path)
