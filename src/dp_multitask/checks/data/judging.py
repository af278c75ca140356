# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is wrong with one system, for a branch that would train on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dp_multitask.checks.data.labels import Label
from dp_multitask.checks.data.system import REAL_TYPES, TYPE_MAP, FrameSet, System
from dp_multitask.diagnostics import Severity


class Fault(NamedTuple):
    """Something wrong; faults with equal `code`, `kind` and `severity` are told together.

    Attributes
    ----------
    code : str
        Such as ``DPM705``.
    kind : str
        What is wrong, to stand behind "3 of 7 systems": ``have no folder set.*``.
    detail : str
        What is said of the single system, behind its name.
    hint : str or None
        What to do.
    severity : {"error", "warning"}
        How bad it is.
    """

    code: str
    kind: str
    detail: str = ""
    hint: str | None = None
    severity: Severity = "error"


def faults_of(system: System, type_map: Sequence[object] | None) -> Iterator[Fault]:
    """Find what DeePMD-kit would stop at when it loads a system (3.2.0)."""
    sets = system.sets
    if not sets:
        yield Fault("DPM705", "have no folder set.*", hint="each needs at least one, as set.000")
    without = [each.name for each in sets if "coord" not in each.arrays]
    if without:
        yield Fault("DPM705", "have a set without coord.npy", _first(without))
    if system.periodic and any("box" not in each.arrays for each in sets if each.arrays):
        hint = "add box.npy, or an empty file nopbc to a system that is not periodic"
        yield Fault("DPM705", "have neither box.npy in every set nor a file nopbc", hint=hint)
    mixed = [each for each in sets if REAL_TYPES in each.arrays]
    if mixed and len(mixed) < len(sets):
        kind = f"have {REAL_TYPES}.npy in some sets and not in others"
        yield Fault("DPM711", kind, hint="put the sets into two systems")
    if mixed and system.type_map is None:
        kind = f"have {REAL_TYPES}.npy and no {TYPE_MAP}"
        hint = f"add {TYPE_MAP}: without it only the types of type.raw may occur"
        yield Fault("DPM711", kind, hint=hint, severity="warning")
    yield from _type_faults(system, type_map)


def _type_faults(system: System, type_map: Sequence[object] | None) -> Iterator[Fault]:
    types, own = system.types, system.type_map
    if types is None:
        kind = "have a type.raw that is no row or column of numbers"
        yield Fault("DPM707", kind, hint="one whole number for each atom")
    elif own is not None and types.highest >= len(own):
        kind = "have atoms of types that their type_map.raw does not name"
        yield Fault("DPM707", kind, f"type {types.highest}, {len(own)} elements")
    elif own is None and type_map is not None and types.highest >= len(type_map):
        kind = "have atoms of types that the type map does not have"
        detail = f"type {types.highest}, {len(type_map)} elements"
        yield Fault("DPM707", kind, detail, "number the types from 0, or add type_map.raw")
    if own is not None and type_map is not None:
        missing = [each for each in own if each not in type_map]
        if missing:
            kind = "have elements that the type map lacks"
            hint = "every element of type_map.raw counts, even without atoms"
            yield Fault("DPM706", kind, ", ".join(missing[:8]), hint)


def missing_in(system: System, label: Label) -> list[FrameSet]:
    """Give the sets of a system that have coordinates, but no such array."""
    complete = [each for each in system.sets if "coord" in each.arrays]
    return [each for each in complete if each.stored_as(label.name) is None]


def shape_faults(system: System, labels: Sequence[Label]) -> Iterator[Fault]:
    """Find arrays whose shapes do not fit the atoms, the frames or what the input says."""
    if system.types is None:
        return
    atoms = system.types.atoms
    asked = [Label("coord", 3, atomic=True), Label("box", 9), *labels]
    total = 0
    for each in system.sets:
        coordinates = each.shape("coord") if "coord" in each.arrays else None
        if coordinates is None:
            if "coord" in each.arrays:
                yield Fault("DPM710", "have arrays that cannot be read", f"{each.name}/coord.npy")
            total = -1
            continue
        frames = coordinates.shape[0] if len(coordinates.shape) > 1 else 1
        total += frames if total >= 0 else 0
        for label in asked:
            stored = each.stored_as(label.name)
            if stored is not None:
                found = list(_array_faults(each, stored, _width(label, atoms), frames))
                yield from found
                if found and label.name == "coord":
                    break  # the number of atoms may be what is wrong
        if REAL_TYPES in each.arrays:
            yield from _array_faults(each, REAL_TYPES, atoms, frames)
    if system.sets and total == 0:
        yield Fault("DPM710", "have no frames")


def table_faults(system: System) -> Iterator[Fault]:
    """Find coordinates in more than two dimensions, which stops the count of neighbours."""
    for each in system.sets:
        array = each.shape("coord") if "coord" in each.arrays else None
        if array is not None and len(array.shape) > 2:
            detail = f"{each.name}/coord.npy is {array.written}"
            kind, hint = "have coord.npy that is no table", "one row a frame, three numbers an atom"
            yield Fault("DPM710", kind, detail, hint)


def _width(label: Label, atoms: int) -> int | None:
    if label.name == "hessian":
        return (3 * atoms) ** 2
    return None if label.width is None else label.width * (atoms if label.atomic else 1)


def _array_faults(
    frame_set: FrameSet, name: str, width: int | None, frames: int
) -> Iterator[Fault]:
    array = frame_set.shape(name)
    file = f"{frame_set.name}/{name}.npy"
    if array is None:
        yield Fault("DPM710", "have arrays that cannot be read", file)
        return
    if not array.complete:
        hint = "copy or write the files again"
        yield Fault("DPM710", "have arrays whose files end too early", file, hint)
    if frames == 0:
        return
    if frames == 1:
        per_frame, rows = array.size, 1
    else:
        rows = array.shape[0] if array.shape else 0
        per_frame = array.size // rows if rows else 0
    if rows < frames:
        detail = f"{file} is {array.written}, for {frames} frames"
        yield Fault("DPM710", f"have too few frames in {name}.npy", detail)
    elif width is not None and per_frame != width:
        detail = f"{file} is {array.written}"
        if width:
            detail += f", {per_frame} numbers a frame where {width} are expected"
        yield Fault("DPM710", f"have {name}.npy of another shape", detail)
    elif rows > frames:
        detail = f"{file} is {array.written}, for {frames} frames"
        kind = f"have more frames in {name}.npy than in coord.npy"
        yield Fault("DPM710", kind, detail, "the rows may belong to other frames", "warning")


def _first(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
