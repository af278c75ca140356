# SPDX-License-Identifier: LGPL-3.0-or-later
"""What descriptors and fitting nets say of sharing: which variables each share level covers.

The levels of the classes here are facts of DeePMD-kit 3.2.0's PyTorch backend, found by changing
one object after ``share_params`` and comparing the other's serialised tree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Literal

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.variables import variable_at
from dp_multitask.errors import ComponentError, ShapeError, SharingError, TreePath, format_path
from dp_multitask.records import NamedTuple

Cover = Literal["shared", "sometimes"]


class Coverage(NamedTuple):
    """The variables that two components have in common at a level.

    Patterns are paths below the component: ``*`` is one name, ``**`` any number of them.

    Attributes
    ----------
    shared : tuple of str
        One object in a training job.
    own : tuple of str
        Each component's own although `shared` matches them.
    sometimes : tuple of str
        One object or two, depending on how the training job was started.
    """

    shared: tuple[str, ...]
    own: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()

    def of(self, path: str) -> Cover | None:
        """Tell whether a variable is covered; None if every component keeps its own."""
        if _matches(self.own, path):
            return None
        if _matches(self.shared, path):
            return "shared"
        return "sometimes" if _matches(self.sometimes, path) else None


EVERYTHING = Coverage(("**",))
TYPE_EMBEDDING = Coverage(("type_embedding/**",))
FORGOTTEN = (
    "DeePMD-kit 3.2.0 does not share the {what} at level 0, so that every branch trains its own; "
    "the branches' descriptors differ by it although the input declares them one"
)
"""Why a parameter is not covered by level 0."""


class Verified(NamedTuple):
    """What holds for a class, by the backends of DeePMD-kit 3.2.0 that it was held against.

    Attributes
    ----------
    exact : tuple of str
        Trees that they write come back exactly: keys and their order, types, bits.
    fresh : tuple of str
        What is initialised here has their keys and shapes, is accepted there and comes back.
    evaluated : tuple of str
        What is initialised here gives finite numbers there.
    note : str
        Why a cell is empty.
    """

    exact: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    evaluated: tuple[str, ...] = ()
    note: str = ""


NUMPY, TORCH = ("numpy",), ("PyTorch",)
BOTH = (*NUMPY, *TORCH)
EVALUATED = Verified(BOTH, BOTH, NUMPY)
ONLY_PYTORCH = Verified(TORCH, TORCH, note="only PyTorch has it")
NO_PEER = Verified(note="no peer: TensorFlow alone has it and does not serialise it")


class Shareable(Component):
    """Base of what branches share: descriptors and fitting nets."""

    share_levels: ClassVar[Mapping[int, Coverage]] = {0: EVERYTHING}
    """Share level -> what it covers."""

    apart: ClassVar[Mapping[str, str]] = {}
    """Variables, as patterns, that level 0 does not cover -> why."""

    @classmethod
    def cover(cls, tree: Mapping[str, Any], level: int, path: str) -> Cover | None:
        """Tell whether a share level covers a variable.

        Parameters
        ----------
        tree : mapping
            The component's native tree.
        level : int
            The share level.
        path : str
            The variable's path below the component, such as ``@variables/davg``.

        Returns
        -------
        {"shared", "sometimes"} or None
            None if every component keeps its own.

        Raises
        ------
        SharingError
            The class has no such share level.
        """
        coverage = cls.share_levels.get(level)
        if coverage is None:
            raise no_level(tree.get("type"), level, cls.share_levels)
        return coverage.of(path)

    @classmethod
    def why_apart(cls, tree: Mapping[str, Any], path: str) -> str | None:
        """Explain why a variable of a wholly shared component is each branch's own."""
        for pattern, reason in cls.apart.items():
            if _matches((pattern,), path):
                return reason
        return None

    @classmethod
    def tensors_of(cls, level: int) -> tuple[str, ...]:
        """Give how the names in a checkpoint begin, below the component, that a level covers."""
        coverage = cls.share_levels.get(level, Coverage(()))
        names = (pattern.removeprefix("@variables/").rstrip("*") for pattern in coverage.shared)
        return tuple(name.replace("/", ".") for name in names)

    def share_with(self, base: Component, level: int = 0) -> list[TreePath]:
        """Take the variables that a share level covers from `base`, as the same objects.

        Parameters
        ----------
        base : Component
            A component of the same class and sizes.
        level : int, default: 0
            The share level.

        Returns
        -------
        list of tuple
            The paths of the variables that are one object now.

        Raises
        ------
        SharingError
            The class has no such level.
        ComponentError
            The two components do not fit.
        """
        if type(self) is not type(base):
            msg = f"a {type(self).__name__} cannot share with a {type(base).__name__}"
            raise ComponentError(msg)
        tree = self.serialize()
        places: list[tuple[TreePath, Any, Any]] = []
        for path, own in self.variables():
            if self.cover(tree, level, format_path(path)) != "shared":
                continue
            holder, _ = variable_at(self, path)
            _, other = variable_at(base, path)
            if own.shape != other.shape:
                msg = f"shape {own.shape} cannot be shared with {other.shape}"
                raise ShapeError(msg, path=path)
            places.append((path, holder, other))
        for path, holder, other in places:  # only after all of them were found to fit
            holder[path[-1]] = other
        return [path for path, _, _ in places]


def no_level(type_name: object, level: int, levels: Mapping[int, Coverage]) -> SharingError:
    """Say that a class has no such share level."""
    msg = f"{type_name!r} has no share level {level}"
    return SharingError(msg, hint=f"levels: {', '.join(map(str, sorted(levels)))}")


def _matches(patterns: tuple[str, ...], path: str) -> bool:
    return any(_compiled(pattern).fullmatch(path) for pattern in patterns)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.compile(text, re.DOTALL)
