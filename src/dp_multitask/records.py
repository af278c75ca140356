# SPDX-License-Identifier: LGPL-3.0-or-later
"""Named tuples that are made quickly, for modules that every command imports.

``typing.NamedTuple`` compiles each annotation to check that it may be one: 0.4 ms a class, and a
quarter of a whole ``check``. Written and type-checked the same, these take the annotations as they
are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from collections import namedtuple

    # what a class body brings itself, beside its fields and methods
    _OF_THE_BODY = frozenset(("__annotations__", "__module__", "__qualname__"))

    class _Made(type):
        def __new__(cls, name, bases, body):
            """Make a named tuple of a class body; its methods may not call ``super()``."""
            if not bases:
                return super().__new__(cls, name, bases, body)
            annotations = body.get("__annotations__", {})
            fields = tuple(annotations)
            defaults = [body[each] for each in fields if each in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            made.__annotations__ = annotations
            made.__qualname__ = body["__qualname__"]
            for key, value in body.items():
                if key not in _OF_THE_BODY and key not in made._fields:
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Made):
        """The base to name; what is made of it are tuples."""
