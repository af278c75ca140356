# SPDX-License-Identifier: LGPL-3.0-or-later
"""Read model files with every HDF5 reader of PyPI and npm that is installed; say what each finds.

Not part of the checks: the readers are many and large. Run it when the layout changes, with the
folder in which npm installed its own as argument::

    pip install h5py pyfive tables h5netcdf xarray netCDF4 h5coro rasterio async-hdf5 obstore
    npm install jsfive h5wasm
    python tools/try_readers.py .

Each reader has a process of its own, since some of them end it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
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


def _with_h5coro(path: Path, names: Names) -> tuple[Any, list[Any]]:
    h5coro = import_module("h5coro.h5coro")
    driver = import_module("h5coro.filedriver").FileDriver
    file = h5coro.H5Coro(str(path), driver, errorChecking=True, verbose=False)
    places = [name.strip("/") for name in names]
    values = [file.readDatasets([place], block=True)[place] for place in places]
    try:
        text = file.list("/", w_attr=True)[1]["json"]
    except Exception:
        text = None
    return text, values


def _with_rasterio(path: Path, names: Names) -> tuple[Any, list[Any]]:
    """Read with GDAL: it takes a dataset for an image, of rank two or three."""
    rasterio = import_module("rasterio")
    values: list[Any] = []
    with dp_multitask.open_model(path) as file:
        shapes = [leaf.shape for _, leaf in iter_variables(file.tree())]
    for name, shape in zip(names, shapes, strict=True):
        if len(shape) not in (2, 3):
            values.append(None)
            continue
        with rasterio.open(f'HDF5:"{path}"://{name.strip("/")}') as data:
            values.append(data.read().reshape(shape))
    with rasterio.open(path) as data:
        return data.tags().get("json"), values


def _with_async_hdf5(path: Path, names: Names) -> tuple[Any, list[Any]]:
    import asyncio

    store = import_module("obstore.store").LocalStore(str(path.parent))

    async def read() -> tuple[Any, list[Any]]:
        file = await import_module("async_hdf5").HDF5File.open(path.name, store=store)
        root = await file.root_group()
        values = []
        for name in names:
            group, _, last = name.strip("/").rpartition("/")
            data = await (await root.navigate(group)).dataset(last)
            (content,) = await data.batch_get_chunks([(0,) * len(data.shape)])
            values.append(np.frombuffer(content, data.numpy_dtype).reshape(data.shape))
        return (await root.attributes()).get("json"), values

    return asyncio.run(read())


_NODE = """
const [reader, path, ...names] = process.argv.slice(2);
let file, version;
if (reader === "jsfive") {
  const { readFileSync } = await import("node:fs");
  const { File } = await import("jsfive");
  const bytes = readFileSync(path);
  file = new File(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), path);
} else {
  const { default: h5wasm } = await import("h5wasm/node");
  await h5wasm.ready;
  file = new h5wasm.File(path, "r");
}
const text = file.attrs.json?.value ?? file.attrs.json ?? null;
const plain = (value) => (typeof value === "bigint" ? Number(value) : value);
const values = names.map((name) => {
  const { value } = file.get(name.replace(/^\\//, ""));
  return Array.from(value?.[Symbol.iterator] ? value : [value], plain);
});
console.log(JSON.stringify({ text, values }));
"""


def _with_node(reader: str, path: Path, names: Names) -> tuple[Any, list[Any]]:
    node = "node"
    if shutil.which(node) is None:
        raise ModuleNotFoundError(node, name=node)
    command = [node, "--input-type=module", "-", reader, str(path), *names]
    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    done = subprocess.run(command, input=_NODE, cwd=folder, capture_output=True, text=True)
    if "ERR_MODULE_NOT_FOUND" in done.stderr:
        raise ModuleNotFoundError(reader, name=reader)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-300:])
    found = json.loads(done.stdout)
    return found["text"], found["values"]


def _with_jsfive(path: Path, names: Names) -> tuple[Any, list[Any]]:
    return _with_node("jsfive", path, names)


def _with_h5wasm(path: Path, names: Names) -> tuple[Any, list[Any]]:
    return _with_node("h5wasm", path, names)


READERS: dict[str, Callable[[Path, Names], tuple[Any, list[Any]]]] = {
    "h5py": _with_h5py,
    "pyfive": _with_pyfive,
    "tables": _with_tables,
    "h5netcdf": _with_h5netcdf,
    "xarray": _with_xarray,
    "netCDF4": _with_netcdf4,
    "h5coro": _with_h5coro,
    "rasterio": _with_rasterio,
    "async-hdf5": _with_async_hdf5,
    "jsfive": _with_jsfive,
    "h5wasm": _with_h5wasm,
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
            for reader in READERS:
                command = [sys.executable, __file__, *sys.argv[1:2], "--", reader, str(path)]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
                verdict = done.stdout.strip() or f"no: ended its process: {done.returncode}"
                wrong += verdict.startswith("no")
                print(f"{title:10} {reader:10} {verdict}", flush=True)
    return 1 if wrong else 0


def _verdict(reader: str, path: Path) -> str:
    """Say what a reader finds in a file."""
    with dp_multitask.open_model(path) as file:
        names = [leaf for _, leaf in iter_variables(file.skeleton)]
        values = [np.asarray(leaf) for _, leaf in iter_variables(file.tree())]
    try:
        text, found = READERS[reader](path, names)
    except ModuleNotFoundError as err:
        return f"is not installed ({err.name})"
    except Exception as err:
        return f"no: {type(err).__name__}: {' '.join(str(err).split())[:200]}"
    read = 0
    for name, value, other in zip(names, values, found, strict=True):
        if other is None:
            continue
        read += 1
        if not np.array_equal(value.ravel(), np.asarray(other).ravel()):
            return f"no: other values of {name}"
    if text is not None:
        json.loads(text if isinstance(text, str) else bytes(text))
    which = "" if reader in ("jsfive", "h5wasm") else f" {version(reader)}"
    what = f"{read} of {len(names)} variables, {'no' if text is None else 'the'} JSON"
    return f"reads{which}: {what}"


if __name__ == "__main__":
    if "--" in sys.argv:
        warnings.simplefilter("ignore")
        print(_verdict(*sys.argv[-2:-1], Path(sys.argv[-1])), flush=True)
        os._exit(0)  # some readers fail on the way out
    sys.exit(main())
