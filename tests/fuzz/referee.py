# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the HDF5 library makes of a file, asked in a process of its own: it may die of it."""

from __future__ import annotations

import json
import multiprocessing
import resource
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_PATIENCE = 20.0


def _answer(connection: Connection, asking: Connection) -> None:
    asking.close()  # else it would never learn that nobody asks any more
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    import h5py
    import numpy as np

    while True:
        try:
            path, group = connection.recv()
        except EOFError:
            return
        try:
            with h5py.File(path, "r") as file:
                place = file[group]
                text = place.attrs["json"]
                tree = json.loads(text if isinstance(text, str) else bytes(text))

                def value(node: Any, below: bool, place: Any = place) -> Any:
                    if isinstance(node, dict):
                        pairs = node.items()
                        return {k: value(v, below or k == "@variables") for k, v in pairs}
                    if isinstance(node, list):
                        return [value(item, below) for item in node]
                    if not below or node is None:
                        return node
                    array = np.asarray(place[node][()])
                    return (array.dtype.str, array.shape, array.tobytes())

                connection.send((True, value(tree, False)))
        except Exception as err:
            connection.send((False, f"{type(err).__name__}: {err}"))


class Referee:
    """The HDF5 library in a process that is started when it is first asked."""

    def __init__(self) -> None:
        self._process: Any = None

    def read(self, path: Path, group: str = "/") -> tuple[bool, Any]:
        """Give whether the library reads a model, and the tree with variables as plain tuples."""
        context = multiprocessing.get_context("fork")
        if self._process is None:
            self._connection, other = context.Pipe()
            pipes = (other, self._connection)
            self._process = context.Process(target=_answer, args=pipes, daemon=True)
            self._process.start()
            other.close()
        self._connection.send((str(path), group))
        try:
            if self._connection.poll(_PATIENCE):
                verdict: tuple[bool, Any] = self._connection.recv()
                return verdict
        except (EOFError, ConnectionError):
            pass
        self._process.kill()
        self._process.join()
        self._process = None
        return False, "the library dies of it"


def as_plain(node: Any, below: bool = False) -> Any:
    """Give a loaded tree with variables as the referee gives them."""
    import numpy as np

    if isinstance(node, dict):
        return {k: as_plain(value, below or k == "@variables") for k, value in node.items()}
    if isinstance(node, list):
        return [as_plain(item, below) for item in node]
    if not below or node is None:
        return node
    array = np.asarray(node)
    return (array.dtype.str, array.shape, array.tobytes())
