"""The server itself: when documents are judged, and which questions are answered."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from airshift import __version__
from airshift.config import Given
from airshift.errors import AirshiftError
from airshift.lsp import messages
from airshift.lsp.analysis import Analysis, analyse

PAUSE = 0.3
"""Seconds without a keystroke after which a document is judged."""
_ACTIONS = [types.CodeActionKind.QuickFix, messages.FIX_ALL]


class AirshiftServer(LanguageServer):
    """Keeps the latest analysis of each open document."""

    def __init__(self, given: Given) -> None:
        super().__init__("airshift", __version__, types.TextDocumentSyncKind.Full)
        self._given = given
        self._analyses: dict[str, tuple[str, Analysis]] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._said: set[str] = set()

    def units(self, text: str) -> int:
        """How long a text is as this client counts."""
        return int(self.workspace.position_codec.client_num_units(text))

    def analysis(self, uri: str) -> Analysis | None:
        """The document as it is now, judged; None when that cannot be done."""
        text = self.workspace.get_text_document(uri).source
        known = self._analyses.get(uri)
        if known is not None and known[0] == text:
            return known[1]
        path = uris.to_fs_path(uri)
        if path is None:
            return None
        try:
            found = analyse(Path(path), text, self._given)
        except AirshiftError as error:
            self._say(str(error))
            return None
        self._analyses[uri] = (text, found)
        return found

    def publish(self, uri: str) -> None:
        """Send the diagnostics of a document; the settings may have changed, so it is judged anew."""
        self._analyses.pop(uri, None)
        found = self.analysis(uri)
        listed = messages.diagnostics(found, self.units) if found is not None else []
        version = self.workspace.get_text_document(uri).version
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, listed, version))

    def publish_soon(self, uri: str) -> None:
        """The same once nothing has changed for a moment."""
        self.forget(uri)
        self._waiting[uri] = asyncio.get_running_loop().create_task(self._publish_later(uri))

    async def _publish_later(self, uri: str) -> None:
        await asyncio.sleep(PAUSE)
        self._waiting.pop(uri, None)
        self.publish(uri)

    def forget(self, uri: str) -> None:
        """Drop what is waiting for a document."""
        waiting = self._waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()

    def close(self, uri: str) -> None:
        """Drop a document and its diagnostics."""
        self.forget(uri)
        self._analyses.pop(uri, None)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def _say(self, message: str) -> None:
        """Show an error once: wrong settings would be reported at every keystroke."""
        if message not in self._said:
            self._said.add(message)
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"airshift: {message}"))


def make_server(given: Given) -> AirshiftServer:
    """A server whose documents are judged under the settings of their folder, and what `given` adds."""
    server = AirshiftServer(given)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        server.forget(params.text_document.uri)
        server.publish(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.publish_soon(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        found = server.analysis(params.text_document.uri)
        return messages.hover(found, params.position, server.units) if found is not None else None

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=_ACTIONS))
    def asked(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, only = params.text_document.uri, params.context.only or ()
        found = server.analysis(uri)
        kinds = [str(getattr(kind, "value", kind)) for kind in only]
        if found is None:
            return []
        return list(messages.actions(found, uri, params.range, kinds, server.units))

    return server
