# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a check has to say about an input, and how it could be mended, as plain data."""

from __future__ import annotations

from typing import Any, Literal

from dp_multitask.errors import TreePath, format_path
from dp_multitask.notebooks import picture_for
from dp_multitask.records import NamedTuple

Severity = Literal["error", "warning"]
Underlined = Literal["auto", "key", "value"]
Safety = Literal["safe", "unsafe"]


class Span(NamedTuple):
    """A stretch of text; lines and columns count from one, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Edit(NamedTuple):
    """One change of an input, by tree path; `text.edits.apply_edits` makes it in the text.

    Made by the class methods. The paths of all edits of one call are those of the input as it
    was before any of them.

    Attributes
    ----------
    kind : {"replace", "remove", "rename", "insert", "move", "keep last"}
        What to do.
    path : tuple of str or int
        The place of the value, or of an insertion the place that it will have.
    value : object
        The new value, a tree of JSON values (replace, insert).
    key : str or None
        The new key (rename), or the key to stand behind (insert).
    target : tuple of str or int
        Where to (move).
    spelling : str or None
        How to write the new value (replace), such as ``1.0e-3``; it must read as `value`.
    """

    kind: Literal["replace", "remove", "rename", "insert", "move", "keep last"]
    path: TreePath
    value: Any = None
    key: str | None = None
    target: TreePath = ()
    spelling: str | None = None

    @classmethod
    def replace(cls, path: TreePath, value: Any, *, spelling: str | None = None) -> Edit:
        """Put `value` in the place of the one at `path`."""
        return cls("replace", path, value=value, spelling=spelling)

    @classmethod
    def remove(cls, path: TreePath) -> Edit:
        """Remove the key or list item at `path`."""
        return cls("remove", path)

    @classmethod
    def rename(cls, path: TreePath, key: str) -> Edit:
        """Give the key at `path` another name; it keeps its place."""
        return cls("rename", path, key=key)

    @classmethod
    def insert(cls, path: TreePath, value: Any, *, after: str | None = None) -> Edit:
        """Add a key to the mapping above `path`, behind the key `after` or at the end.

        Mappings that are missing above it are made. With the length of a list as the last part
        of `path`, `value` is appended to the list.
        """
        return cls("insert", path, value=value, key=after)

    @classmethod
    def move(cls, path: TreePath, target: TreePath) -> Edit:
        """Move the key at `path` to the place `target`, at the end of the mapping there."""
        return cls("move", path, target=target)

    @classmethod
    def keep_last(cls, path: TreePath) -> Edit:
        """Remove all but the last of the keys that stand at `path`: it is the one in force."""
        return cls("keep last", path)

    def __hash__(self) -> int:
        return hash((self.kind, self.path, self.key, self.target, self.spelling))


class Fix(NamedTuple):
    """How a careful person would mend what was found.

    Attributes
    ----------
    title : str
        What it does, in one line: ``rename 'sell' to 'sel'``.
    edits : tuple of Edit
        All of them together; none, if writing the text anew mends it (a byte order mark).
    safety : {"safe", "unsafe"}
        Safe: the input means what it meant, or what it alone can have meant. Unsafe: it is
        likely what was meant; look at it.
    """

    title: str
    edits: tuple[Edit, ...]
    safety: Safety = "unsafe"

    @classmethod
    def replace(cls, path: TreePath, value: Any, safety: Safety = "unsafe") -> Fix:
        """Put another value in the place of one."""
        return cls(f"write {_shown(value)}", (Edit.replace(path, value),), safety)

    @classmethod
    def remove(cls, path: TreePath, safety: Safety = "unsafe") -> Fix:
        """Remove a key, or an item of a list."""
        last = path[-1]
        what = _shown(last) if isinstance(last, str) else f"item {last} of {path[-2]!r}"
        return cls(f"remove {what}", (Edit.remove(path),), safety)

    @classmethod
    def rename(cls, path: TreePath, key: str, safety: Safety = "unsafe") -> Fix:
        """Give a key another name."""
        return cls(f"rename {path[-1]!r} to {key!r}", (Edit.rename(path, key),), safety)

    @classmethod
    def move(cls, path: TreePath, target: TreePath, safety: Safety = "unsafe") -> Fix:
        """Move a key to another section."""
        return cls(f"move it to {format_path(target)!r}", (Edit.move(path, target),), safety)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class Diagnostic(NamedTuple):
    """One finding.

    Attributes
    ----------
    code : str
        Stable identifier such as ``DPM101``; ``dp-multitask explain CODE`` tells more.
    severity : {"error", "warning"}
        Errors fail a training job or make it wrong; warnings are suspicious.
    path : tuple of str or int
        The place in the config tree.
    span : Span or None
        The place in the text, when the config came from one.
    message : str
        What was found and what was expected.
    hint : str or None
        What to do about it.
    fix : Fix or None
        The edits that do it.
    """

    code: str
    severity: Severity
    path: TreePath
    span: Span | None
    message: str
    hint: str | None = None
    fix: Fix | None = None

    def __str__(self) -> str:
        place = format_path(self.path)
        where = f"{self.span.line}:{self.span.column}: {place}" if self.span else place
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.severity} {self.code}: {where + ': ' if where else ''}{self.message}{hint}"


_MOST_LINES = 100
"""Findings that are printed; more are counted."""


class Findings(list[Diagnostic]):
    """A list of findings that prints as lines and that a notebook shows as a table."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Findings: {self.counted()}>"

    def __str__(self) -> str:
        lines = [str(each) for each in self[:_MOST_LINES]]
        more = [f"and {len(self) - _MOST_LINES} more"] if len(self) > _MOST_LINES else []
        return "\n".join([*lines, *more, self.counted()])

    def counted(self) -> str:
        """Say how many errors and warnings there are."""
        errors = sum(each.severity == "error" for each in self)
        counts = ((errors, "error"), (len(self) - errors, "warning"))
        return ", ".join(f"{number} {word}{'s' * (number != 1)}" for number, word in counts)

    def _repr_html_(self) -> str:
        return picture_for(self, "findings_table")


class Finding(NamedTuple):
    """What is wrong at one place, before it has a code.

    Attributes
    ----------
    path : tuple of str or int
        The place, from the top of the input. It may name a key that is absent.
    message : str
        What was found and what was expected.
    hint : str or None
        What to do about it.
    part : {"auto", "key", "value"}
        What to underline: the key, the value, or the key of a container and else the value.
    covers : tuple of paths
        Where the schema need not repeat the consequences, at these places and below.
    fix : Fix or None
        The edits that mend it.
    """

    path: TreePath
    message: str
    hint: str | None = None
    part: Underlined = "auto"
    covers: tuple[TreePath, ...] = ()
    fix: Fix | None = None
