"""Values of the estate's other modules."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from airshift.engine.facts import ModuleFacts
from airshift.estate.interpreter import Interpreter
from airshift.estate.places import Files
from airshift.estate.state import OutOfSteps
from airshift.estate.values import (
    Environment,
)


class Modules:
    """Values of the estate's other modules: each is interpreted once, and copied for each who asks."""

    KEPT = 64

    def __init__(self, load: Callable[[str], ModuleFacts | None], files: Files | None = None) -> None:
        self._load = load
        self.files = files or Files()
        self._kept: dict[str, Environment] = {}
        self._running: set[str] = set()

    def value(self, dotted: str, importer: ModuleFacts) -> Any:
        """The module-level value that a canonical dotted name stands for; None when unknown."""
        module, _, name = dotted.rpartition(".")
        summary = importer.project.find(module, importer.path)
        if summary is None or summary.path == importer.path:
            return None
        return _copied(self._environment(summary.path).get(name))

    def _environment(self, path: str) -> Environment:
        if path in self._running:
            return {}
        if path not in self._kept:
            self._kept[path] = self._interpret(path)
            while len(self._kept) > self.KEPT:
                del self._kept[next(iter(self._kept))]
        return self._kept[path]

    def _interpret(self, path: str) -> Environment:
        facts = self._load(path)
        if facts is None:
            return {}
        self._running.add(path)
        interpreter = Interpreter(facts, self)
        try:
            with suppress(OutOfSteps, RecursionError):
                interpreter.run()
        finally:
            self._running.discard(path)
        return interpreter.module


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value
