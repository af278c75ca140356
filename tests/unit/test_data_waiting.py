# SPDX-License-Identifier: LGPL-3.0-or-later
"""Data that have to be waited for are looked at in threads, and are seen to be the same."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from data_systems import write_hdf5, write_system
from dp_multitask.checks.data import waiting
from dp_multitask.checks.data.search import Search
from dp_multitask.checks.data.waiting import IN_THREADS, IN_TURN, THREADS, seen_at


def _slowly(place: int) -> tuple[int, str]:
    time.sleep(0.001)
    return place, threading.current_thread().name


def test_what_is_waited_for_is_seen_in_threads_and_in_order() -> None:
    seen = seen_at(_slowly, range(IN_TURN + 100))
    assert [place for place, _ in seen] == list(range(IN_TURN + 100))
    names = [name for _, name in seen]
    assert set(names[:IN_TURN]) == {threading.current_thread().name}
    assert 1 < len(set(names[IN_TURN:])) <= THREADS
    assert threading.current_thread().name not in names[IN_TURN:]


def test_what_is_at_hand_is_seen_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_BUSY", 0)  # a loaded machine lets this thread wait, too
    count = IN_TURN + IN_THREADS + 3
    seen = seen_at(lambda place: (place, sum(range(1000)), threading.get_ident()), range(count))
    assert [each[0] for each in seen] == list(range(count))
    assert {each[2] for each in seen} == {threading.get_ident()}


def test_a_thread_starts_no_further_threads() -> None:
    def inside(_: int) -> set[int]:
        return {ident for _, ident in seen_at(_slowly_here, range(IN_TURN + 5))}

    def _slowly_here(place: int) -> tuple[int, int]:
        time.sleep(0.0002)
        return place, threading.get_ident()

    seen = seen_at(inside, range(IN_TURN + 20))
    # the first ones are looked at from here, where threads may begin
    assert all(len(idents) == 1 for idents in seen[IN_TURN:])


def test_what_a_thread_raises_is_raised() -> None:
    def look(place: int) -> None:
        time.sleep(0.001)
        if place == IN_TURN + 7:
            raise ValueError(place)

    with pytest.raises(ValueError, match=str(IN_TURN + 7)):
        seen_at(look, range(IN_TURN + 20))


def _data(folder: Path) -> dict[str, Any]:
    names: list[str] = []
    for group in range(4):
        for number in range(30):
            write_system(folder / f"g{group}" / f"s{number:02}")
        names.append(f"g{group}")
    write_system(folder / "alone")
    write_system(folder / "alone" / "within")
    (folder / "empty").mkdir()
    (folder / "linked").mkdir()
    (folder / "linked" / "to").symlink_to(folder / "g0", target_is_directory=True)
    (folder / "linked" / "it").symlink_to(folder / "alone", target_is_directory=True)
    write_hdf5(folder / "all.hdf5")
    names += ["alone", "alone", "absent", "empty", "all.hdf5", "linked", "g1/s03"]
    return {"systems": names * 12}


@pytest.mark.parametrize("patterns", [None, ["s0*", "s1*"]])
def test_threads_find_the_same_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patterns: list[str] | None
) -> None:
    data = _data(tmp_path)
    if patterns is not None:
        data["rglob_patterns"] = patterns
    expected = _found(tmp_path, data)
    monkeypatch.setattr(waiting, "_BUSY", float("inf"))
    monkeypatch.setattr(waiting, "IN_TURN", 2)
    assert _found(tmp_path, data) == expected
    assert sum(len(systems) for _, _, systems in expected) > 900


def _found(folder: Path, data: dict[str, Any]) -> list[Any]:
    return [
        (
            place,
            entry.trouble,
            [
                (each.name, each.types, each.type_map, [one.arrays for one in each.sets])
                for each in entry.systems
            ],
        )
        for place, entry in Search(str(folder)).section(data)
    ]


def test_a_system_named_twice_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_BUSY", float("inf"))
    monkeypatch.setattr(waiting, "IN_TURN", 1)
    write_system(tmp_path / "a")
    found = Search(str(tmp_path)).section({"systems": ["a"] * 40})
    assert len({id(entry.systems[0]) for _, entry in found}) == 1


def test_systems_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "a/y", "a/x", "c"):
        write_system(tmp_path / name)
    [(_, entry)] = Search(str(tmp_path)).section({"systems": "."})
    assert [each.name for each in entry.systems] == ["./b", "./c", "./a/x", "./a/y"]
