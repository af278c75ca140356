# SPDX-License-Identifier: LGPL-3.0-or-later
"""What an HDF5 file holds beside the model: objects, links, attributes and bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from dp_multitask.errors import ModelFileError
from dp_multitask.modelfile.hdf5.encoding import ALIGNMENT
from dp_multitask.modelfile.hdf5.file import Hdf5File
from dp_multitask.modelfile.hdf5.objects import Dataset, Group
from dp_multitask.modelfile.places import INDEX_DATASET, JSON_ATTRIBUTE
from dp_multitask.modelfile.problem import Problem, problem_of
from dp_multitask.records import NamedTuple


class _Walk(NamedTuple):
    """What was met: groups by address, and how many links lead to each dataset."""

    groups: dict[int, Group]
    links: Counter[int]


def unaccounted(
    file: Hdf5File, variables: Mapping[str, Dataset], models: Collection[str], *, ours: bool
) -> Iterator[Problem]:
    """Find what belongs to no variable and is no part of the file's structure.

    Parameters
    ----------
    file : Hdf5File
        The file.
    variables : mapping
        The absolute path of every variable, with its dataset.
    models : collection of str
        The paths of the groups that are models, without slashes around them.
    ours : bool
        Whether these have an index.
    """
    walk = _Walk({}, Counter())
    quiet = True
    for problem in _strays(file, {name.strip("/") for name in variables}, models, ours, walk):
        quiet = False
        yield problem
    for name, dataset in variables.items():
        if dataset.n_names not in (0, walk.links[dataset.address]):
            quiet = False
            found = walk.links[dataset.address]
            yield Problem(name, f"states that {dataset.n_names} links lead to it, {found} do")
    if quiet:
        yield from _bytes(file, walk)


def _strays(
    file: Hdf5File, variables: set[str], models: Collection[str], ours: bool, walk: _Walk
) -> Iterator[Problem]:
    """Walk every group that a variable or a model lies in."""
    expected = {*models}
    for name in (*variables, *models):
        end = name.rfind("/")
        while end > 0 and name[:end] not in expected:
            expected.add(name[:end])
            end = name.rfind("/", 0, end)
    todo = [""]
    while todo:
        place = todo.pop()
        try:
            group = file.group(place)
        except ModelFileError as err:
            yield problem_of(err, f"/{place}")
            continue
        if group.address in walk.groups:
            yield Problem(f"/{place}", "is the same group as another one")
            continue
        walk.groups[group.address] = group
        is_model = place in models
        for name in group.attributes:
            if name != JSON_ATTRIBUTE or not is_model:
                yield Problem(f"/{place}", f"its attribute {name!r} is no part of the model")
        for member, address in group.members.items():
            name = f"{place}/{member}".lstrip("/")
            if name in expected:
                todo.append(name)
            elif name in variables or (ours and is_model and member == INDEX_DATASET):
                walk.links[address or 0] += 1
            else:
                yield Problem(f"/{name}", "is no part of the model")


def _bytes(file: Hdf5File, walk: _Walk) -> Iterator[Problem]:
    """Find parts of the file that overlap and, in our layout, bytes that belong to none."""
    extents = [*file.raw.structures(), (file.raw.size, 0)]
    in_our_layout = all(group.is_ours for group in walk.groups.values())
    for address in walk.links:
        found = file.object(address)
        if not isinstance(found, Dataset):
            return
        in_our_layout = in_our_layout and found.n_names > 0
        if found.array.nbytes:
            extents.append((found.array.offset, found.array.nbytes))
    end = 0
    for offset, nbytes in sorted(extents):
        if offset < end:
            yield Problem("/", f"two parts of the file overlap at byte {offset}")
        elif in_our_layout and (offset - end >= ALIGNMENT or any(file.raw.read(end, offset - end))):
            yield Problem("/", f"{offset - end} bytes at {end} are no part of the model")
        end = max(end, offset + nbytes)
