# SPDX-License-Identifier: LGPL-3.0-or-later
"""YAML text: values, positions, and the traps of YAML 1.1, all from one parse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import yaml

from dp_multitask.diagnostics import Diagnostic, Edit, Fix, Span
from dp_multitask.errors import DocumentError, TreePath
from dp_multitask.text.json_text import repeated_key
from dp_multitask.text.limits import refuse_too_many_values
from dp_multitask.text.plain_data import MAX_DEPTH

Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_EXPANDED_NODES = 5_000_000
"""How many nodes a document may have once its aliases are written out."""

_MOST_DIGITS = 4300
"""The longest integer that Python converts."""

_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What PyYAML raises for tags whose value does not fit them."""

_SAFE_BOUND = 10_000  # libyaml's composer recurses in C: it stands this depth, not 200,000
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\Z")
_PLAIN_INTEGER = re.compile(r"[-+]?(0|[1-9]\d*)\Z")
_TAG = "tag:yaml.org,2002:"
_SCALAR_TAGS = {f"{_TAG}{kind}" for kind in ("str", "int", "float", "bool", "null")}


class ParsedYaml(NamedTuple):
    """What one parse gives."""

    data: Any
    root: Any
    warnings: list[Diagnostic]


def parse(text: str, name: str) -> ParsedYaml:
    """Read YAML 1.1 as PyYAML and DeePMD-kit do, and note where that surprises people.

    Parameters
    ----------
    text : str
        The text, without a byte order mark.
    name : str
        The file's name, for errors.

    Raises
    ------
    DocumentError
        Bad syntax, a value that JSON cannot hold (date, binary, set), a key that is no string,
        an alias within itself, aliases that expand to too much, or nesting deeper than
        `MAX_DEPTH`.
    """
    refuse_too_many_values(text, name)
    _refuse_depth_unseen(text, name)
    loader = None
    try:
        loader = Loader(text)
        root = loader.get_single_node()
        if root is None:
            msg = "the file is empty"
            raise DocumentError(msg, source=name, hint="expected a YAML mapping")
        repeated = _check_shape(root, name)
        warnings = [*repeated, *_traps(root)]
        return ParsedYaml(loader.construct_document(root), root, warnings)
    except DocumentError:
        raise
    except yaml.YAMLError as err:
        raise _syntax_error(err, text, name) from None
    except _UNREADABLE as err:  # a number with more digits than Python converts, for one
        msg = f"a value cannot be read: {str(err) or type(err).__name__}"
        raise DocumentError(msg, source=name) from None
    finally:
        if loader is not None:
            loader.dispose()


def children(node: Any) -> Iterator[tuple[str | int, Any, Any]]:
    """Iterate over key, key node (None in a list) and value node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key.value, key, value
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield index, None, value


def span_of(node: Any) -> Span:
    """Give the text that a node covers."""
    start, end = node.start_mark, node.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def path_at(root: Any, line: int, column: int) -> tuple[TreePath, bool]:
    """Give the path of the innermost value at a place, and whether its key is there."""
    place = (line, column)
    path: list[str | int] = []
    node = root
    while True:
        inside = list(children(node))
        for name, key, _ in inside:
            if key is not None and _covers(key, place):
                return (*path, name), True
        below = [(name, value) for name, _, value in inside if _covers(value, place)]
        if not below:
            return tuple(path), False
        # where one block ends the next begins: the later one is meant
        path.append(below[-1][0])
        node = below[-1][1]


def _covers(node: Any, place: tuple[int, int]) -> bool:
    line, column, end_line, end_column = span_of(node)
    return (line, column) <= place <= (end_line, end_column)


def _refuse_depth_unseen(text: str, name: str) -> None:
    """Refuse very deep nesting before the composer, which recurses in C, can meet it."""
    brackets = text.count("[") + text.count("{")
    longest_line = max(map(len, text.split("\n")), default=0)
    if max(brackets, longest_line) < _SAFE_BOUND:
        return
    try:
        too_deep = _first_too_deep(text, Loader)
    except yaml.YAMLError as err:
        raise _syntax_error(err, text, name) from None
    if too_deep is not None:
        raise _nesting_error(name, too_deep)


def _first_too_deep(text: str, loader: type[Any]) -> tuple[int, int] | None:
    """Find the first place that lies deeper than `MAX_DEPTH`."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return _position(event)
    return None


def _position(node: Any) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _nesting_error(name: str, position: tuple[int, int] | None) -> DocumentError:
    msg = f"mappings and lists nest more than {MAX_DEPTH} levels deep"
    hint = "training inputs nest under ten"
    return DocumentError(msg, source=name, position=position, hint=hint)


def _check_shape(root: Any, name: str) -> list[Diagnostic]:
    """Refuse what has no faithful place in a tree of JSON values; give the repeated keys."""
    sizes: dict[int, tuple[int, int]] = {}  # how many nodes, how deep
    repeated: list[Diagnostic] = []
    open_nodes: set[int] = set()

    def visit(node: Any, path: TreePath) -> tuple[int, int]:
        if id(node) in open_nodes:
            msg = "an alias stands within the value that it names"
            raise DocumentError(msg, source=name, position=_position(node))
        if id(node) in sizes:
            return sizes[id(node)]
        if len(path) >= MAX_DEPTH:
            raise _nesting_error(name, _position(node))
        if isinstance(node, yaml.ScalarNode):
            _check_scalar(node, name)
            return 1, 1
        if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            raise _unsupported(node, name)
        if isinstance(node, yaml.MappingNode):
            repeated.extend(_repeated_keys(node, path, name))
        open_nodes.add(id(node))
        size, height = 1, 1
        for key, _, value in children(node):
            inner, deeper = visit(value, (*path, key))
            size, height = size + inner, max(height, 1 + deeper)
            if len(path) + height > MAX_DEPTH:
                raise _nesting_error(name, _position(node))
        open_nodes.remove(id(node))
        if size > MAX_EXPANDED_NODES:
            msg = f"its aliases expand to more than {MAX_EXPANDED_NODES:,} values"
            raise DocumentError(msg, source=name, position=_position(node))
        sizes[id(node)] = size, height
        return size, height

    visit(root, ())
    return repeated


def _check_scalar(node: Any, name: str) -> None:
    if node.tag not in _SCALAR_TAGS:
        raise _unsupported(node, name)
    if node.tag == f"{_TAG}int" and len(node.value) > _MOST_DIGITS:
        msg = f"an integer of {len(node.value)} digits is too long"
        hint = "write it in quotes if text is meant"
        raise DocumentError(msg, source=name, position=_position(node), hint=hint)


def _unsupported(node: Any, name: str) -> DocumentError:
    kind = node.tag.removeprefix(_TAG)
    if kind == "timestamp":
        msg, hint = f"YAML reads {node.value!r} as a date", f"write it in quotes: '{node.value}'"
    else:
        msg, hint = f"the YAML type {kind!r} has no place in a training input", None
    return DocumentError(msg, source=name, position=_position(node), hint=hint)


def _repeated_keys(node: Any, path: TreePath, name: str) -> Iterator[Diagnostic]:
    """Refuse keys that are no text; find those that stand for a second time."""
    first: dict[str, int] = {}
    for key, _ in node.value:
        where = _position(key)
        if key.tag == f"{_TAG}merge":
            continue
        if key.tag != f"{_TAG}str":
            shown = repr(key.value) if isinstance(key, yaml.ScalarNode) else "a collection"
            kind = key.tag.removeprefix(_TAG)
            msg = f"the key {shown} is read as {kind}, but keys must be strings"
            hint = f"write it in quotes: '{key.value}'"
            if not isinstance(key, yaml.ScalarNode):
                hint = "write a string"
            raise DocumentError(msg, source=name, position=where, hint=hint)
        comment = any(str(part).startswith("_") for part in (*path, key.value))
        if key.value in first and not comment:
            yield repeated_key(key.value, (*path, key.value), span_of(key), first[key.value])
        first.setdefault(key.value, where[0])


def _traps(root: Any) -> Iterator[Diagnostic]:
    """Find plain scalars that YAML 1.1 reads as something else than they look like."""
    seen: set[int] = set()
    stack: list[tuple[TreePath, Any]] = [((), root)]
    while stack:
        path, node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            if not node.style:  # plain: None in PyYAML's own parser, '' in libyaml's
                yield from _trap_of(node, path)
        else:
            inside = [((*path, key), value) for key, _, value in children(node)]
            stack.extend(reversed(inside))


def _trap_of(node: Any, path: TreePath) -> Iterator[Diagnostic]:
    text = node.value
    kind = node.tag.removeprefix(_TAG)
    fix: Fix | None
    quoted = Fix(f"write '{text}'", (Edit.replace(path, text, spelling=f"'{text}'"),), "safe")
    if kind == "str" and _NUMBER.match(text):
        code, message = "DPM901", f"YAML 1.1 reads {text} as the text {text!r}, not as a number"
        spelling = _as_yaml_float(text)
        hint = f"write {spelling}, or '{text}' if text is meant"
        fix = _respelt(path, float(text), spelling)
    elif kind == "bool" and text.lower() not in ("true", "false"):
        meant = "true" if text.lower() in ("yes", "on") else "false"
        code, message = "DPM902", f"YAML 1.1 reads {text} as {meant}"
        hint = f"write '{text}' if text is meant, or {meant}"
        # in a list it is a name, such as nobelium's; behind a key the switch that it reads as
        fix = quoted if isinstance(path[-1], int) else _respelt(path, meant == "true", meant)
    elif kind in ("int", "float") and ":" in text:
        value = 0.0
        for part in text.lstrip("+-").replace("_", "").split(":"):
            value = value * 60 + float(part)
        shown = f"{-value if text[0] == '-' else value:g}"
        code, message = "DPM903", f"YAML 1.1 reads {text} as the base-60 number {shown}"
        hint = f"write '{text}' if a reference or other text is meant"
        fix = quoted
    elif kind == "int" and not _PLAIN_INTEGER.match(text):
        code, message = "DPM904", f"YAML 1.1 reads {text} as an integer in another notation"
        hint = f"write the decimal number, or '{text}' if text is meant"
        value = yaml.safe_load(text)
        fix = None if text.lstrip("+-")[:1] == "0" else _respelt(path, value, str(value))
    else:
        return
    if not path:
        fix = None
    yield Diagnostic(code, "warning", path, span_of(node), message, hint, fix)


def _respelt(path: TreePath, value: Any, spelling: str) -> Fix:
    return Fix(f"write {spelling}", (Edit.replace(path, value, spelling=spelling),), "safe")


def _as_yaml_float(text: str) -> str:
    mantissa, _, exponent = text.lower().partition("e")
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}e{exponent if exponent[:1] in '+-' else '+' + exponent}"


def _syntax_error(err: yaml.YAMLError, text: str, name: str) -> DocumentError:
    position, hint = None, None
    if isinstance(err, yaml.MarkedYAMLError):
        problem = err.problem or err.context or "cannot be read"
        if err.problem_mark is not None:
            position = (err.problem_mark.line + 1, err.problem_mark.column + 1)
            offset = err.problem_mark.index
            if text[offset : offset + 1] == "\t":
                hint = "indent with spaces, not tabs"
    else:
        problem = str(err).split("\n")[0]
        at = getattr(err, "position", None)
        if isinstance(at, int):
            position = (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    if "nesting depth" in problem:  # libyaml's own limit since 0.2.6, which lies further in
        with suppress(yaml.YAMLError):
            position = _first_too_deep(text, yaml.SafeLoader) or position
        return _nesting_error(name, position)
    return DocumentError(f"invalid YAML: {problem}", source=name, position=position, hint=hint)
