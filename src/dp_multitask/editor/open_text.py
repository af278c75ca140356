# SPDX-License-Identifier: LGPL-3.0-or-later
"""A text that is open in an editor: what it says now, and what it said when it last made sense."""

from __future__ import annotations

import re
from collections.abc import Container

from dp_multitask.checks.check import check
from dp_multitask.diagnostics import Diagnostic, Span
from dp_multitask.errors import DocumentError
from dp_multitask.text.document import Document, parse_document

UNREADABLE = "DPM910"

_OTHERS = ("training", "learning_rate", "loss", "loss_dict")
_WORD = re.compile(r"""[\w]+(?=["']?\s*:)""")


class OpenText:
    """One text, kept current.

    Attributes
    ----------
    name : str
        The file's name, whose suffix tells the format.
    text : str
        The text as it is.
    document : Document or None
        The text as data; None while it cannot be read.
    last_read : Document or None
        The text as data when it could last be read.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.document: Document | None = None
        self.last_read: Document | None = None
        self._failure: DocumentError | None = None
        self._lines: tuple[str, list[str]] | None = None
        self._found: dict[tuple[str, str], list[Diagnostic]] = {}
        self.update(text)

    @property
    def is_yaml(self) -> bool:
        """Whether it is YAML and not JSON."""
        known = self.document or self.last_read
        if known is not None:
            return known.format == "yaml"
        return self.name.lower().endswith((".yaml", ".yml"))

    @property
    def lines(self) -> list[str]:
        """The lines, without their ends; the protocol knows no others than these and a lone CR."""
        if self._lines is None or self._lines[0] is not self.text:
            self._lines = self.text, self.text.split("\n")
        return self._lines[1]

    def update(self, text: str) -> None:
        """Take a new version of the text."""
        self.text = text
        self._found = {}
        try:
            self.document = parse_document(text, name=self.name)
        except DocumentError as err:
            self.document, self._failure = None, err
        else:
            self.last_read, self._failure = self.document, None

    def looks_like_an_input(self) -> bool:
        """Whether it is a training input: other JSON and YAML files are nobody's business here."""
        if self.last_read is not None and _has_sections(self.last_read.data):
            return True
        # what cannot be read tells by its words
        words = set(_WORD.findall(self.text)) if self.document is None else ()
        return _has_sections(words)

    def findings(self, schema: str, backend: str) -> list[Diagnostic]:
        """Give what is wrong with the text, each finding with its place; found once a version.

        Raises
        ------
        UsageError
            There is no such schema or backend.
        """
        if (schema, backend) not in self._found:
            self._found[schema, backend] = self._find(schema, backend)
        return self._found[schema, backend]

    def _find(self, schema: str, backend: str) -> list[Diagnostic]:
        if self.document is not None:
            return check(self.document, schema=schema, backend=backend)
        failure = self._failure
        if failure is None:  # never read and never failed: nothing to say
            return []
        line, column = failure.position or (1, 1)
        span = Span(line, column, line, column + 1)
        return [Diagnostic(UNREADABLE, "error", (), span, failure.message, failure.hint)]


def _has_sections(keys: Container[str]) -> bool:
    return "model" in keys and any(each in keys for each in _OTHERS)


def chosen(settings: object, schema: str, backend: str) -> tuple[str, str]:
    """Read release and backend from the settings that an editor sends, if they are there.

    Raises
    ------
    UsageError
        There is no such release or backend.
    """
    given = settings if isinstance(settings, dict) else {}
    # a release that is written as a number is meant all the same
    schema, backend = str(given.get("schema") or schema), str(given.get("backend") or backend)
    check({}, schema=schema, backend=backend)
    return schema, backend
