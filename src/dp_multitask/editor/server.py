# SPDX-License-Identifier: LGPL-3.0-or-later
"""The language server itself: the protocol on one side, this package's answers on the other."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import unquote, urlparse

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from dp_multitask import __version__
from dp_multitask.checks.schema.table import SchemaTable, load_table
from dp_multitask.diagnostics import Diagnostic, Edit, Span
from dp_multitask.editor.changes import change_between
from dp_multitask.editor.completion import Candidate, candidates
from dp_multitask.editor.cursor import Cursor, cursor_in
from dp_multitask.editor.hover import hover_text
from dp_multitask.editor.names import Name, Occurrence, name_at, occurrences, renaming
from dp_multitask.editor.open_text import OpenText, chosen
from dp_multitask.errors import DPMultitaskError, EditError, TreePath, UsageError
from dp_multitask.text.document import Document
from dp_multitask.text.edits import apply_edits
from dp_multitask.text.positions import offset_of, position_of

_SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
}
_KINDS = {
    "key": lsp.CompletionItemKind.Property,
    "value": lsp.CompletionItemKind.Value,
    "reference": lsp.CompletionItemKind.Reference,
    "branch": lsp.CompletionItemKind.Module,
}


class InputServer(LanguageServer):
    """Training inputs that are open in an editor."""

    def __init__(self, schema: str, backend: str) -> None:
        super().__init__("dp-multitask", str(__version__))
        self.schema = schema
        self.backend = backend
        self.texts: dict[str, OpenText] = {}

    @property
    def table(self) -> SchemaTable:
        """The table of the release that inputs are meant for."""
        return load_table(self.schema)

    def place(self, held: OpenText, position: lsp.Position) -> tuple[int, int]:
        """Give a place in a text counted from one, in characters."""
        lines, codec = held.lines, self.workspace.position_codec
        if position.line >= len(lines):
            return len(lines), len(lines[-1]) + 1
        end = codec.client_num_units(lines[position.line].rstrip("\r"))
        inside = lsp.Position(position.line, min(position.character, end))
        return position.line + 1, codec.position_from_client_units(lines, inside).character + 1

    def range(self, held: OpenText, span: Span) -> lsp.Range:
        """Give a stretch of text as the editor counts it."""
        found = lsp.Range(
            lsp.Position(span.line - 1, span.column - 1),
            lsp.Position(span.end_line - 1, span.end_column - 1),
        )
        return self.workspace.position_codec.range_to_client_units(held.lines, found)

    def after(self, held: OpenText, change: lsp.TextDocumentContentChangeEvent) -> str:
        """Give a text as it is after a change, of a stretch of it or the whole."""
        if not isinstance(change, lsp.TextDocumentContentChangePartial):
            return change.text
        text = held.text
        start, end = (
            offset_of(text, *self.place(held, each))
            for each in (change.range.start, change.range.end)
        )
        return text[:start] + change.text + text[end:]

    def publish(self, uri: str, version: int) -> None:
        """Publish what is wrong with a text."""
        held = self.texts[uri]
        found = held.findings(self.schema, self.backend) if held.looks_like_an_input() else []
        self.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(
                uri=uri,
                version=version,
                diagnostics=[self.diagnostic(held, each) for each in found],
            )
        )

    def diagnostic(self, held: OpenText, finding: Diagnostic) -> lsp.Diagnostic:
        """Give a finding as the protocol has it."""
        hint = f"\n{finding.hint}" if finding.hint else ""
        return lsp.Diagnostic(
            range=self.range(held, finding.span or Span(1, 1, 1, 2)),
            message=finding.message + hint,
            severity=_SEVERITIES.get(finding.severity, lsp.DiagnosticSeverity.Information),
            code=finding.code,
            source="dp-multitask",
        )

    def named(self, uri: str, position: lsp.Position) -> Named | None:
        """Give the name of a branch or shared entry at a place, if one stands there."""
        held = self.texts.get(uri)
        if held is None or held.document is None:
            return None
        document = held.document
        path, is_key = document.path_at(*self.place(held, position))
        name = name_at(document.data, path, is_key)
        return None if name is None else Named(held, document, name, path, is_key)

    def locations(self, uri: str, found: Named, *, only: bool | None) -> list[lsp.Location]:
        """Give the places of a name: of its definition only, of all others only, or of all."""
        return [
            lsp.Location(uri, self.range(found.held, _span(found.document, each)))
            for each in occurrences(found.document.data, found.name)
            if only is None or each.is_definition is only
        ]

    def text_edit(self, held: OpenText, document: Document, edits: list[Edit]) -> lsp.TextEdit:
        """Make edits of the tree, and give the one change of the text that they come to."""
        old = document.text
        start, end, text = change_between(old, apply_edits(document, edits))
        span = Span(*position_of(old, start), *position_of(old, end))
        return lsp.TextEdit(self.range(held, span), text)


class Named(NamedTuple):
    """A name that stands at a place of a text, and the place."""

    held: OpenText
    document: Document
    name: Name
    path: TreePath
    is_key: bool


def _span(document: Document, place: Named | Occurrence) -> Span:
    return document.key_span(place.path) if place.is_key else document.span(place.path)


def make_server(schema: str = "3.2", backend: str = "pt") -> InputServer:
    """Make a server that answers for one release and backend.

    Parameters
    ----------
    schema, backend : str
        As for `dp_multitask.check`; the client's ``initializationOptions`` win.
    """
    server = InputServer(schema, backend)
    _add_synchronization(server)
    _add_navigation(server)
    _add_writing(server)
    return server


def _add_synchronization(server: InputServer) -> None:
    @server.feature(lsp.INITIALIZE)
    def initialize(params: lsp.InitializeParams) -> None:
        options = params.initialization_options
        try:
            server.schema, server.backend = chosen(options, server.schema, server.backend)
        except UsageError as err:
            msg = f"dp-multitask: {err}; goes on with {server.schema} and {server.backend}"
            server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, msg))
        # the texts are kept here: pygls ends lines where the protocol does not, and moves the
        # places of a change to what it takes for the end of a line
        vars(server.workspace)["update_text_document"] = lambda *change: None

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        source = params.text_document
        name = unquote(urlparse(source.uri).path) or source.uri
        server.texts[source.uri] = OpenText(name, source.text)
        server.publish(source.uri, source.version)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        held = server.texts.get(params.text_document.uri)
        if held is None:
            return
        for change in params.content_changes:
            held.text = server.after(held, change)
        held.update(held.text)
        server.publish(params.text_document.uri, params.text_document.version)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.texts.pop(uri, None)
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))


def _add_navigation(server: InputServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
        found = server.named(params.text_document.uri, params.position)
        return server.locations(params.text_document.uri, found, only=True) if found else []

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def references(params: lsp.ReferenceParams) -> list[lsp.Location]:
        found = server.named(params.text_document.uri, params.position)
        only = None if params.context.include_declaration else False
        return server.locations(params.text_document.uri, found, only=only) if found else []

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        held = server.texts.get(params.text_document.uri)
        if held is None or held.document is None:
            return None
        path, is_key = held.document.path_at(*server.place(held, params.position))
        text = hover_text(server.table, held.document.data, path, is_key)
        if text is None:
            return None
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text))

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare_rename(params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
        found = server.named(params.text_document.uri, params.position)
        if found is None:
            return None
        # neither quotes nor the share level belong to the name
        range_ = server.range(found.held, _span(found.document, found))
        return lsp.PrepareRenamePlaceholder(range=range_, placeholder=found.name.text)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME)
    def rename(params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        found = server.named(params.text_document.uri, params.position)
        if found is None:
            return None
        try:
            edits = renaming(found.document.data, found.name, params.new_name)
            edit = server.text_edit(found.held, found.document, edits)
        except EditError as err:
            server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, str(err)))
            return None
        return lsp.WorkspaceEdit({params.text_document.uri: [edit]})


def _add_writing(server: InputServer) -> None:
    options = lsp.CompletionOptions(trigger_characters=['"', ":", " "])

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, options)
    def completion(params: lsp.CompletionParams) -> lsp.CompletionList:
        held = server.texts.get(params.text_document.uri)
        if held is None:
            return lsp.CompletionList(is_incomplete=False, items=[])
        line, column = server.place(held, params.position)
        cursor = cursor_in(held.text, offset_of(held.text, line, column), yaml=held.is_yaml)
        data = held.last_read.data if held.last_read is not None else {}
        found = candidates(server.table, data, cursor, backend=server.backend)
        start = column - len(cursor.typed) - len(cursor.quote)
        range_ = server.range(held, Span(line, start, line, column + len(cursor.rest)))
        items = [_completion_item(each, cursor, range_, yaml=held.is_yaml) for each in found]
        return lsp.CompletionList(is_incomplete=False, items=items)

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix]),
    )
    def code_actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        held = server.texts.get(uri)
        if held is None or held.document is None:
            return []
        document = held.document
        actions = []
        for finding in held.findings(server.schema, server.backend):
            fix = finding.fix
            shown = server.diagnostic(held, finding)
            if fix is None or not _overlap(shown.range, params.range):
                continue
            try:
                edit = server.text_edit(held, document, list(fix.edits))
            except DPMultitaskError:
                continue  # the text is written in a way in which it cannot be made safely
            actions.append(
                lsp.CodeAction(
                    title=fix.title,
                    kind=lsp.CodeActionKind.QuickFix,
                    diagnostics=[shown],
                    edit=lsp.WorkspaceEdit({uri: [edit]}),
                    is_preferred=fix.safety == "safe",
                )
            )
        return actions


def _completion_item(
    candidate: Candidate, cursor: Cursor, range_: lsp.Range, *, yaml: bool
) -> lsp.CompletionItem:
    text = candidate.text
    if not yaml and candidate.is_text:
        text = json.dumps(text)
    elif cursor.quote:
        closed = cursor.quote if cursor.rest else ""
        text = f"{cursor.quote}{text}{closed}"
    return lsp.CompletionItem(
        label=candidate.text,
        kind=_KINDS[candidate.kind],
        detail=candidate.detail or None,
        documentation=candidate.documentation or None,
        filter_text=text,
        text_edit=lsp.TextEdit(range_, text),
    )


def _overlap(one: lsp.Range, other: lsp.Range) -> bool:
    def place(position: Any) -> tuple[int, int]:
        return (position.line, position.character)

    return place(one.start) <= place(other.end) and place(other.start) <= place(one.end)
