# SPDX-License-Identifier: LGPL-3.0-or-later
"""Read model files with every HDF5 reader of PyPI that is installed; name those that do, and how.

Not part of the checks: the readers are many and large. Run it when the layout changes::

    pip install h5py pyfive tables h5netcdf xarray netCDF4
    python tools/try_readers.py
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import numpy as np

import dp_multitask
from dp_multitask.modelfile.tree import iter_variables
from model_trees import multitask, single

Names = list[str]


def _with_h5py(path: Path, names: Names) -> tuple[Any, list[Any]]:
    with import_module("h5py").File(path) as file:
        return file.attrs["json"], [file[name][()] for name in names]


def _with_pyfive(path: Path, names: Names) -> tuple[Any, list[Any]]:
    with import_module("pyfive").File(str(path)) as file:
        return file.attrs["json"], [file[name][()] for name in names]


def _with_tables(path: Path, names: Names) -> tuple[Any, list[Any]]:
    with import_module("tables").open_file(str(path)) as file:
        text = file.root._v_attrs["json"]
        return text, [file.get_node(f"/{name.lstrip('/')}").read() for name in names]


def _with_h5netcdf(path: Path, names: Names) -> tuple[Any, list[Any]]:
    with import_module("h5netcdf").File(path, phony_dims="access") as file:
        return file.attrs["json"], [file[name][()] for name in names]


def _with_xarray(path: Path, names: Names) -> tuple[Any, list[Any]]:
    xarray = import_module("xarray")
    text, values = None, []
    for name in names:
        group, _, last = name.strip("/").rpartition("/")
        with xarray.open_dataset(
            path, group=group, engine="h5netcdf", phony_dims="access", mask_and_scale=False
        ) as data:
            values.append(data[last].values)
    with xarray.open_dataset(path, engine="h5netcdf", phony_dims="access") as data:
        text = data.attrs["json"]
    return text, values


def _with_netcdf4(path: Path, names: Names) -> tuple[Any, list[Any]]:
    with import_module("netCDF4").Dataset(path) as file:
        file.set_auto_mask(False)
        return file.getncattr("json"), [file[f"/{name.lstrip('/')}"][...] for name in names]


READERS: dict[str, Callable[[Path, Names], tuple[Any, list[Any]]]] = {
    "h5py": _with_h5py,
    "pyfive": _with_pyfive,
    "tables": _with_tables,
    "h5netcdf": _with_h5netcdf,
    "xarray": _with_xarray,
    "netCDF4": _with_netcdf4,
}


def main() -> int:
    """Try every reader on a single model, a multitask one, and one with a long JSON."""
    trees = {
        "single": single(),
        "multitask": multitask(),
        "long JSON": single() | {"note": "x" * 100_000},
    }
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for title, tree in trees.items():
            path = Path(folder) / f"{title.replace(' ', '-')}.dp"
            dp_multitask.save_model(path, tree)
            with dp_multitask.open_model(path) as file:
                names = [leaf for _, leaf in iter_variables(file.skeleton)]
                values = [np.asarray(leaf) for _, leaf in iter_variables(file.tree())]
            for reader, read in READERS.items():
                verdict = _try(read, path, names, values)
                wrong += verdict.startswith("no")
                print(f"{title:10} {reader:10} {verdict}")
    return 1 if wrong else 0


def _try(
    read: Callable[[Path, Names], tuple[Any, list[Any]]],
    path: Path,
    names: Names,
    values: list[np.ndarray[Any, Any]],
) -> str:
    try:
        text, found = read(path, names)
    except ModuleNotFoundError as err:
        return f"is not installed ({err.name})"
    except Exception as err:
        return f"no: {type(err).__name__}: {' '.join(str(err).split())[:100]}"
    json.loads(text if isinstance(text, str) else bytes(text))
    for name, value, other in zip(names, values, found, strict=True):
        if not np.array_equal(value, np.asarray(other)):
            return f"no: other values of {name}"
    return f"reads it ({version(read.__name__.removeprefix('_with_'))})"


if __name__ == "__main__":
    sys.exit(main())
