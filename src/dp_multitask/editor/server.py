# SPDX-License-Identifier: LGPL-3.0-or-later
"""The language server itself: the protocol on one side, this package's answers on the other."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlparse

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from dp_multitask import __version__
from dp_multitask.checks.schema.table import SchemaTable, load_table
from dp_multitask.diagnostics import Diagnostic, Edit, Span
from dp_multitask.editor.changes import change_between
from dp_multitask.editor.completion import Candidate, candidates
from dp_multitask.editor.cursor import Cursor, cursor_in
from dp_multitask.editor.hover import hover_text
from dp_multitask.editor.names import Name, name_at, occurrences, renaming
from dp_multitask.editor.open_text import OpenText, chosen
from dp_multitask.errors import DPMultitaskError, EditError
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

    def place(self, uri: str, position: lsp.Position) -> tuple[OpenText, int, int]:
        """Give an open text, and a place in it counted from one, in characters."""
        source = self.workspace.get_text_document(uri)
        units = source.position_codec.position_from_client_units(source.lines, position)
        return self.texts[uri], units.line + 1, units.character + 1

    def range(self, uri: str, span: Span) -> lsp.Range:
        """Give a stretch of text as the editor counts it."""
        source = self.workspace.get_text_document(uri)
        found = lsp.Range(
            lsp.Position(span.line - 1, span.column - 1),
            lsp.Position(span.end_line - 1, span.end_column - 1),
        )
        return source.position_codec.range_to_client_units(source.lines, found)

    def changed(self, source: TextDocument) -> None:
        """Take a version of a text and publish what is wrong with it."""
        held = self.texts.get(source.uri)
        if held is None:
            name = unquote(urlparse(source.uri).path) or source.uri
            held = self.texts[source.uri] = OpenText(name, source.source)
        else:
            held.update(source.source)
        found = held.findings(self.schema, self.backend) if held.looks_like_an_input() else []
        self.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(
                uri=source.uri,
                version=source.version,
                diagnostics=[self.diagnostic(source.uri, each) for each in found],
            )
        )

    def diagnostic(self, uri: str, finding: Diagnostic) -> lsp.Diagnostic:
        """Give a finding as the protocol has it."""
        hint = f"\n{finding.hint}" if finding.hint else ""
        return lsp.Diagnostic(
            range=self.range(uri, finding.span or Span(1, 1, 1, 2)),
            message=finding.message + hint,
            severity=_SEVERITIES.get(finding.severity, lsp.DiagnosticSeverity.Information),
            code=finding.code,
            source="dp-multitask",
        )

    def named(self, uri: str, position: lsp.Position) -> tuple[Document, Name] | None:
        """Give the name of a branch or shared entry at a place, if one stands there."""
        held, line, column = self.place(uri, position)
        if held.document is None:
            return None
        name = name_at(held.document.data, *held.document.path_at(line, column))
        return None if name is None else (held.document, name)

    def locations(
        self, params: lsp.DefinitionParams | lsp.ReferenceParams, *, definition: bool
    ) -> list[lsp.Location]:
        """Give the places of the name that is asked about, or only where it is defined."""
        uri = params.text_document.uri
        found = self.named(uri, params.position)
        if found is None:
            return []
        document, name = found
        spans = [
            document.key_span(each.path) if each.is_key else document.span(each.path)
            for each in occurrences(document.data, name)
            if each.is_definition or not definition
        ]
        return [lsp.Location(uri, self.range(uri, span)) for span in spans]

    def text_edit(self, uri: str, document: Document, edits: list[Edit]) -> lsp.TextEdit:
        """Make edits of the tree, and give the one change of the text that they come to."""
        old = document.text
        start, end, text = change_between(old, apply_edits(document, edits))
        span = Span(*position_of(old, start), *position_of(old, end))
        return lsp.TextEdit(self.range(uri, span), text)


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
        server.schema = chosen(options, "schema", server.schema)
        server.backend = chosen(options, "backend", server.backend)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        server.changed(server.workspace.get_text_document(params.text_document.uri))

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        server.changed(server.workspace.get_text_document(params.text_document.uri))

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.texts.pop(uri, None)
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))


def _add_navigation(server: InputServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
        return server.locations(params, definition=True)

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def references(params: lsp.ReferenceParams) -> list[lsp.Location]:
        return server.locations(params, definition=False)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        held, line, column = server.place(params.text_document.uri, params.position)
        if held.document is None:
            return None
        path, is_key = held.document.path_at(line, column)
        text = hover_text(server.table, held.document.data, path, is_key)
        if text is None:
            return None
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text))

    @server.feature(lsp.TEXT_DOCUMENT_RENAME)
    def rename(params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        uri = params.text_document.uri
        found = server.named(uri, params.position)
        if found is None:
            return None
        document, name = found
        try:
            edits = renaming(document.data, name, params.new_name)
            return lsp.WorkspaceEdit({uri: [server.text_edit(uri, document, edits)]})
        except EditError as err:
            server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, str(err)))
            return None


def _add_writing(server: InputServer) -> None:
    options = lsp.CompletionOptions(trigger_characters=['"', ":", " "])

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, options)
    def completion(params: lsp.CompletionParams) -> lsp.CompletionList:
        uri = params.text_document.uri
        held, line, column = server.place(uri, params.position)
        cursor = cursor_in(held.text, offset_of(held.text, line, column), yaml=held.is_yaml)
        data = held.last_read.data if held.last_read is not None else {}
        found = candidates(server.table, data, cursor, backend=server.backend)
        span = Span(line, column - len(cursor.typed) - len(cursor.quote), line, column)
        range_ = server.range(uri, span)
        items = [_completion_item(each, cursor, range_, yaml=held.is_yaml) for each in found]
        return lsp.CompletionList(is_incomplete=False, items=items)

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix]),
    )
    def code_actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        document = server.texts[uri].document
        if document is None:
            return []
        actions = []
        for finding in server.texts[uri].findings(server.schema, server.backend):
            fix = finding.fix
            shown = server.diagnostic(uri, finding)
            if fix is None or not _overlap(shown.range, params.range):
                continue
            try:
                edit = server.text_edit(uri, document, list(fix.edits))
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
        text = f"{cursor.quote}{text}"
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
