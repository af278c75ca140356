# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the findings of ``check --paths`` mean, and what to do about each."""

from __future__ import annotations

from dp_multitask.diagnostics import Severity

EXPLANATIONS: dict[str, tuple[Severity, str, str]] = {
    "DPM701": (
        "error",
        "The data system does not exist",
        "A path under `systems` names no file or folder. Relative paths count from the folder of "
        "the input, which is where training is normally started; only `--paths` looks at them. "
        "DeePMD-kit does not expand `~`.\n\nCorrect the path.",
    ),
    "DPM702": (
        "error",
        "The statistics file does not exist",
        "With `stat_file_mode: read` the `stat_file` must be there and complete.\n\n"
        "Correct the path, or use the mode `update`, which creates the file.",
    ),
    "DPM703": (
        "error",
        "The folder for the statistics file does not exist",
        "DeePMD-kit writes the `stat_file` at the start of the training. Releases before 3.2 do "
        "not create the folder that it stands in, and stop; 3.2 does.\n\n"
        "Create the folder, or correct the path.",
    ),
    "DPM704": (
        "error",
        "There is no data system there",
        "A folder, or a group of an HDF5 file, is searched for systems: for what holds a file "
        "`type.raw`. Where nothing is found DeePMD-kit says nothing and trains without it (then "
        "this is a warning), or stops with `KeyError: 'r_0'` if nothing is left at all.\n\n"
        "Correct the path; a group is written with its full name, `file.hdf5#/group`. A folder "
        "with `set.*` but without `type.raw` is not complete.",
    ),
    "DPM705": (
        "error",
        "A data system is not complete",
        "A system has folders `set.*`, in each of them `coord.npy`, and `box.npy` unless a file "
        "`nopbc` says that it is not periodic. DeePMD-kit stops when it loads the data.\n\n"
        "Complete the system, or remove it from `systems`.",
    ),
    "DPM706": (
        "error",
        "The data have elements that the model has not",
        "Every element in `type_map.raw` of a system must be in the branch's `type_map`, even one "
        "that no atom has. DeePMD-kit stops when it loads the data.\n\n"
        "Add the elements to the type map, or take the system out.",
    ),
    "DPM707": (
        "error",
        "The types of the atoms cannot be read or do not exist",
        "`type.raw` has one whole number for each atom, in one row or one column: its place in "
        "`type_map.raw`, or in the model's `type_map` where the system has none.\n\n"
        "Correct `type.raw`.",
    ),
    "DPM708": (
        "error",
        "Data without which training stops are missing",
        "Frame and atomic parameters (`fparam`, `aparam`) without a default, spins, charges and "
        "spins of a `dpa3`, the property of a property net: each set of each system must have the "
        "file. Of energy, density of states, dipole and polarizability one system of the branch at "
        "least must have it, because the bias of the fitting net is fitted to it.\n\n"
        "Add the files, or remove the systems that have none.",
    ),
    "DPM709": (
        "warning",
        "Labels that the loss asks for are missing",
        "A term of the loss counts nothing for systems without its label; the column of the "
        "learning curve says `nan`. In one system either all sets have it or none: frames of one "
        "batch are all taken to have what the first one has.\n\n"
        "Add the labels, or set the prefactors of the term to zero.",
    ),
    "DPM710": (
        "error",
        "The shape of an array does not fit",
        "An array has one row for each frame of `coord.npy`, and in it as many numbers as its "
        "label has (`energy` 1, `virial` 9, `force` 3 for each atom, `fparam` `numb_fparam`). "
        "DeePMD-kit stops when it reads the frame. In large data sets a sample of the systems is "
        "looked at.\n\n"
        "Write the array anew; a file that ends too early was not copied completely.",
    ),
    "DPM711": (
        "error",
        "Some sets of a system are of mixed type, others are not",
        "With `real_atom_types.npy` in one set of a system, all its sets must have one.\n\n"
        "Put the sets into two systems.",
    ),
    "DPM712": (
        "error",
        "The file of the data cannot be read",
        "What is no folder must be an HDF5 file: `file.hdf5`, or `file.hdf5#/group` for one "
        "group.\n\n"
        "Name the folder of the system, not a file in it.",
    ),
    "DPM713": (
        "error",
        "The table of pairs cannot be read or is for another number of elements",
        "`use_srtab` and the `tab_file` of a `pairtab` name a text with a column of distances and "
        "one for each pair of elements: four columns for two elements. DeePMD-kit reads it when it "
        "builds the model, and compares the number of columns with the type map.\n\n"
        "Correct the path, or write a table for the elements of the type map.",
    ),
    "DPM714": (
        "error",
        "The folder for the learning curve does not exist",
        "DeePMD-kit opens `disp_file` at the first step and does not make folders for it, "
        "unlike for checkpoints: a `FileNotFoundError`.\n\n"
        "Create the folder, or correct the path.",
    ),
}
"""Code -> (severity, title, explanation)."""
