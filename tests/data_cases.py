# SPDX-License-Identifier: LGPL-3.0-or-later
"""Data that training stops at, or does not: what `check --paths` finds in each.

The unit tests hold `check_paths` to the table, the interop tests DeePMD-kit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from data_systems import ATOMS, FRAMES, arrays_of, input_of, write_hdf5, write_system


class DataCase(NamedTuple):
    """Data, an input that names them, the codes found, and what the findings hold."""

    build: Callable[[Path], Any]
    input: dict[str, Any]
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    says: str = ""


def system(**options: Any) -> Callable[[Path], Any]:
    return lambda folder: write_system(folder / "sys", **options)


def rows(width: int, frames: int = FRAMES) -> np.ndarray:
    return np.full((frames, width), 0.5)


def both(*builders: Callable[[Path], Any]) -> Callable[[Path], Any]:
    return lambda folder: [build(folder) for build in builders]


def file(name: str, text: str | bytes = "") -> Callable[[Path], Any]:
    content = text.encode() if isinstance(text, str) else text
    return lambda folder: (folder / name).write_bytes(content)


def folder_of(name: str) -> Callable[[Path], Any]:
    return lambda folder: (folder / name).mkdir(parents=True)


def removed(name: str) -> Callable[[Path], Any]:
    return lambda folder: (folder / name).unlink()


def mixed(*sets: str, width: int = ATOMS) -> Callable[[Path], Any]:
    def build(folder: Path) -> None:
        write_system(folder / "sys", sets=("set.000", "set.001"))
        for each in sets:
            types = np.tile((np.arange(width) % 2), (FRAMES, 1))
            np.save(folder / "sys" / each / "real_atom_types.npy", types)

    return build


def cut_short(folder: Path) -> None:
    array = write_system(folder / "sys") / "set.000" / "force.npy"
    array.write_bytes(array.read_bytes()[:-100])


FPARAM = {"numb_fparam": 2}
DOS = {"type": "dos", "numb_dos": 4}
TENSOR = {"type": "tensor", "pref": 1.0, "pref_atomic": 0.0}
ATOMIC = {"type": "tensor", "pref": 0.0, "pref_atomic": 1.0}
PROPERTY = {"type": "property", "property_name": "band_gap", "task_dim": 2}
SPIN = {"use_spin": [True, False], "virtual_scale": [0.3, 0.0]}
DPA3 = {
    "type": "dpa3", "add_chg_spin_ebd": True,
    "repflow": {"n_dim": 4, "e_dim": 4, "a_dim": 4, "nlayers": 1, "e_rcut": 4.0,
                "e_rcut_smth": 3.0, "e_sel": 10, "a_rcut": 3.0, "a_rcut_smth": 2.0, "a_sel": 6,
                "axis_neuron": 2},
}  # fmt: skip

DPA1 = {"type": "dpa1", "sel": 6, "rcut": 4.0, "neuron": [2, 4], "axis_neuron": 2, "attn_layer": 0}
TABLE = {"descriptor": DPA1, "use_srtab": "t.txt", "sw_rmin": 0.5, "sw_rmax": 1.0}
PREFACTORS = {"start_pref_pf": 1, "limit_pref_pf": 1}
GENERALIZED = {"start_pref_gf": 1, "limit_pref_gf": 1, "numb_generalized_coord": 2}


def table(columns: int) -> Callable[[Path], Any]:
    energies = " 1.0" * (columns - 1)
    lines = [f"{0.01 * each:.2f}{energies}" for each in range(1, 500)]
    return both(system(), file("t.txt", "\n".join(("# pairs", *lines))))


def of_version_1(name: str) -> dict[str, Any]:
    config = input_of()
    config["training"] |= {**config["training"].pop("training_data"), "systems": [name]}
    return config


def validated(**validating: Any) -> dict[str, Any]:
    """Give an input that validates with all data."""
    config = input_of()
    data = config["training"]
    data["validation_data"] = {"systems": data["training_data"]["systems"]}
    config["validating"] = {"full_validation": True, "validation_freq": 1, **validating}
    return config


TWO = both(lambda each: write_system(each / "d/a"), lambda each: write_system(each / "d/b"))

CASES: dict[str, DataCase] = {
    # tables of pairs
    "a table of pairs": DataCase(table(4), input_of(**TABLE)),
    "no table of pairs": DataCase(system(), input_of(**TABLE), ("DPM713",)),
    "a table of three elements": DataCase(table(7), input_of(**TABLE), ("DPM713",)),
    "a table of one element": DataCase(table(2), input_of(**TABLE), ("DPM713",)),
    # files that are written
    "a learning curve": DataCase(system(), input_of(training={"disp_file": "./curve.out"})),
    "no folder for the learning curve": DataCase(
        system(), input_of(training={"disp_file": "out/lcurve.out"}), ("DPM714",)),
    "a folder for the learning curve": DataCase(
        system(), input_of(training={"disp_file": "sys"}), ("DPM714",)),
    "no folder for the log of the validation": DataCase(
        system(), validated(full_val_file="out/val.log"), ("DPM714",)),
    "a log of the validation that never comes": DataCase(
        system(), validated(full_val_file="out/val.log", full_val_start=1.0)),
    "a log of averages that are not taken": DataCase(
        system(),
        validated(full_val_file="out/val.log", full_validation=False, ema_full_validation=True)),
    "a file in the place of the best checkpoints": DataCase(
        both(system(), file("best")), validated(save_best_dir="best/a"), ("DPM714",)),
    "a file in the place of checkpoints": DataCase(
        both(system(), file("saved")), input_of(training={"save_dir": "saved"}), ("DPM714",)),
    "a file on the way to a checkpoint": DataCase(
        both(system(), file("saved")), input_of(training={"save_ckpt": "saved/a"}), ("DPM714",)),
    "checkpoints in folders that are made": DataCase(
        system(), input_of(training={"save_dir": "a/b", "save_ckpt": "c/d"})),
    # prefactors of single forces
    "prefactors of forces": DataCase(system(atom_pref=rows(18)), input_of(loss=PREFACTORS)),
    "one prefactor an atom": DataCase(
        system(atom_pref=rows(ATOMS)), input_of(loss=PREFACTORS), ("DPM710",)),
    "no prefactors of forces": DataCase(system(), input_of(loss=PREFACTORS), ("DPM708",)),
    "prefactors by default": DataCase(
        system(), input_of(loss=PREFACTORS | {"use_default_pf": True}), ("DPM708",)),
    "derivatives of generalized coordinates": DataCase(
        system(drdq=rows(ATOMS * 6)), input_of(loss=GENERALIZED)),
    "derivatives of one generalized coordinate of two": DataCase(
        system(drdq=rows(ATOMS * 3)), input_of(loss=GENERALIZED), ("DPM710",)),
    "no systems to validate with": DataCase(
        system(), input_of(training={"validation_data": {"systems": ""}})),
    "all there": DataCase(system(), input_of()),
    "a folder of folders": DataCase(
        both(lambda each: write_system(each / "d/a"), lambda each: write_system(each / "d/b/c")),
        input_of("d")),
    "a list of a folder of folders": DataCase(
        lambda each: write_system(each / "d/b/c"), input_of(["d"])),
    # the names
    "no such folder": DataCase(system(), input_of(["sys", "gone"]), ("DPM701",)),
    "no name, beside a system": DataCase(system(), input_of(["sys", ""]), ("DPM701",)),
    "a home folder": DataCase(system(), input_of(["~"]), ("DPM701",)),
    "an empty folder": DataCase(folder_of("sys"), input_of(), ("DPM704",)),
    "an empty folder beside a system": DataCase(
        both(system(), folder_of("b")), input_of(["sys", "b"]), (), ("DPM704",)),
    "a folder without type.raw": DataCase(
        both(system(), removed("sys/type.raw")), input_of(), ("DPM704",)),
    "a set for a system": DataCase(system(), input_of(["sys/set.000"]), ("DPM704",)),
    "a file of a system": DataCase(system(), input_of(["sys/type.raw"]), ("DPM712",)),
    "patterns": DataCase(
        lambda each: write_system(each / "d/b/c"), input_of("d", data={"rglob_patterns": ["b/*"]})),
    "patterns that nothing matches": DataCase(
        lambda each: write_system(each / "d/b/c"),
        input_of("d", data={"rglob_patterns": ["x/*"]}), ("DPM704",)),
    "validation data that are not there": DataCase(
        system(), input_of(training={"validation_data": {"systems": ["gone"]}}), ("DPM701",)),
    "validation data without systems": DataCase(
        both(system(), folder_of("v")),
        input_of(training={"validation_data": {"systems": ["v"]}}), ("DPM704",)),
    # the form of version 1
    "data of version 1": DataCase(system(), of_version_1("sys")),
    "absent data of version 1": DataCase(system(), of_version_1("gone"), ("DPM701",)),
    "data of version 1 without labels": DataCase(
        system(without=("energy", "force", "virial")), of_version_1("sys"), ("DPM708",),
        ("DPM709", "DPM709")),
    # how many systems there are
    "sizes for the systems in a folder": DataCase(
        TWO, input_of("d", data={"batch_size": [1, 2]})),
    "sizes for the systems in a listed folder": DataCase(
        TWO, input_of(["d"], data={"batch_size": [1, 2]})),
    "one size for the systems in a listed folder": DataCase(
        TWO, input_of(["d"], data={"batch_size": [1]}), ("DPM522",)),
    "too many sizes for a folder": DataCase(
        TWO, input_of("d", data={"batch_size": [1, 1, 1]}), ("DPM522",)),
    "too many sizes for what patterns match": DataCase(
        TWO, input_of("d", data={"batch_size": [1, 1], "rglob_patterns": ["a"]}), ("DPM522",)),
    "sizes for what patterns match": DataCase(
        TWO, input_of("d", data={"batch_size": [1], "rglob_patterns": ["a"]})),
    "sizes where a listed folder is empty": DataCase(
        both(system(), folder_of("b")),
        input_of(["sys", "b"], data={"batch_size": [1, 1]}), ("DPM522",), ("DPM704",)),
    "probabilities of the systems in a folder": DataCase(
        TWO, input_of("d", data={"sys_probs": [0.5, 0.5]})),
    "probabilities of too few systems in a folder": DataCase(
        TWO, input_of("d", data={"sys_probs": [0.5, -1, -1]}), ("DPM523",)),
    "a block of systems in a folder": DataCase(
        TWO, input_of(["d"], data={"auto_prob": "prob_sys_size;1:2:1.0"})),
    "a block beyond the systems of a folder": DataCase(
        TWO, input_of("d", data={"auto_prob": "prob_sys_size;2:4:1.0"}), ("DPM526",)),
    "a block beyond the only system": DataCase(
        system(), input_of(data={"auto_prob": "prob_sys_size;3:5:1.0"}), ("DPM526",)),
    "a block that a later one takes back": DataCase(
        system(), input_of(data={"auto_prob": "prob_sys_size;0:1:1;0:1:0"}), ("DPM526",)),
    "a filter that leaves no system": DataCase(
        system(), input_of(data={"batch_size": "filter:5"}), ("DPM704",)),
    "a filter that leaves the system": DataCase(
        system(), input_of(data={"batch_size": "filter:6"})),
    # LMDB
    "a listed folder that is called LMDB": DataCase(
        lambda each: write_system(each / "s.lmdb"), input_of(["s.lmdb"])),
    "a folder that is called LMDB": DataCase(
        lambda each: write_system(each / "s.lmdb"), input_of("s.lmdb"), ("DPM712",)),
    # HDF5
    "patterns in an HDF5 file": DataCase(
        lambda each: write_hdf5(each / "d0.h5"),
        input_of(["d0.h5"], data={"rglob_patterns": ["*"]}), ("DPM704",)),
    "a group": DataCase(lambda each: write_hdf5(each / "d1.h5"), input_of(["d1.h5#/g"])),
    "a group within a group": DataCase(
        lambda each: write_hdf5(each / "d2.h5", "a/b"), input_of(["d2.h5#/a"])),
    "all of an HDF5 file": DataCase(lambda each: write_hdf5(each / "d3.h5"), input_of("d3.h5")),
    "the top group": DataCase(lambda each: write_hdf5(each / "d4.h5", "/"), input_of(["d4.h5#/"])),
    "an absent group": DataCase(
        lambda each: write_hdf5(each / "d5.h5"), input_of(["d5.h5#/x"]), ("DPM704",)),
    "a group that another begins with": DataCase(
        lambda each: write_hdf5(each / "d6.h5", "gg"), input_of(["d6.h5#/g"]), ("DPM704",)),
    "a group without a slash": DataCase(
        lambda each: write_hdf5(each / "d7.h5"), input_of(["d7.h5#g"]), ("DPM704",)),
    "a group with a slash too many": DataCase(
        lambda each: write_hdf5(each / "d8.h5"), input_of(["d8.h5#/g/"]), ("DPM704",)),
    "a group without boxes": DataCase(
        lambda each: write_hdf5(each / "d9.h5", without=("box",)),
        input_of(["d9.h5#/g"]), ("DPM705",)),
    "a group without coordinates": DataCase(
        lambda each: write_hdf5(each / "d10.h5", without=("coord",)),
        input_of(["d10.h5#/g"]), ("DPM705",)),
    # what a system consists of
    "no set": DataCase(system(sets=()), input_of(), ("DPM705",)),
    "an empty set": DataCase(
        both(system(), folder_of("sys/set.001")), input_of(), ("DPM705",)),
    "a file for a set": DataCase(both(system(), file("sys/set.001")), input_of(), ("DPM705",)),
    "no coordinates": DataCase(system(without=("coord",)), input_of(), ("DPM705",)),
    "no boxes": DataCase(system(without=("box",)), input_of(), ("DPM705",)),
    "not periodic": DataCase(
        both(system(without=("box", "virial")), file("sys/nopbc")), input_of()),
    "mixed types": DataCase(mixed("set.000", "set.001"), input_of()),
    "mixed types without elements, all of those in type.raw": DataCase(
        both(mixed("set.000", "set.001"), removed("sys/type_map.raw")), input_of(), (),
        ("DPM711",)),
    "mixed types in one set": DataCase(mixed("set.001"), input_of(), ("DPM711",)),
    "mixed types of too few atoms": DataCase(
        mixed("set.000", "set.001", width=5), input_of(), ("DPM710",)),
    # elements and types
    "an element that the model lacks": DataCase(
        system(type_map="O\nC\n"), input_of(), ("DPM706",), says="C"),
    "an element more, without atoms": DataCase(
        system(type_map="O\nH\nC\n"), input_of(), ("DPM706",)),
    "elements in another order": DataCase(system(type_map="H O  # as in the model"), input_of()),
    "too few elements": DataCase(system(type_map="O\n"), input_of(), ("DPM707",)),
    "no elements": DataCase(system(type_map=None), input_of()),
    "no elements and a third type": DataCase(
        system(type_map=None, types="0 0 2 0 1 1"), input_of(), ("DPM707",)),
    "elements for types": DataCase(system(types="O O H O H H"), input_of(), ("DPM707",)),
    "no types": DataCase(system(types=""), input_of(), ("DPM707",)),
    "types in a table": DataCase(system(types="0 0 1\n0 1 1\n"), input_of(), ("DPM707",)),
    "types in a row, with a comment": DataCase(system(types="# O, H\n0 0 1.0 0 1 1"), input_of()),
    # shapes
    "too few types": DataCase(system(types="0 0 1 0 1"), input_of(), ("DPM710",)),
    "too few energies": DataCase(system(energy=rows(1, 2)), input_of(), ("DPM710",)),
    "too many energies": DataCase(system(energy=rows(1, 5)), input_of(), (), ("DPM710",)),
    "energies in a row": DataCase(system(energy=np.zeros(FRAMES)), input_of()),
    "two energies a frame": DataCase(system(energy=rows(2)), input_of(), ("DPM710",)),
    "forces as vectors": DataCase(system(force=np.zeros((FRAMES, ATOMS, 3))), input_of()),
    "forces of too few atoms": DataCase(system(force=rows(15)), input_of(), ("DPM710",)),
    "virials as matrices": DataCase(system(virial=np.ones((FRAMES, 3, 3))), input_of()),
    "virials with six numbers": DataCase(system(virial=rows(6)), input_of(), ("DPM710",)),
    "no frames": DataCase(
        system(**{name: np.zeros((0, 18)) for name in ("coord", "box", "energy", "force",
                                                        "virial")}), input_of(), ("DPM710",)),
    "a file that ends too early": DataCase(cut_short, input_of(), ("DPM710",)),
    "a file that is no array": DataCase(
        both(system(), file("sys/set.000/energy.npy", "junk")), input_of(), ("DPM710",)),
    "coordinates as vectors": DataCase(
        system(coord=np.zeros((FRAMES, ATOMS, 3))), input_of(), ("DPM710",)),
    "coordinates as vectors to validate with": DataCase(
        both(system(), lambda each: write_system(
            each / "v", coord=arrays_of()["coord"].reshape(FRAMES, ATOMS, 3))),
        input_of(training={"validation_data": {"systems": ["v"]}})),
    "boxes of six numbers beside nopbc": DataCase(
        both(system(box=rows(6)), file("sys/nopbc")), input_of(), ("DPM710",)),
    # labels
    "no energies": DataCase(system(without=("energy",)), input_of(), ("DPM708",)),
    "no forces": DataCase(system(without=("force",)), input_of(), (), ("DPM709",)),
    "energies in one system of two": DataCase(
        both(system(), lambda each: write_system(each / "b", without=("energy",))),
        input_of(["sys", "b"]), (), ("DPM709",), says="1 of 2 systems has no energy.npy"),
    "forces under another name": DataCase(
        system(without=("force",), forces=rows(18)), input_of(), (), ("DPM709",), "forces.npy"),
    "forces alone": DataCase(
        system(without=("energy", "virial")),
        input_of(loss={"start_pref_e": 0, "limit_pref_e": 0})),
    "energies of atoms": DataCase(
        system(atomic_ener=rows(ATOMS)), input_of(loss={"start_pref_ae": 1, "limit_pref_ae": 1})),
    "hessians of another shape": DataCase(
        system(hessian=rows(18)),
        input_of(loss={"type": "ener_hess", "start_pref_h": 1, "limit_pref_h": 1}), ("DPM710",)),
    "no fparam": DataCase(system(), input_of(fitting=FPARAM), ("DPM708",), says="numb_fparam"),
    "fparam": DataCase(system(fparam=rows(2)), input_of(fitting=FPARAM)),
    "fparam too wide": DataCase(system(fparam=rows(3)), input_of(fitting=FPARAM), ("DPM710",)),
    "a default fparam": DataCase(
        system(), input_of(fitting=FPARAM | {"default_fparam": [0.0, 1.0]})),
    "no fparam to validate with": DataCase(
        both(system(fparam=rows(2)), lambda each: write_system(each / "v")),
        input_of(fitting=FPARAM, training={"validation_data": {"systems": ["v"]}}), ("DPM708",)),
    "no aparam": DataCase(system(), input_of(fitting={"numb_aparam": 1}), ("DPM708",)),
    "aparam": DataCase(system(aparam=rows(ATOMS)), input_of(fitting={"numb_aparam": 1})),
    "aparam too wide": DataCase(
        system(aparam=rows(2 * ATOMS)), input_of(fitting={"numb_aparam": 1}), ("DPM710",)),
    "no densities of states": DataCase(
        system(), input_of(fitting=DOS, loss={"type": "dos"}), ("DPM708",)),
    "densities of states": DataCase(
        system(atomic_dos=rows(4 * ATOMS)), input_of(fitting=DOS, loss={"type": "dos"})),
    "densities of states too wide": DataCase(
        system(atom_dos=rows(5 * ATOMS)), input_of(fitting=DOS, loss={"type": "dos"}),
        ("DPM710",)),
    "densities of states of frames where those of atoms are asked for": DataCase(
        system(dos=rows(4)), input_of(fitting=DOS, loss={"type": "dos"}), ("DPM708",)),
    "dipoles of atoms where those of frames are asked for": DataCase(
        system(atomic_dipole=rows(18)), input_of(fitting={"type": "dipole"}, loss=TENSOR),
        ("DPM708",)),
    "no dipoles": DataCase(
        system(), input_of(fitting={"type": "dipole"}, loss=TENSOR), ("DPM708",)),
    "dipoles": DataCase(
        system(dipole=rows(3)), input_of(fitting={"type": "dipole"}, loss=TENSOR)),
    "dipoles of atoms": DataCase(
        system(atomic_dipole=rows(18)), input_of(fitting={"type": "dipole"}, loss=ATOMIC)),
    "dipoles of the chosen atoms alone": DataCase(
        system(atomic_dipole=rows(9)),
        input_of(fitting={"type": "dipole", "sel_type": [0]}, loss=ATOMIC), ("DPM710",)),
    "polarizabilities": DataCase(
        system(polarizability=rows(9)), input_of(fitting={"type": "polar"}, loss=TENSOR)),
    "polarizabilities under another name": DataCase(
        system(polar=rows(9)), input_of(fitting={"type": "polar"}, loss=TENSOR),
        ("DPM708",), says="polar.npy"),
    "no property": DataCase(
        system(), input_of(fitting=PROPERTY, loss={"type": "property"}), ("DPM708",),
        says="band_gap.npy"),
    "a property": DataCase(
        system(band_gap=rows(2)), input_of(fitting=PROPERTY, loss={"type": "property"})),
    "a property too narrow": DataCase(
        system(band_gap=rows(1)), input_of(fitting=PROPERTY, loss={"type": "property"}),
        ("DPM710",)),
    "no spins": DataCase(
        system(force_mag=rows(18)), input_of(spin=SPIN, loss={"type": "ener_spin"}), ("DPM708",)),
    "spins": DataCase(
        system(spin=rows(18), force_mag=rows(18)),
        input_of(spin=SPIN, loss={"type": "ener_spin"})),
    "no magnetic forces": DataCase(
        system(spin=rows(18)), input_of(spin=SPIN, loss={"type": "ener_spin"}),
        (), ("DPM709",), says="force_mag.npy"),
    "spins of one number": DataCase(
        system(spin=rows(6), force_mag=rows(18)),
        input_of(spin=SPIN, loss={"type": "ener_spin"}), ("DPM710",)),
    "no charges": DataCase(system(), input_of(descriptor=DPA3), ("DPM708",)),
    "default charges": DataCase(
        system(), input_of(descriptor=DPA3 | {"default_chg_spin": [0.0, 1.0]})),
    # statistics
    "statistics that are no HDF5 file": DataCase(
        both(system(), file("s.h5", "junk and more")), input_of(training={"stat_file": "s.h5"}),
        ("DPM702",)),
    "statistics in a folder": DataCase(
        both(system(), folder_of("s")), input_of(training={"stat_file": "s"})),
    "a statistics file below a file": DataCase(
        both(system(), file("s")), input_of(training={"stat_file": "s/s.h5"}), ("DPM703",)),
    "a bare statistics file": DataCase(system(), input_of(training={"stat_file": "s.h5"})),
    "a statistics file in a new folder": DataCase(
        system(), input_of(training={"stat_file": "new/s.h5"})),
    "statistics that are not there": DataCase(
        system(), input_of(training={"stat_file": "s.h5", "stat_file_mode": "read"}),
        ("DPM702",)),
}  # fmt: skip
