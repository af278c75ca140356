# SPDX-License-Identifier: LGPL-3.0-or-later
"""`check --paths`: what is wrong with the data that an input names."""

from __future__ import annotations

import json

import numpy as np
import pytest

from data_cases import CASES, rows
from data_systems import input_of, write_hdf5, write_system
from dp_multitask.checks.check import check
from dp_multitask.checks.codes import codes_beside_rules
from dp_multitask.checks.data.findings import check_paths
from dp_multitask.checks.data.npy import read_header
from small_inputs import multitask
from systems import posix_only


def codes(findings, severity):
    return tuple(each.code for each in findings if each.severity == severity)


@pytest.mark.parametrize("name", CASES)
def test_data_are_judged_as_training_does(tmp_path, name):
    case = CASES[name]
    case.build(tmp_path)
    found = check_paths(case.input, str(tmp_path))
    assert codes(found, "error") == case.errors
    assert codes(found, "warning") == case.warnings
    assert all(case.says in f"{each.message} {each.hint}" for each in found)


def test_tensorflow_takes_arrays_of_the_right_size_in_any_shape(tmp_path):
    write_system(tmp_path / "sys", aparam=rows(1).reshape(1, -1).repeat(6), atom_pref=rows(6))
    config = input_of(fitting={"numb_aparam": 1}, loss={"start_pref_pf": 1, "limit_pref_pf": 1})
    assert codes(check_paths(config, str(tmp_path), backend="tf"), "error") == ()


def test_the_virtual_atoms_of_spins_are_numbered_in_data_of_tensorflow(tmp_path):
    write_system(tmp_path / "sys", types="0 0 1 2 2 3", type_map=None)
    config = input_of(spin={"use_spin": [True, True], "virtual_len": [0.3, 0.3]})
    assert codes(check_paths(config, str(tmp_path), backend="tf"), "error") == ()


def test_every_code_has_a_case():
    told = {code for case in CASES.values() for code in case.errors + case.warnings}
    explained = {code for code, each in codes_beside_rules().items() if each.group == "paths"}
    assert explained <= told


def test_the_folder_of_a_statistics_file_is_made_since_3_2(tmp_path):
    config = input_of(training={"stat_file": "new/s.h5"})
    write_system(tmp_path / "sys")
    assert codes(check_paths(config, str(tmp_path), schema="3.1.2"), "error") == ("DPM703",)
    bare = input_of(training={"stat_file": "s.h5"})
    assert check_paths(bare, str(tmp_path), schema="3.0") == []


def test_relative_paths_count_from_the_current_folder_for_a_bare_input(tmp_path, monkeypatch):
    write_system(tmp_path / "sys")
    monkeypatch.chdir(tmp_path)
    assert check_paths(input_of(training={"stat_file": "s.h5"}), "", schema="3.1") == []


def test_a_thousand_absent_systems_are_one_finding(tmp_path):
    config = input_of([f"gone/{number}" for number in range(1000)])
    (found,) = check_paths(config, str(tmp_path))
    assert found.message == (
        "1000 of 1000 data systems do not exist: 'gone/0', 'gone/1', 'gone/2' and 997 more"
    )
    assert found.path == ("training", "training_data", "systems")


def test_faults_of_a_kind_are_told_together(tmp_path):
    names = [f"s{number}" for number in range(5)]
    for number, name in enumerate(names):
        write_system(tmp_path / name, type_map="O\nH\n" if number < 2 else f"O\nH\nX{number}\n")
    (found,) = check_paths(input_of(names), str(tmp_path))
    assert found.message == (
        "3 of 5 systems have elements that the type map lacks: 's2' (X2), 's3' (X3), 's4' (X4)"
    )


def test_a_system_that_is_named_twice_is_counted_once(tmp_path):
    write_system(tmp_path / "s", without=("energy", "force"))
    write_system(tmp_path / "t")
    found = check_paths(input_of(["s", "t", "s"]), str(tmp_path))
    assert [each.message for each in found] == [
        "1 of 2 systems has no energy.npy ('s'): the term of the loss counts nothing there",
        "1 of 2 systems has no force.npy ('s'): the term of the loss counts nothing there",
    ]


def test_one_that_is_absent_is_told_at_its_place(tmp_path):
    write_system(tmp_path / "sys")
    (found,) = check_paths(input_of(["sys", "gone"]), str(tmp_path))
    assert found.path == ("training", "training_data", "systems", 1)


def test_each_branch_has_its_own_needs(tmp_path):
    write_system(tmp_path / "data")
    config = multitask(descriptor={"type": "dpa1", "sel": 8, "attn_layer": 0})
    ice = config["model"]["model_dict"]["ice"]
    ice["fitting_net"] = {"neuron": [4], "numb_fparam": 1}
    ice["type_map"] = ["O"]
    found = check_paths(config, str(tmp_path))
    place = ("training", "data_dict", "ice", "training_data", "systems")
    assert [(each.code, each.path) for each in found] == [("DPM706", place), ("DPM708", place)]


def test_a_trained_model_brings_the_bias_of_its_fitting_net(tmp_path):
    write_system(tmp_path / "sys", without=("energy",))
    found = check_paths(input_of(), str(tmp_path), trained=True)
    assert [(each.code, each.severity) for each in found] == [("DPM709", "warning")]


def test_a_trained_model_brings_its_statistics(tmp_path):
    write_system(tmp_path / "sys")
    config = input_of(training={"stat_file": "gone.h5", "stat_file_mode": "read"})
    assert codes(check_paths(config, str(tmp_path)), "error") == ("DPM702",)
    assert codes(check_paths(config, str(tmp_path), trained=True), "error") == ()


def test_tensorflow_needs_no_energies(tmp_path):
    write_system(tmp_path / "sys", without=("energy",))
    assert codes(check_paths(input_of(), str(tmp_path), backend="tf"), "error") == ()


def test_frames_of_one_batch_have_the_same_labels(tmp_path):
    write_system(tmp_path / "sys", sets=("set.000", "set.001"))
    (tmp_path / "sys" / "set.001" / "force.npy").unlink()
    (found,) = check_paths(input_of(), str(tmp_path))
    assert (found.code, found.severity) == ("DPM709", "warning")
    assert "has force.npy in some sets and not in others" in found.message


def test_an_lmdb_data_set_is_not_searched(tmp_path):
    (tmp_path / "water.lmdb").mkdir()
    (tmp_path / "water.lmdb" / "data.mdb").touch()
    assert check_paths(input_of("water.lmdb"), str(tmp_path)) == []


@posix_only
def test_links_are_not_followed_in_circles(tmp_path):
    write_system(tmp_path / "d" / "a")
    (tmp_path / "d" / "again").symlink_to(tmp_path / "d")
    (tmp_path / "d" / "b").symlink_to(tmp_path / "d" / "a")
    assert check_paths(input_of("d"), str(tmp_path)) == []


def test_links_in_an_hdf5_file_are_not_followed(tmp_path):
    import h5py

    file = write_hdf5(tmp_path / "links.h5")
    with h5py.File(file, "a") as opened:
        opened["x"] = h5py.ExternalLink("/etc/passwd", "/")
        opened["y"] = h5py.SoftLink("/g")
        opened["g/set.000/spin.npy"] = h5py.ExternalLink("/etc/passwd", "/")
    assert check_paths(input_of(["links.h5#/g"]), str(tmp_path)) == []
    assert codes(check_paths(input_of(["links.h5#/y"]), str(tmp_path)), "error") == ("DPM704",)


@pytest.mark.parametrize(
    "broken",
    [None, [], {"model": []}, {"training": {"training_data": {"systems": [None, 3, "\0"]}}},
     {"training": {"training_data": {"systems": {"a": 1}, "rglob_patterns": 3}}},
     {"training": {"data_dict": {"x": 1}, "stat_file": 3}, "model": {"model_dict": {"x": 2}}}],
)  # fmt: skip
def test_no_input_raises(tmp_path, broken):
    assert all(each.code.startswith("DPM7") for each in check_paths(broken, str(tmp_path)))


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_headers_of_arrays_are_read_as_numpy_writes_them(tmp_path, version):
    path = tmp_path / "x.npy"
    for array in (rows(3), np.zeros(()), np.zeros((2, 3, 4), "f4", order="F"), np.zeros(5, "i8")):
        with path.open("wb") as file:
            np.lib.format.write_array(file, array, version)
        header = read_header(str(path))
        assert header is not None
        assert (header.shape, header.size, header.complete) == (array.shape, array.size, True)


def test_a_folder_that_nests_deeply_is_searched(tmp_path):
    deep = tmp_path
    for _ in range(300):
        deep = deep / "d"
    deep.mkdir(parents=True)
    assert codes(check_paths(input_of("d"), str(tmp_path)), "error") == ("DPM704",)


@pytest.mark.parametrize(
    ("sizes", "codes"), [([1, 1], []), ([1, 1, 1], ["DPM522"]), ([1], ["DPM522"])]
)
def test_a_folder_of_several_systems_is_counted_where_numbers_matter(tmp_path, sizes, codes):
    for name in ("a", "b/c"):
        write_system(tmp_path / "d" / name)
    file = tmp_path / "input.json"
    file.write_text(json.dumps(input_of(["d"], data={"batch_size": sizes})))
    found = [each for each in check(file) if each.severity == "error"]
    # one name, one number: that there are two systems is seen by --paths alone
    assert [each.code for each in found] == ([] if sizes == [1] else codes)
    assert all("there are 2 systems" in each.message for each in found)


def test_a_folder_that_is_not_there_counts_as_one_system(tmp_path):
    file = tmp_path / "input.json"
    file.write_text(json.dumps(input_of(["d"], data={"batch_size": [1, 1]})))
    (found,) = (each for each in check(file) if each.severity == "error")
    assert (found.code, "there is one system" in found.message) == ("DPM522", True)


def test_the_command_counts_systems_once(tmp_path, monkeypatch, capsys):
    from dp_multitask.checks.data.search import Search
    from dp_multitask.cli.main import main

    write_system(tmp_path / "sys")
    config = input_of()
    config["training"]["training_data"] |= {"systems": ["sys"], "batch_size": [1, 1]}
    file = tmp_path / "input.json"
    file.write_text(json.dumps(config))
    searches: list[str] = []
    begin = Search.__init__

    def counted(self, folder):
        searches.append(folder)
        begin(self, folder)

    monkeypatch.setattr(Search, "__init__", counted)
    assert main(["check", "--paths", "--output-format", "concise", str(file)]) == 1
    assert capsys.readouterr().out.count("DPM522") == 1
    assert searches == [str(tmp_path)]


@pytest.mark.parametrize(
    ("sizes", "said"),
    [([1, 1, 1], []), ([1] * 4, []), ([1, 1], ["there are 3 systems"]), ([1], ["there are 3"])],
)
def test_folders_that_are_there_are_counted_beside_one_that_is_not(tmp_path, sizes, said):
    for name in ("a", "b"):
        write_system(tmp_path / "many" / name)
    given = input_of(["many", "absent"], data={"batch_size": sizes})
    found = [each for each in check_paths(given, str(tmp_path)) if each.code == "DPM522"]
    assert len(found) == len(said)
    assert all(text in each.message for each, text in zip(found, said, strict=True))
