# SPDX-License-Identifier: LGPL-3.0-or-later
"""``dp-multitask lsp`` as an editor uses it: a real client over standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("pygls", reason="the extra 'editor' is not installed")

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

EXAMPLES = Path(__file__).parents[2] / "examples"


class Editor:
    """One open file of an editor."""

    def __init__(self, client: LanguageClient, path: Path) -> None:
        self.client = client
        self.uri = path.as_uri()
        self.text = path.read_text(encoding="utf-8")
        self.version = 1
        self.published: asyncio.Queue[lsp.PublishDiagnosticsParams] = asyncio.Queue()

    async def findings(self) -> list[lsp.Diagnostic]:
        while True:
            params = await asyncio.wait_for(self.published.get(), 60)
            if params.version in (None, self.version):
                return list(params.diagnostics)

    async def type(self, old: str, new: str) -> list[lsp.Diagnostic]:
        """Replace a text that stands once, as one change, and wait for the findings."""
        assert self.text.count(old) == 1
        start = self.text.index(old)
        change = lsp.TextDocumentContentChangePartial(
            range=lsp.Range(self.position(start), self.position(start + len(old))), text=new
        )
        self.text = self.text.replace(old, new)
        self.version += 1
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(self.version, self.uri), [change]
            )
        )
        return await self.findings()

    def position(self, offset: int) -> lsp.Position:
        before = self.text[:offset]
        line = before.rsplit("\n", 1)[-1]
        return lsp.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)

    def at(self, marked: str) -> dict[str, Any]:
        """Give the parameters of a request at the ``|`` of a text that stands once."""
        plain = marked.replace("|", "")
        assert self.text.count(plain) == 1
        position = self.position(self.text.index(plain) + marked.index("|"))
        return {"text_document": lsp.TextDocumentIdentifier(self.uri), "position": position}

    def shown(self, range_: lsp.Range) -> str:
        """Give the text of a range."""
        lines = self.text.encode("utf-16-le").split("\n".encode("utf-16-le"))
        raw = self.text.split("\n")
        assert len(lines) >= 1
        first, last = range_.start, range_.end
        if first.line == last.line:
            units = raw[first.line].encode("utf-16-le")
            return units[2 * first.character : 2 * last.character].decode("utf-16-le")
        return "\n".join(raw[first.line : last.line + 1])

    def applied(self, edits: list[lsp.TextEdit]) -> str:
        (edit,) = edits
        offsets = []
        for place in (edit.range.start, edit.range.end):
            lines = self.text.split("\n")
            before = lines[place.line].encode("utf-16-le")[: 2 * place.character]
            whole = sum(len(line) + 1 for line in lines[: place.line])
            offsets.append(whole + len(before.decode("utf-16-le")))
        return self.text[: offsets[0]] + edit.new_text + self.text[offsets[1] :]


Work = Callable[[Editor, list[lsp.Diagnostic]], Awaitable[None]]


class Session:
    """An editor with our server, in which one file after the other is opened."""

    def __init__(self) -> None:
        self.client = LanguageClient("test", "1")
        self.editors: dict[str, Editor] = {}

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: lsp.PublishDiagnosticsParams) -> None:
            self.editors[params.uri].published.put_nowait(params)

    async def start(self) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        await self.client.start_io(sys.executable, "-m", "dp_multitask", "lsp", env=environment)
        await self.client.initialize_async(
            lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), root_uri=None)
        )
        self.client.initialized(lsp.InitializedParams())

    async def open(self, path: Path, work: Work) -> None:
        editor = Editor(self.client, path)
        self.editors[editor.uri] = editor
        self.client.text_document_did_open(
            lsp.DidOpenTextDocumentParams(
                lsp.TextDocumentItem(editor.uri, "json", editor.version, editor.text)
            )
        )
        await asyncio.wait_for(work(editor, await editor.findings()), 120)

    async def stop(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()


@pytest.fixture(scope="module")
def in_editor() -> Iterator[Callable[[Path, Work], None]]:
    """Open a file in an editor with our server, and do something there."""
    loop = asyncio.new_event_loop()
    session = Session()
    loop.run_until_complete(session.start())
    yield lambda path, work: loop.run_until_complete(session.open(path, work))
    loop.run_until_complete(asyncio.wait_for(session.stop(), 60))
    loop.close()


@pytest.fixture(params=["json", "yaml"])
def water(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    data = json.loads((EXAMPLES / "water/input.json").read_text(encoding="utf-8"))
    target = tmp_path / f"input é.{request.param}"
    dump = json.dumps if request.param == "json" else yaml.safe_dump
    options: dict[str, Any] = {"indent": 1, "ensure_ascii": False}
    if request.param == "yaml":
        options = {"allow_unicode": True, "sort_keys": False}
    target.write_text(dump(data, **options), encoding="utf-8")
    return target


def test_findings_come_as_one_types(in_editor, tmp_path: Path):
    path = tmp_path / "input.json"
    path.write_text((EXAMPLES / "water/input.json").read_text(encoding="utf-8"))

    async def work(editor: Editor, found: list[lsp.Diagnostic]) -> None:
        assert [each for each in found if each.severity == lsp.DiagnosticSeverity.Error] == []
        (error,) = await editor.type('"dpa1_local:1"', '"dpa1_locl:1"')
        assert error.code == "DPM101"
        assert "Did you mean 'dpa1_local'?" in error.message
        assert editor.shown(error.range) == '"dpa1_locl:1"'
        (broken,) = await editor.type('"dpa1_locl:1"', '"dpa1_locl:1')
        assert broken.code == "DPM910"
        assert await editor.type('"dpa1_locl:1', '"dpa1_local:1"') == found

    in_editor(path, work)


def test_a_file_that_is_no_input_is_left_alone(in_editor, tmp_path: Path):
    path = tmp_path / "package.json"
    path.write_text('{"name": "x", "scripts": {}}')

    async def work(editor: Editor, found: list[lsp.Diagnostic]) -> None:
        assert found == []

    in_editor(path, work)


def test_jump_find_and_rename(in_editor, water: Path):
    quote = '"' if water.suffix == ".json" else ""

    async def work(editor: Editor, found: list[lsp.Diagnostic]) -> None:
        client = editor.client
        place = editor.at(f"{quote}dpa1_|local:1{quote}")
        (target,) = await client.text_document_definition_async(lsp.DefinitionParams(**place))
        assert editor.shown(target.range).strip('"') == "dpa1_local"
        context = lsp.ReferenceContext(include_declaration=True)
        users = await client.text_document_references_async(
            lsp.ReferenceParams(context=context, **place)
        )
        shown = [editor.shown(each.range).strip('"') for each in users]
        assert shown == ["dpa1_local", "dpa1_local", "dpa1_local", "dpa1_local:1"]
        others = lsp.ReferenceContext(include_declaration=False)
        found = await client.text_document_references_async(
            lsp.ReferenceParams(context=others, **place)
        )
        assert found == users[1:]
        offered = await client.text_document_prepare_rename_async(lsp.PrepareRenameParams(**place))
        assert offered.placeholder == "dpa1_local"  # not with quotes, not with the level
        assert editor.shown(offered.range).strip('"') == "dpa1_local:1"
        nowhere = {**place, "position": lsp.Position(0, 0)}
        params = lsp.PrepareRenameParams(**nowhere)
        assert await client.text_document_prepare_rename_async(params) is None
        edit = await client.text_document_rename_async(lsp.RenameParams(new_name="nearby", **place))
        renamed = editor.applied(edit.changes[editor.uri])
        # in YAML a text with a colon is safest in quotes
        unquoted = renamed.replace("'nearby:1'", "nearby:1")
        assert unquoted == editor.text.replace("dpa1_local", "nearby")
        said = await client.text_document_hover_async(lsp.HoverParams(**place))
        assert "used by liquid, ice, surface (level 1)" in said.contents.value
        # at the key what it means, too; in the entry whom a change of a value concerns
        before = editor.text.index(f"{quote}dpa1_local:1")
        key = editor.position(editor.text.rindex("descriptor", 0, before))
        said = await client.text_document_hover_async(
            lsp.HoverParams(place["text_document"], key)
        )
        assert "**descriptor**" in said.contents.value
        assert "shared entry **dpa1_local**, used by liquid, ice" in said.contents.value
        inside = editor.position(editor.text.index("sel", editor.text.index("dpa1_local")))
        said = await client.text_document_hover_async(
            lsp.HoverParams(place["text_document"], inside)
        )
        assert "**sel**" in said.contents.value
        assert "of the shared entry **dpa1_local**, used by liquid, ice" in said.contents.value

    in_editor(water, work)


@pytest.mark.parametrize("text", ['{"name": "x", "model": {"a"', "services:\n model: x\n bad: [\n"])
def test_what_cannot_be_read_is_an_input_only_if_it_has_the_sections(
    in_editor, tmp_path: Path, text: str
):
    path = tmp_path / "compose.yaml"
    path.write_text(text)

    async def work(editor: Editor, found: list[lsp.Diagnostic]) -> None:
        assert found == []
        (first, *_) = text.split("\n")
        (broken,) = await editor.type(first, f'"training": {{}}\n{first}')
        assert broken.code == "DPM910"

    in_editor(path, work)


def test_places_behind_what_ends_a_line_elsewhere(in_editor, tmp_path: Path):
    path = tmp_path / "input.json"
    name = "\U0001f600"  # two units of UTF-16
    text = f'{{"_c": "\u2028 \u0085 \x7f",\n"model": {{"shared_dict": {{"{name}": ["O"]}},\n'
    text += f'"model_dict": {{"a": {{"type_map": "{name}"}}}}}}, "training": {{}}}}'
    path.write_text(text, encoding="utf-8")

    async def work(editor: Editor, found: list[lsp.Diagnostic]) -> None:
        place = editor.at(f'"type_map": "|{name}"')
        (target,) = await editor.client.text_document_definition_async(
            lsp.DefinitionParams(**place)
        )
        assert editor.shown(target.range) == f'"{name}"'
        told = await editor.type(f'"type_map": "{name}"', f'"type_map": "{name}x"')
        (error,) = [each for each in told if each.code == "DPM101"]
        assert editor.shown(error.range) == f'"{name}x"'
        # a place behind the end of a line, or of the text, is that end
        whole = lsp.Range(lsp.Position(0, 10_000), lsp.Position(10_000, 0))
        change = lsp.TextDocumentContentChangePartial(range=whole, text="}")
        editor.version += 1
        version = lsp.VersionedTextDocumentIdentifier(editor.version, editor.uri)
        editor.client.text_document_did_change(lsp.DidChangeTextDocumentParams(version, [change]))
        assert [each.code for each in await editor.findings()] == ["DPM910"]
        editor.text = text.split("\n")[0] + "}"
        told = await editor.type(",}", ', "model": {}, "training": {}}')
        assert "DPM910" not in [each.code for each in told]

    in_editor(path, work)


def test_a_file_that_is_not_open_has_nothing_to_say(in_editor, water: Path):
    async def work(editor: Editor, found: list[lsp.Diagnostic]) -> None:
        client, first = editor.client, lsp.Position(0, 0)
        closed = {"text_document": lsp.TextDocumentIdentifier("file:///closed.json")}
        place = closed | {"position": first}
        assert await client.text_document_hover_async(lsp.HoverParams(**place)) is None
        assert not await client.text_document_definition_async(lsp.DefinitionParams(**place))
        completed = await client.text_document_completion_async(lsp.CompletionParams(**place))
        assert not completed.items
        context = lsp.CodeActionContext([])
        params = lsp.CodeActionParams(range=lsp.Range(first, first), context=context, **closed)
        assert not await client.text_document_code_action_async(params)

    in_editor(water, work)


def test_completion_of_references_keys_and_branches(in_editor, tmp_path: Path):
    path = tmp_path / "input.json"
    path.write_text((EXAMPLES / "water/input.json").read_text(encoding="utf-8"))

    async def complete(editor: Editor, marked: str) -> dict[str, lsp.CompletionItem]:
        found = await editor.client.text_document_completion_async(
            lsp.CompletionParams(**editor.at(marked))
        )
        return {each.label: each for each in found.items}

    async def work(editor: Editor, found: list[lsp.Diagnostic]) -> None:
        offered = await complete(editor, '"dpa1_|local:1"')
        assert {"dpa1_local", "dpa1_local:1", "near_and_far"} <= set(offered)
        assert "energy_of_case" not in offered
        assert "near_and_far:1" not in offered
        edit = offered["near_and_far"].text_edit
        whole = editor.text.replace('"dpa1_local:1"', '"near_and_far"')
        assert editor.applied([edit]) == whole  # nothing is left of what stood there
        await editor.type('"training": {\n', '"training": {\n    "nu\n')
        offered = await complete(editor, '"training": {\n    "nu|')
        assert "num_epoch_dict" in offered
        assert "numb_steps" not in offered  # it is there already
        assert "systems" not in offered
        await editor.type('"training": {\n    "nu\n', '"training": {\n')
        await editor.type('"loss_dict": {\n', '"loss_dict": {"\n')
        assert "liquid" not in await complete(editor, '"loss_dict": {"|\n')

    in_editor(path, work)


def test_code_actions_make_the_fixes_of_findings(in_editor, tmp_path: Path):
    path = tmp_path / "input.json"
    path.write_text((EXAMPLES / "broken/input.json").read_text(encoding="utf-8"))

    async def work(editor: Editor, found: list[lsp.Diagnostic]) -> None:
        if not any(each.fix for each in _check(editor)):
            pytest.skip("findings carry no fixes")
        whole = lsp.Range(lsp.Position(0, 0), lsp.Position(10_000, 0))
        actions = await editor.client.text_document_code_action_async(
            lsp.CodeActionParams(
                lsp.TextDocumentIdentifier(editor.uri), whole, lsp.CodeActionContext(found)
            )
        )
        assert actions
        for action in actions:
            text = editor.applied(action.edit.changes[editor.uri])
            assert text != editor.text
            assert len(_check(editor, text)) < len(found)

    in_editor(path, work)


def _check(editor: Editor, text: str | None = None) -> list[Any]:
    from dp_multitask import check
    from dp_multitask.text.document import parse_document

    return check(parse_document(editor.text if text is None else text, name="input.json"))


@pytest.mark.parametrize(
    ("settings", "result"),
    [
        ({"schema": "3.0", "backend": "tf"}, ("3.0", "tf")),
        ({"schema": 3.1}, ("3.1", "pt")),
        ({"schema": "", "backend": None}, ("3.2", "pt")),
        (None, ("3.2", "pt")),
        ("x", ("3.2", "pt")),
        ({"schema": "9.9"}, "unknown schema '9.9'"),
        ({"backend": ["pt"]}, "unknown backend"),
    ],
)
def test_settings_of_the_editor(settings: object, result: tuple[str, str] | str):
    from dp_multitask.editor.open_text import chosen
    from dp_multitask.errors import UsageError

    if isinstance(result, str):
        with pytest.raises(UsageError, match=result):
            chosen(settings, "3.2", "pt")
    else:
        assert chosen(settings, "3.2", "pt") == result


def test_a_missing_package_is_named(run_command, tmp_path: Path):
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError(name='pygls')")
    refused = run_command("lsp", PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path]))
    assert refused.returncode == 2
    assert b"dp-multitask[editor]" in refused.stderr
