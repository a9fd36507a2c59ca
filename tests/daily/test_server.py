"""The language server, driven over its standard input and output by the client of another library."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from airshift.cli.app import run
from airshift.config import Given
from airshift.lsp.analysis import analyse
from airshift.lsp.messages import FIX_ALL, edits, split_lines

OLD = "from airflow.operators.bash_operator import BashOperator\n"
FIXED = "from airflow.providers.standard.operators.bash import BashOperator\n"
DAG = (
    "from airflow import DAG\n"
    + OLD
    + "\nwith DAG('größer 𝒳', schedule_interval=None):\n"
    + "    BashOperator(task_id='a', bash_command='{{ next_ds }}')\n"
)


class Editor(LanguageClient):
    """A client that keeps what the server says."""

    def __init__(self) -> None:
        super().__init__("editor", "1")
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.messages: list[str] = []

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def diagnostics(params: types.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(params)

        @self.feature(types.WINDOW_SHOW_MESSAGE)
        def message(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

    def open(self, path: Path, text: str) -> str:
        item = types.TextDocumentItem(path.as_uri(), "python", 1, text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return path.as_uri()

    def change(self, uri: str, version: int, text: str) -> None:
        changes = [types.TextDocumentContentChangeWholeDocument(text)]
        identifier = types.VersionedTextDocumentIdentifier(version, uri)
        self.text_document_did_change(types.DidChangeTextDocumentParams(identifier, changes))

    async def diagnostics(self) -> types.PublishDiagnosticsParams:
        return await asyncio.wait_for(self.published.get(), 60)

    async def codes(self) -> list[str]:
        return [str(one.code) for one in (await self.diagnostics()).diagnostics]

    async def actions(self, uri: str, line: int, *only: str) -> list[types.CodeAction]:
        here = types.Range(types.Position(line, 0), types.Position(line, 999))
        context = types.CodeActionContext([], [types.CodeActionKind(one) for one in only] or None)
        found = await self.text_document_code_action_async(
            types.CodeActionParams(types.TextDocumentIdentifier(uri), here, context)
        )
        return [one for one in found or () if isinstance(one, types.CodeAction)]

    async def hover(self, uri: str, line: int, character: int) -> str:
        position = types.Position(line, character)
        found = await self.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(uri), position)
        )
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value


Scene = Callable[[Editor, Path], Awaitable[None]]


def play(folder: Path, scene: Scene, *arguments: str, encodings: list[str] | None = None) -> None:
    """Start the server, play a scene and stop it; the server has to end by itself with exit code 0."""

    async def whole() -> None:
        editor = Editor()
        await editor.start_io(sys.executable, "-m", "airshift", "server", *arguments)
        general = types.GeneralClientCapabilities(
            position_encodings=[types.PositionEncodingKind(one) for one in encodings or ["utf-16"]]
        )
        capabilities = types.ClientCapabilities(general=general)
        parameters = types.InitializeParams(capabilities, root_uri=folder.as_uri())
        answer = await asyncio.wait_for(editor.initialize_async(parameters), 60)
        assert answer.capabilities.hover_provider
        editor.initialized(types.InitializedParams())
        try:
            await scene(editor, folder)
            await editor.shutdown_async(None)
            editor.exit(None)
            server = editor._server
            assert server is not None
            assert await asyncio.wait_for(server.wait(), 30) == 0
        except BaseException:
            assert editor._server is not None
            editor._server.kill()
            raise
        finally:
            await editor.stop()

    asyncio.run(whole())


def applied(text: str, changes: list[types.TextEdit]) -> str:
    """The text after the edits of one document, positions counted in UTF-16."""
    lines = split_lines(text)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

    def offset(position: types.Position) -> int:
        if position.line >= len(lines):
            return len(text)
        units = lines[position.line].encode("utf-16-le")[: position.character * 2]
        return starts[position.line] + len(units.decode("utf-16-le"))

    for edit in sorted(changes, key=lambda one: -offset(one.range.start)):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def after(text: str, action: types.CodeAction, uri: str) -> str:
    assert action.edit is not None and action.edit.changes is not None
    return applied(text, list(action.edit.changes[uri]))


def test_diagnostics_come_when_a_file_is_opened_changed_saved_and_closed(tmp_path: Path) -> None:
    async def scene(editor: Editor, folder: Path) -> None:
        uri = editor.open(folder / "a.py", OLD)
        first = await editor.diagnostics()
        (one,) = first.diagnostics
        assert (first.uri, first.version) == (uri, 1)
        assert (one.code, one.source, one.severity) == ("AS104", "airshift", types.DiagnosticSeverity.Error)
        assert one.range == types.Range(types.Position(0, 44), types.Position(0, 56))
        assert one.code_description is not None
        for version in range(2, 9):
            editor.change(uri, version, OLD * version)
        last = await editor.diagnostics()
        assert (last.version, len(last.diagnostics)) == (8, 8), "typing is judged once it pauses"
        editor.change(uri, 9, FIXED)
        editor.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))
        assert await editor.codes() == []
        editor.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        assert await editor.codes() == []
        assert editor.published.empty()

    play(tmp_path, scene)


@pytest.mark.parametrize(("encoding", "shift"), [("utf-16", 1), ("utf-32", 0), ("utf-8", 5)])
def test_columns_count_as_the_client_counts(tmp_path: Path, encoding: str, shift: int) -> None:
    async def scene(editor: Editor, folder: Path) -> None:
        editor.open(folder / "a.py", f"name = 'ö ü 𝒳'; {OLD}")
        (one,) = (await editor.diagnostics()).diagnostics
        plain = f"name = 'ö ü 𝒳'; {OLD}".index("BashOperator\n")
        assert one.range.start.character == plain + shift

    play(tmp_path, scene, encodings=[encoding])


def test_fixes_are_those_of_the_command(tmp_path: Path) -> None:
    async def scene(editor: Editor, folder: Path) -> None:
        uri = editor.open(folder / "a.py", DAG)
        assert "AS104" in await editor.codes()
        one, silent = await editor.actions(uri, 1, types.CodeActionKind.QuickFix.value)
        assert (one.title, one.is_preferred) == ("AS104: fix", True)
        assert after(DAG, one, uri) == DAG.replace(OLD, FIXED)
        assert silent.title == "AS104: silence on this line"
        assert "# airshift: ignore[AS104]" in after(DAG, silent, uri).splitlines()[1]
        (everything,) = await editor.actions(uri, 0, types.CodeActionKind.SourceFixAll.value)
        assert everything.kind == FIX_ALL
        (folder / "a.py").write_text(DAG)
        assert run(["fix", str(folder / "a.py"), "--quiet"]) == 0
        assert after(DAG, everything, uri) == (folder / "a.py").read_text()
        assert await editor.actions(uri, 2, types.CodeActionKind.QuickFix.value) == []
        titles = [action.title for action in await editor.actions(uri, 4)]
        assert any("may change the meaning" in title for title in titles)

    play(tmp_path, scene, "--source", "2.10.3")


def test_a_fixed_file_has_no_actions(tmp_path: Path) -> None:
    async def scene(editor: Editor, folder: Path) -> None:
        uri = editor.open(folder / "a.py", FIXED)
        assert await editor.codes() == []
        assert await editor.actions(uri, 0) == []
        assert await editor.hover(uri, 0, 3) == ""

    play(tmp_path, scene)


def test_hover_explains_findings_and_codes(tmp_path: Path) -> None:
    async def scene(editor: Editor, folder: Path) -> None:
        uri = editor.open(folder / "a.py", OLD + "x = 1  # noqa: AS201\n")
        await editor.codes()
        explained = await editor.hover(uri, 0, 50)
        assert "`airflow.operators.bash_operator.BashOperator` is gone" in explained
        assert "**AS104**" in explained
        assert "After:" in explained
        assert await editor.hover(uri, 0, 2) == ""
        assert "**AS201**" in await editor.hover(uri, 1, 18)

    play(tmp_path, scene)


def test_settings_count_and_are_read_again(tmp_path: Path) -> None:
    async def scene(editor: Editor, folder: Path) -> None:
        (folder / "airshift.toml").write_text('[per-file-ignores]\n"legacy/" = ["AS1"]\n')
        (folder / "legacy").mkdir()
        uri = editor.open(folder / "legacy" / "a.py", OLD)
        assert await editor.codes() == []
        saved = types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri))
        (folder / "airshift.toml").write_text('target = "3.0.6"\n')
        editor.text_document_did_save(saved)
        (one,) = (await editor.diagnostics()).diagnostics
        assert "Airflow 3.0.6" in one.message
        (folder / "airshift.toml").write_text('extend-exclude = ["legacy"]\n')
        editor.text_document_did_save(saved)
        assert await editor.codes() == []
        (folder / "airshift.toml").write_text('tagret = "3.0.6"\n')
        for _ in range(2):
            editor.text_document_did_save(saved)
            assert await editor.codes() == []
        assert editor.messages == ["airshift: airshift.toml: unknown key tagret (did you mean target?)"]

    play(tmp_path, scene)


def test_what_cannot_be_parsed_is_a_diagnostic(tmp_path: Path) -> None:
    async def scene(editor: Editor, folder: Path) -> None:
        editor.open(folder / "a.py", "import airflow\nprint 'x'\n")
        (one,) = (await editor.diagnostics()).diagnostics
        assert one.message.startswith("not checked: syntax error")
        assert one.range == types.Range(types.Position(1, 0), types.Position(1, 9))

    play(tmp_path, scene)


def test_other_files_are_judged_by_their_names(tmp_path: Path) -> None:
    async def scene(editor: Editor, folder: Path) -> None:
        text = "[core]\r\ndag_concurrency = 3\r\n"
        uri = editor.open(folder / "airflow.cfg", text)
        assert "AS801" in await editor.codes()
        (action, *_) = await editor.actions(uri, 1, types.CodeActionKind.QuickFix.value)
        assert after(text, action, uri) == "[core]\r\nmax_active_tasks_per_dag = 3\r\n"

    play(tmp_path, scene)


def test_without_the_extra_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("airshift.lsp.server")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pygls", None)
    assert run(["server"]) == 2
    assert "airshift[lsp]" in capsys.readouterr().err


# Pure parts


@settings(deadline=None)
@given(
    st.text(st.sampled_from("ab𝒳\n\r\x0c"), max_size=30), st.text(st.sampled_from("ab𝒳\n\r\x0c"), max_size=30)
)
def test_edits_lead_from_one_text_to_the_other(before: str, wanted: str) -> None:
    def units(text: str) -> int:
        return len(text.encode("utf-16-le")) // 2

    assert applied(before, list(edits(before, wanted, units))) == wanted


def test_a_declared_encoding_is_kept(tmp_path: Path) -> None:
    text = f"# -*- coding: latin-1 -*-\nname = 'größer'\n{OLD}"
    found = analyse(tmp_path / "a.py", text, Given())
    (finding,) = found.findings
    assert found.fixed(finding) == text.replace(OLD, FIXED)
    assert found.all_fixed() == text.replace(OLD, FIXED)
