# SPDX-License-Identifier: LGPL-3.0-or-later
"""Walk a config tree along a schema table and collect every disagreement.

dargs stops at its first error and names the parent's path; this walk goes on, and each finding has
the exact path. Values are looked at where they are written: a reference to a shared entry is noted
in `Walk.uses` and the entry is checked at its own place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dp_multitask.checks.schema import messages
from dp_multitask.checks.schema.backends import unavailable_type, unused_key
from dp_multitask.checks.schema.given import is_given, values_of, written_name
from dp_multitask.checks.schema.later import later_key, later_type, replaced_by
from dp_multitask.checks.schema.meant import choices_with, meant_choice, meant_key
from dp_multitask.checks.schema.missing import missing_keys
from dp_multitask.checks.schema.outdated import moved_field, outdated, wrong_choice
from dp_multitask.checks.schema.places import Place, instead_of_entry, is_free, where_it_belongs
from dp_multitask.checks.schema.relations import RELATIONS
from dp_multitask.checks.schema.table import Body, SchemaField, SchemaTable
from dp_multitask.checks.schema.training_values import demand
from dp_multitask.checks.schema.value_types import has_plain_number
from dp_multitask.component_types import BUILTIN_TYPES, KINDS
from dp_multitask.diagnostics import Diagnostic, Fix, Severity
from dp_multitask.errors import RegistrationError, TreePath
from dp_multitask.records import NamedTuple
from dp_multitask.registry import find_type

References = Mapping[str, Any]

NO_REFERENCES: References = {}
BRANCH_REFERENCES: References = {
    "type_map": NO_REFERENCES,
    "descriptor": {"list": NO_REFERENCES},
    "fitting_net": NO_REFERENCES,
}
"""Keys of a branch whose value may name a shared entry, and the same for what is below them."""

# What may stand in any mapping beside the keys of the schema.
COMMENT = "_"
EDITOR_KEY = "$schema"


MOST_SUGGESTIONS = 500
"""After so many findings near names are no longer looked for: it takes a millisecond each."""


class Use(NamedTuple):
    """What a reference expects of the shared entry that it names."""

    field: SchemaField
    path: TreePath


class Walk:
    """One run over one config.

    Parameters
    ----------
    table : SchemaTable
        What is accepted.
    severity : {"error", "warning"}
        What the findings count as.
    config : dict
        The whole input, to say where a misplaced key belongs.
    backend : str or None
        The backend that the input is meant for; None: whichever.
    """

    def __init__(
        self,
        table: SchemaTable,
        severity: Severity = "error",
        config: Mapping[Any, Any] = NO_REFERENCES,
        backend: str | None = None,
    ) -> None:
        self.backend = backend
        self.table = table
        self.severity = severity
        self.config = config
        self.moved: set[TreePath] = set()
        self.strays: dict[TreePath, list[Place]] = {}
        self.said_with: dict[TreePath, set[TreePath]] = {}
        self.findings: list[Diagnostic] = []
        self.uses: list[tuple[str, Use]] = []

    def report(
        self, code: str, path: TreePath, message: str, hint: str = "", fix: Fix | None = None
    ) -> None:
        """Add a finding."""
        severity = "warning" if code in messages.WARNINGS else self.severity
        self.findings.append(Diagnostic(code, severity, path, None, message, hint or None, fix))

    def mapping(
        self,
        name: str,
        data: Mapping[Any, Any],
        path: TreePath,
        *,
        references: References = NO_REFERENCES,
        inherited: Mapping[str, Any] = NO_REFERENCES,
    ) -> None:
        """Check a mapping against a body.

        Values of the keys in `references` may name shared entries; `inherited` are keys that the
        mapping gets from elsewhere when it does not have them itself.
        """
        names, complete = self.choose(name, data, path, inherited)
        body = self.table.merged(names)
        if not body.fields:
            return
        misspelt: set[str] = set()
        for key, value in data.items():
            if not isinstance(key, str):
                self.report(*messages.key_not_text(key, path))
            elif key in body.fields:
                self.value(body.fields[key], value, (*path, key), references)
            elif key.startswith(COMMENT) or key == EDITOR_KEY:
                continue
            elif key in body.alias:
                self._aliased(body, key, data, path, references)
            elif complete:
                meant = self._unknown(names, body, key, data, path, references)
                if meant is not None:
                    misspelt.add(meant.name)
                    if meant.matches(value) or meant.name in references:
                        self.value(meant, value, (*path, key), references)
        missing = [
            field
            for field in body.fields.values()
            if (complete or field.owner == name)
            and not (field.optional or field.name in misspelt or is_given(field, data, inherited))
        ]
        if missing:
            self._report_missing(missing, path)
        relation = RELATIONS.get(name)
        if relation is not None:
            for key, message, hint in relation(values_of(body, data)):
                self.report("DPM017", (*path, written_name(body, key, data)), message, hint)

    def _report_missing(self, missing: list[SchemaField], path: TreePath) -> None:
        """Report the keys that a mapping lacks, which speaks for what belongs into them."""
        found, said = missing_keys(missing, path, self.table, self.strays)
        self.said_with.update(said)
        for words in found:
            self.report(*words)

    def _unknown(
        self,
        names: tuple[str, ...],
        body: Body,
        key: str,
        data: Mapping[Any, Any],
        path: TreePath,
        references: References,
    ) -> SchemaField | None:
        """Report a key that the body does not have.

        Returns
        -------
        SchemaField or None
            The field that was meant, if one is near and not given otherwise: what it holds can
            be checked, and it is not missing as well.
        """
        name = names[0]
        remedy = outdated(key, name, data, self.table.names)
        if remedy:
            before = len(self.findings)
            field = moved_field(key, self.table)
            if field is not None:
                self.value(field, data[key], (*path, key))
            for words in wrong_choice(key, data[key], (*path, key), self.table):
                self.report(*words)
            if len(self.findings) > before:
                return None
            self.report(*messages.outdated_key(key, path, remedy))
            return None
        here, near, elsewhere = (*path, key), None, []
        if (name, key) not in messages.BELONGS:
            elsewhere = where_it_belongs(self.table, key, data[key], path, self.config)
            self.moved.update(each.path for each in elsewhere)
            if elsewhere:
                self.strays[here] = elsewhere
        later = later_key(key, path, names, self.table, elsewhere)
        if later is not None:
            self.report(*later)
            self.moved.update(replaced_by(key, path))
            return None
        # a key of another type is no misspelling, however alike the keys of the two are
        of_other_type = not elsewhere and choices_with(key, name, self.table)
        if not elsewhere and not of_other_type and len(self.findings) < MOST_SUGGESTIONS:
            near = meant_key(key, data[key], body, data, references)
        words = messages.unknown_key(key, path, name, body, self.table, near, elsewhere, data)
        if elsewhere and not is_free(self.config, elsewhere[0].path):
            words = words._replace(fix=None)
        self.report(*words)
        field = body.fields.get(body.alias.get(near, near)) if near else None
        return None if field is None or is_given(field, data, NO_REFERENCES) else field

    def _aliased(
        self,
        body: Body,
        key: str,
        data: Mapping[Any, Any],
        path: TreePath,
        references: References,
    ) -> None:
        field = body.fields[body.alias[key]]
        written = written_name(body, field.name, data)
        if written != key:
            self.report(*messages.same_setting(key, written, path))
        self.value(field, data[key], (*path, key), references)

    def choose(
        self, name: str, data: Mapping[Any, Any], path: TreePath, inherited: Mapping[str, Any]
    ) -> tuple[tuple[str, ...], bool]:
        """Follow the variants of a body.

        Returns
        -------
        names : tuple of str
            The body and those that its flags choose.
        complete : bool
            False if a flag is missing or wrong, so that more keys may be right than are known.
        """
        names: tuple[str, ...] = (name,)
        complete = True
        for variant in self.table.body(name).variants:
            flag, guessed = variant.flag, False
            if flag in data:
                tag = variant.canonical(data[flag])
                if tag is None and is_added_type(name, data[flag]):
                    complete = False
                    continue
                if tag is None and isinstance(data[flag], str):
                    here = (*path, flag)
                    later = later_type(flag, data[flag], here, name, self.table)
                    if later is not None:
                        self.report(*later)
                        complete = False
                        continue
                    near = meant_choice(data[flag], variant, data, self.table)
                    self.report(*messages.unknown_choice(variant, data[flag], near, here))
                    guessed = True
                    tag = None if near is None else variant.canonical(near)
            else:
                tag = variant.canonical(inherited.get(flag, variant.default))
            if tag is None:
                complete = False
                continue
            complete = complete and not guessed
            if self.backend is not None and flag in data:
                words = unavailable_type(name, variant, tag, (*path, flag), self.backend)
                if words is not None:
                    self.report(*words)
            chosen = variant.bodies[tag]
            if chosen is not None:
                more, known = self.choose(chosen, data, path, inherited)
                names += more
                complete = complete and known
        return names, complete

    def value(
        self, field: SchemaField, value: Any, path: TreePath, references: References = NO_REFERENCES
    ) -> None:
        """Check the value of a field."""
        if isinstance(value, str) and field.name in references and not field.repeat:
            self.uses.append((value, Use(field, path)))
            return
        if not field.matches(value):
            self.report(*messages.wrong_type(field, value, path))
            return
        words = None if self.backend is None else unused_key(field, value, path, self.backend)
        if words is not None:
            # the argument check of every backend judges it all the same
            self.report(*words)
            backend, self.backend = self.backend, None
            self._fitting(field, value, path, references)
            self.backend = backend
        else:
            self._fitting(field, value, path, references)

    def _fitting(
        self, field: SchemaField, value: Any, path: TreePath, references: References
    ) -> None:
        """Check a value that is of the right kind."""
        constraint = self.table.constraint(field)
        if constraint is not None and not constraint.allows(value):
            self.report(*messages.out_of_range(field, constraint, value, path))
        demanded = demand(field)
        if demanded is not None and not demanded.allows(value):
            self.report(*messages.unusable(field, demanded, value, path))
        elif isinstance(value, bool) and has_plain_number(field.type):
            self.report(*messages.truth_value(field, value, path))
        if field.body is None:
            return
        if field.repeat:
            self._repeated(field, field.body, value, path, references)
        elif isinstance(value, dict):
            self.mapping(field.body, value, path, references=references.get(field.name, {}))

    def is_out_of_place(self, body: str, key: Any, item: Any, path: TreePath) -> bool:
        """Report a setting that stands where there is an entry for each branch, if it is one."""
        elsewhere = instead_of_entry(self.table, body, key, item, path, self.config)
        if elsewhere:
            self.moved.update(each.path for each in elsewhere)
            words = messages.out_of_place(key, path, elsewhere)
            self.strays[words.path] = elsewhere
            self.report(*words)
        return bool(elsewhere)

    def _repeated(
        self, field: SchemaField, body: str, value: Any, path: TreePath, references: References
    ) -> None:
        items: Iterable[tuple[Any, Any]]
        if isinstance(value, dict):
            items = [pair for pair in value.items() if not _is_comment(pair[0])]
        elif isinstance(value, list):
            items = enumerate(value)
        else:
            return
        for key, item in items:
            place = (*path, key)
            if self.is_out_of_place(body, key, item, path):
                continue
            if isinstance(item, dict):
                self.mapping(body, item, place)
            elif isinstance(item, str) and field.name in references:
                self.uses.append((item, Use(field, place)))
            else:
                self.report(*messages.no_mapping(item, place, in_list=isinstance(value, list)))


def is_added_type(body: str, tag: Any) -> bool:
    """Say whether a plugin registered a type that DeePMD-kit's argument check does not know."""
    kind = body.rpartition("/")[2]
    if kind not in KINDS or not isinstance(tag, str):
        return False
    try:
        found = find_type(kind, tag)
    except RegistrationError:
        return False
    return found is not None and found not in BUILTIN_TYPES


def _is_comment(key: Any) -> bool:
    return isinstance(key, str) and key.startswith(COMMENT)
