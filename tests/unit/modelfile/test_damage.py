# SPDX-License-Identifier: LGPL-3.0-or-later
"""No damage to a file goes unnoticed: it loads as it was written, or not at all."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import dp_multitask
from dp_multitask.errors import DPMultitaskError
from example_counts import examples
from model_trees import LINKS, difference, single

SECTOR = 512


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("good") / "m.dp"
    big = single(1)
    big["model"]["fitting"]["@variables"]["big"] = np.arange(4000.0)
    big["model"]["comment"] = "x" * 70_000  # JSON of a size that HDF5 does not checksum
    dp_multitask.merge_branches({"water": big, "ice": single(2)}, target, shared_links=LINKS)
    return target


def data_bytes(path: Path) -> list[range]:
    with dp_multitask.open_model(path) as file:
        rows = file.source.stored("").index.rows
    return [range(row.offset, row.offset + row.nbytes) for row in rows if row.nbytes]


def flips(content: bytes, places: list[int], count: int) -> Iterator[bytes]:
    rng = random.Random(1)
    for _ in range(count):
        damaged = bytearray(content)
        damaged[rng.choice(places)] ^= 1 << rng.randrange(8)
        yield bytes(damaged)


def metadata_flips(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    data = {place for stretch in data_bytes(path) for place in stretch}
    places = [place for place in range(len(content)) if place not in data]
    yield from flips(content, places, examples(60, 2500))


def data_flips(path: Path) -> Iterator[bytes]:
    places = [place for stretch in data_bytes(path) for place in stretch]
    yield from flips(path.read_bytes(), places, examples(60, 2500))


def truncations(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    rng = random.Random(2)
    for _ in range(examples(30, 300)):
        yield content[: rng.randrange(len(content))]


def zeroed_sectors(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    rng = random.Random(3)
    for _ in range(examples(30, 300)):
        at = rng.randrange(len(content) // SECTOR) * SECTOR
        yield content[:at] + bytes(SECTOR) + content[at + SECTOR :]


def _load_damaged(damage: Callable[[Path], Iterator[bytes]], good: Path, target: Path) -> None:
    """Run in a process of its own, so that a hang or a crash is a failure and not the end."""
    expected = dp_multitask.load_model(good)
    water = dp_multitask.load_model(good, "water")
    for content in damage(good):
        target.write_bytes(content)
        for branch, tree in ((None, expected), ("water", water)):
            try:
                loaded = dp_multitask.load_model(target, branch)
            except DPMultitaskError:
                continue
            if difference(loaded, tree) is not None:
                raise SystemExit(3)


@pytest.mark.parametrize("damage", [metadata_flips, data_flips, truncations, zeroed_sectors])
def test_damage_is_never_silently_wrong(
    good: Path, tmp_path: Path, damage: Callable[[Path], Iterator[bytes]]
) -> None:
    worker = multiprocessing.get_context("spawn").Process(
        target=_load_damaged, args=(damage, good, tmp_path / "damaged.dp")
    )
    worker.start()
    worker.join(300)
    hung = worker.is_alive()
    worker.kill()
    assert not hung
    assert worker.exitcode == 0


def test_every_flipped_bit_of_a_whole_file_is_noticed(good: Path, tmp_path: Path) -> None:
    target = tmp_path / "damaged.dp"
    for content in [*metadata_flips(good)][:60] + [*data_flips(good)][:60]:
        target.write_bytes(content)
        with pytest.raises(DPMultitaskError):
            dp_multitask.load_model(target)
        assert dp_multitask.verify_model(target) != []
