# SPDX-License-Identifier: LGPL-3.0-or-later
"""A pickle of protocol 2, read as data: nothing is imported, nothing is called.

Python's own unpickler cannot be bounded: it hashes any key, however deep, and makes a memo as long
as a pickle asks for. This one interprets the operations itself. It knows the few names that a
checkpoint has, makes dicts, lists, tuples, numbers, texts and `Tensor`, and counts what it makes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from dp_multitask.checkpoint.pickled_tensors import (
    KNOWN,
    LONGEST_KEY,
    ORDERED,
    Global,
    Storage,
    damaged,
    made_by,
    storage_of,
    unsafe,
)

MOST_PICKLE_BYTES = 1 << 26
_MOST_OPERATIONS = 3_000_000
_MOST_CONTAINERS = 1_000_000
_MOST_DIGITS = 9
_LARGEST_KEY = 1 << 31

_MARK = object()
"""Lies on the stack where a tuple, or what is added to a list or mapping, begins."""

_FLOAT = struct.Struct(">d").unpack_from
_INT = struct.Struct("<i").unpack_from
_UINT = struct.Struct("<I").unpack_from
_Operation = Callable[["_Machine", int], int]


def unpickle(data: bytes, source: str) -> Any:
    """Read a pickle of dicts, lists, tuples, plain values and tensors.

    Parameters
    ----------
    data : bytes
        The pickle.
    source : str
        For messages.

    Raises
    ------
    ModelFileError
        It is damaged.
    UnsafeFileError
        It asks for more than plain values and tensors, or for more of them than a checkpoint has.
    """
    return _Machine(data, source).run()


class _Machine:
    """The stack, the memo, and what was made so far."""

    def __init__(self, data: bytes, source: str) -> None:
        self._data = data
        self._source = source
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}
        self._containers = 0
        self._storages: dict[str, Storage] = {}

    def run(self) -> Any:
        """Interpret operations up to the last one."""
        try:
            return self._interpret()
        except (IndexError, KeyError, struct.error) as err:
            msg = "its pickle is cut short or damaged"
            raise damaged(msg, self._source) from err
        except UnicodeDecodeError as err:
            msg = "a text in its pickle is no UTF-8"
            raise damaged(msg, self._source) from err

    def _interpret(self) -> Any:
        """Take operation after operation; the order of the cases is that of their frequency."""
        data, stack, memo = self._data, self._stack, self._memo
        push, pop = stack.append, stack.pop
        others = _OTHERS
        at = 0
        for _ in range(_MOST_OPERATIONS):
            code = data[at]
            at += 1
            if code == 0x71:  # BINPUT
                memo[data[at]] = self._kept()
                at += 1
            elif code == 0x68:  # BINGET
                push(memo[data[at]])
                at += 1
            elif code == 0x72:  # LONG_BINPUT
                memo[_UINT(data, at)[0]] = self._kept()
                at += 4
            elif code == 0x4B:  # BININT1
                push(data[at])
                at += 1
            elif code == 0x58:  # BINUNICODE
                end = at + 4 + _UINT(data, at)[0]
                if end > len(data):
                    raise IndexError
                push(data[at + 4 : end].decode())
                at = end
            elif code == 0x28:  # MARK
                self._marks.append(len(stack))
                push(_MARK)
            elif code == 0x74:  # TUPLE
                items = tuple(self._above_mark())
                self._count()
                push(items)
            elif code == 0x52:  # REDUCE
                arguments = pop()
                stack[-1] = self._call(stack[-1], arguments)
            elif code == 0x6A:  # LONG_BINGET
                push(memo[_UINT(data, at)[0]])
                at += 4
            elif code == 0x2E:  # STOP
                if len(stack) != 1 or self._marks or at != len(data):
                    break
                return stack[0]
            else:
                at = others.get(code, _Machine.refuse)(self, at)
        else:
            msg = f"the checkpoint's pickle has more than {_MOST_OPERATIONS} operations"
            raise unsafe(msg, self._source)
        msg = "its pickle does not end as it should"
        raise damaged(msg, self._source)

    # --- the rarer operations: each takes and gives the place in the pickle -------------------

    def refuse(self, at: int) -> int:
        """Refuse an operation that no checkpoint has."""
        code = self._data[at - 1]
        msg = f"the checkpoint's pickle has the operation 0x{code:02x}"
        raise unsafe(msg, self._source)

    def protocol(self, at: int) -> int:
        """Accept the protocol that PyTorch writes."""
        if self._data[at] != 2:
            msg = f"the checkpoint's pickle has protocol {self._data[at]}, expected 2"
            raise unsafe(msg, self._source, "save it anew with torch.save, whose protocol is 2")
        return at + 1

    def short(self, at: int) -> int:
        """Push an integer of two bytes."""
        self._stack.append(self._data[at] | self._data[at + 1] << 8)
        return at + 2

    def int32(self, at: int) -> int:
        """Push an integer of four bytes."""
        self._stack.append(_INT(self._data, at)[0])
        return at + 4

    def long(self, at: int) -> int:
        """Push an integer of up to eight bytes."""
        end = at + 1 + self._data[at]
        if self._data[at] > _MOST_DIGITS:
            msg = "the checkpoint's pickle has an integer of more than 64 bits"
            raise unsafe(msg, self._source)
        if end > len(self._data):
            raise IndexError
        self._stack.append(int.from_bytes(self._data[at + 1 : end], "little", signed=True))
        return end

    def float64(self, at: int) -> int:
        """Push a number of double precision."""
        self._stack.append(_FLOAT(self._data, at)[0])
        return at + 8

    def empty_list(self, at: int) -> int:
        """Push a new list."""
        self._count()
        self._stack.append([])
        return at

    def empty_dict(self, at: int) -> int:
        """Push a new mapping."""
        self._count()
        self._stack.append({})
        return at

    def take(self, number: int) -> tuple[Any, ...]:
        """Take some of the topmost objects as a tuple."""
        if len(self._stack) < number:
            raise IndexError
        self._count()
        items = tuple(self._stack[-number:])
        del self._stack[-number:]
        return items

    def push(self, value: Any) -> None:
        """Put an object on the stack."""
        self._stack.append(value)

    def append(self, at: int) -> int:
        """Add one object to a list."""
        item = self._stack.pop()
        self._top(list).append(item)
        return at

    def appends(self, at: int) -> int:
        """Add what lies above the mark to a list."""
        items = self._above_mark()
        self._top(list).extend(items)
        return at

    def set_item(self, at: int) -> int:
        """Set one key of a mapping."""
        value, key = self._stack.pop(), self._stack.pop()
        self._top(dict)[self._key(key)] = value
        return at

    def set_items(self, at: int) -> int:
        """Set keys of a mapping from what lies above the mark."""
        items = self._above_mark()
        if len(items) % 2:
            raise IndexError
        target = self._top(dict)
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[self._key(key)] = value
        return at

    def global_name(self, at: int) -> int:
        """Push one of the names that a checkpoint has."""
        *named_by, _ = self._data[at : at + 400].split(b"\n", 2)
        module, name = named_by[0], named_by[1]
        named = Global(module.decode(), name.decode())
        if named not in KNOWN:
            msg = f"the checkpoint asks for {'.'.join(named)[:120]!r}, and is refused"
            raise unsafe(msg, self._source)
        self._stack.append(named)
        return at + len(module) + len(name) + 2

    def persistent(self, at: int) -> int:
        """Push a storage."""
        told = self._stack.pop()
        if not isinstance(told, tuple) or len(told) != 5 or told[0] != "storage":
            msg = "a storage of the checkpoint is described in no way that PyTorch does"
            raise damaged(msg, self._source)
        _, kind, key, _, size = told
        storage = storage_of(kind, key, size, self._source)
        if self._storages.setdefault(storage.key, storage) != storage:
            msg = f"the storage {storage.key[:40]!r} is described in two ways"
            raise damaged(msg, self._source)
        self._stack.append(self._storages[storage.key])
        return at

    def build(self, at: int) -> int:
        """Pass over what is set on an object: the versions of a state dict's modules."""
        if type(self._stack.pop()) is not dict:
            raise IndexError
        self._top(dict)
        return at

    # --- what they have in common --------------------------------------------------------------

    def _kept(self) -> Any:
        if self._stack[-1] is _MARK:
            raise IndexError
        return self._stack[-1]

    def _above_mark(self) -> list[Any]:
        start = self._marks.pop()
        if self._stack[start] is not _MARK:  # an operation took it for a value
            raise IndexError
        items = self._stack[start + 1 :]
        del self._stack[start:]
        return items

    def _top(self, kind: type) -> Any:
        found = self._stack[-1]
        if type(found) is not kind:
            msg = "its pickle fills what is no list or mapping"
            raise damaged(msg, self._source)
        return found

    def _key(self, key: Any) -> Any:
        if isinstance(key, str):
            if len(key) <= LONGEST_KEY:
                return key
            # equal texts that are two objects are compared anew each time
            msg = f"a mapping of the checkpoint has a key of {len(key)} characters"
            raise unsafe(msg, self._source)
        if type(key) is int and abs(key) < _LARGEST_KEY:
            return key
        msg = f"a mapping of the checkpoint has a key of type {type(key).__name__}"
        raise unsafe(msg, self._source)

    def _count(self) -> None:
        self._containers += 1
        if self._containers > _MOST_CONTAINERS:
            msg = f"the checkpoint's pickle makes more than {_MOST_CONTAINERS} lists and mappings"
            raise unsafe(msg, self._source)

    def _call(self, called: Any, arguments: Any) -> Any:
        if called == ORDERED and arguments == ():
            self._count()
            return {}
        return made_by(called, arguments, self._source)


def _constant(value: Any) -> _Operation:
    def push(machine: _Machine, at: int) -> int:
        machine.push(value)
        return at

    return push


def _tuple_of(number: int) -> _Operation:
    def make(machine: _Machine, at: int) -> int:
        machine.push(machine.take(number))
        return at

    return make


_OTHERS: dict[int, _Operation] = {
    0x80: _Machine.protocol,
    0x4D: _Machine.short,
    0x4A: _Machine.int32,
    0x8A: _Machine.long,
    0x47: _Machine.float64,
    0x4E: _constant(None),
    0x88: _constant(True),
    0x89: _constant(False),
    0x29: _constant(()),
    0x85: _tuple_of(1),
    0x86: _tuple_of(2),
    0x87: _tuple_of(3),
    0x5D: _Machine.empty_list,
    0x7D: _Machine.empty_dict,
    0x61: _Machine.append,
    0x65: _Machine.appends,
    0x73: _Machine.set_item,
    0x75: _Machine.set_items,
    0x63: _Machine.global_name,
    0x51: _Machine.persistent,
    0x62: _Machine.build,
}
"""Operation -> what it does: from the place behind it to the place behind its argument."""
