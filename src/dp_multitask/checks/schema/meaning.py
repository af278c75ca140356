# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a place in a training input means: which field its value is, which keys it may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dp_multitask.checks.schema.multitask_model import (
    BODY,
    BRANCH_BODY,
    MODEL,
    MODEL_DICT,
    SHARED_DICT,
)
from dp_multitask.checks.schema.table import Body, SchemaField, SchemaTable
from dp_multitask.checks.schema.walk import Walk
from dp_multitask.config.reference import ITEM_NAMES
from dp_multitask.errors import TreePath
from dp_multitask.text.plain_data import value_at

_NOTHING = Body({}, {}, ())


class Meaning(NamedTuple):
    """What stands at a place, as far as the schema knows.

    Attributes
    ----------
    field : SchemaField or None
        The field whose value, or an item of whose value, stands there.
    choices : tuple of str
        The values that decide which further keys there are, where the field is such a one.
    keys : Body
        The keys that a mapping there may have; none where its content is free or unknown.
    takes_reference : bool
        Whether the name of a shared entry may stand there.
    """

    field: SchemaField | None
    choices: tuple[str, ...]
    keys: Body
    takes_reference: bool


def meaning_at(table: SchemaTable, data: Mapping[str, Any], path: TreePath) -> Meaning:
    """Say what a path of an input means.

    Parameters
    ----------
    table : SchemaTable
        The release's table.
    data : mapping
        The whole input, as it is written: types that it gives decide on further keys.
    path : tuple of str or int
        The place; nothing needs to stand there.
    """
    return _Descent(table, data).to(path)


class _Descent:
    """One walk from the top of an input down a path."""

    def __init__(self, table: SchemaTable, data: Mapping[str, Any]) -> None:
        self.table = table
        self.data = data
        self.quiet = Walk(table)
        model = data.get("model")
        self.model: Mapping[str, Any] = model if isinstance(model, Mapping) else {}
        self.multitask = "model_dict" in self.model

    def to(self, path: TreePath) -> Meaning:
        name: str | None = "multitask" if self.multitask else "single-task"
        field: SchemaField | None = None
        choices: tuple[str, ...] = ()
        node: Any = self.data
        repeated = False
        for depth, part in enumerate(path):
            here = path[:depth]
            choices = ()
            if repeated:
                repeated = False
            elif self.multitask and here == SHARED_DICT:
                field = self._shared_field(str(part))
                name = None if field is None else field.body
            elif name is None:
                return Meaning(None, (), _NOTHING, False)
            else:
                names = self._names(name, node, here, part)
                body = self.table.merged(names)
                field = body.fields.get(str(part)) or body.fields.get(
                    body.alias.get(str(part), "")
                )
                choices = self._choices(names, str(part))
                name = None if field is None else field.body
                repeated = field is not None and field.repeat
            node = value_at(node, (part,))
        keys = _NOTHING
        if name is not None and not repeated:
            keys = self.table.merged(self._names(name, node, path, None))
        return Meaning(field, choices, keys, self._takes_reference(path))

    def _names(
        self, name: str, node: Any, here: TreePath, part: str | int | None
    ) -> tuple[str, ...]:
        data = node if isinstance(node, Mapping) else {}
        if self.multitask and here == MODEL:
            own = self.table.body(BODY).fields
            if part in own:
                return (BODY,)
            inherited = {key: value for key, value in self.model.items() if key not in own}
            shared = self.quiet.choose(BRANCH_BODY, inherited, here, {})[0]
            return (BODY, *shared) if part is None else shared
        above = self.model if self.multitask and here[:2] == MODEL_DICT and len(here) == 3 else {}
        return self.quiet.choose(name, data, here, above)[0]

    def _choices(self, names: tuple[str, ...], flag: str) -> tuple[str, ...]:
        tags = [
            tag
            for name in names
            for variant in self.table.body(name).variants
            if variant.flag == flag
            for tag in variant.tags
        ]
        return tuple(dict.fromkeys(tags))

    def _shared_field(self, key: str) -> SchemaField | None:
        """Tell what a shared entry is by who uses it, and without users by what it holds."""
        entry = value_at(self.model, ("shared_dict", key))
        body = self.table.merged((BRANCH_BODY, "model[standard]"))
        branches = self.model.get("model_dict")
        for branch in branches.values() if isinstance(branches, Mapping) else ():
            for item in ITEM_NAMES:
                text = branch.get(item) if isinstance(branch, Mapping) else None
                if isinstance(text, str) and text.partition(":")[0] == key:
                    return body.fields.get(item)
        if isinstance(entry, list):
            return body.fields.get("type_map")
        kind = entry.get("type") if isinstance(entry, Mapping) else None
        for item in ("descriptor", "fitting_net"):
            field = body.fields.get(item)
            if field is not None and field.body is not None:
                variants = self.table.body(field.body).variants
                if any(each.canonical(kind) is not None for each in variants):
                    return field
        return None

    def _takes_reference(self, path: TreePath) -> bool:
        """Whether references are expanded there: in a branch, or in a hybrid written out in it."""
        if not self.multitask or not path:
            return False
        if path[:2] == MODEL_DICT:
            inside = path[3:]
        elif path[:1] == MODEL and self.table.cascades:
            inside = path[1:]
        else:
            return False
        if len(inside) == 1:
            return inside[0] in ITEM_NAMES
        return len(inside) == 3 and inside[:2] == ("descriptor", "list")
