"""An Airflow in memory that behaves as the real ones were seen to behave, masks, refusals and forgotten nulls included."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from airshift.clients.api import ApiError, Method

SENSITIVE = ("access_token", "api_key", "passphrase", "passwd", "password", "private_key", "secret", "token")
KEYS = {"pools": "name", "variables": "key", "connections": "connection_id", "roles": "name"}
DEFAULT = {"name": "default_pool", "slots": 128, "description": "Default pool", "include_deferred": False}
FIELDS = {
    "pools": {"name": "", "slots": 0, "description": None, "include_deferred": False},
    "variables": {"key": "", "value": "", "description": None},
    "connections": dict.fromkeys(
        ("connection_id", "conn_type", "description", "host", "login", "schema", "port", "password", "extra")
    ),
    "roles": {"name": "", "actions": []},
}


class FakeAirflow:
    """`tables` is the database; `calls` are the calls that change something; `fab` has roles in Airflow 3."""

    def __init__(
        self, version: str = "3.0.6", label: str = "mwaa:green", **tables: list[dict[str, Any]]
    ) -> None:
        self.version = version
        self.label = label
        self.major = int(version[0])
        self.tables: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in KEYS}
        self.tables["pools"]["default_pool"] = dict(DEFAULT)
        for name, records in tables.items():
            for record in records:
                self.tables[name][record[KEYS[name]]] = {**FIELDS[name], **record}
        self.fab = False
        self.calls: list[tuple[Method, str, Any]] = []
        self.interfere: Callable[[int], None] = lambda number: None

    def call(
        self,
        method: Method,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Answer as the server would."""
        if method is not Method.GET:
            self.calls.append((method, path, json.loads(json.dumps(body))))
            self.interfere(len(self.calls))
        if path == "/version":
            return {"version": self.version}
        table, _, name = path[1:].replace("../../auth/fab/v1/", "").partition("/")
        if (
            table == "roles" and self.major > 2 and not (self.fab and "/auth/fab/v1/" in path)
        ) or table not in KEYS:
            raise ApiError(f"{self.label}: {path}: status 404", status=404)
        if method is Method.GET:
            return self._one(table, unquote(name)) if name else self._page(table, query or {})
        return self._change(method, table, unquote(name), query or {}, dict(body or {}))

    def _page(self, table: str, query: Mapping[str, Any]) -> dict[str, Any]:
        records = list(self.tables[table].values())
        start = int(query["offset"])
        shown = [
            self._shown(table, record, whole=False) for record in records[start : start + int(query["limit"])]
        ]
        return {table: shown, "total_entries": len(records)}

    def _one(self, table: str, name: str) -> dict[str, Any]:
        return self._shown(table, self._existing(table, name), whole=True)

    def _existing(self, table: str, name: str) -> dict[str, Any]:
        if name not in self.tables[table]:
            raise ApiError(f"{self.label}: {table}: status 404", status=404)
        return self.tables[table][name]

    def _shown(self, table: str, record: dict[str, Any], *, whole: bool) -> dict[str, Any]:
        record = dict(record)
        if table == "connections":
            password = record.pop("password")
            extra = record.pop("extra")
            if self.major > 2 or whole:
                record["extra"] = _masked(extra)
            if self.major > 2:
                record["password"] = None if password is None else "***"
        if table == "variables" and self.major > 2:
            hidden = any(word in record["key"].lower() for word in SENSITIVE)
            record["value"] = "***" if hidden else _masked(record["value"])
        return record

    def _change(
        self, method: Method, table: str, name: str, query: Mapping[str, Any], body: dict[str, Any]
    ) -> Any:
        match method, name:
            case Method.PATCH, "" if self.major > 2:
                return self._bulk(table, body["actions"])
            case Method.PATCH, _ if name:
                self._patch(table, name, query, body)
            case Method.POST, "":
                self._post(table, body)
            case Method.DELETE, _ if name:
                self._existing(table, name)
                del self.tables[table][name]
            case _:
                raise ApiError(f"{self.label}: status 405", status=405)
        return {}

    def _patch(self, table: str, name: str, query: Mapping[str, Any], body: dict[str, Any]) -> None:
        record = self._existing(table, name)
        mask = query.get("update_mask")
        if isinstance(mask, str):
            mask = mask.split(",")
        if name == "default_pool" and not (mask and set(mask) <= {"slots", "include_deferred"}):
            raise ApiError("status 400", status=400)
        self._validate(table, {**record, **body})
        self._store(record, {key: value for key, value in body.items() if not mask or key in mask})

    def _post(self, table: str, body: dict[str, Any]) -> None:
        self._validate(table, body)
        name = body[KEYS[table]]
        if name in self.tables[table] and not (table == "variables" and self.major == 2):
            raise ApiError("status 409", status=409)
        self.tables[table][name] = dict(FIELDS[table])
        self._store(self.tables[table][name], body)

    def _bulk(self, table: str, actions: list[dict[str, Any]]) -> dict[str, Any]:
        for action in actions:
            for entity in action["entities"]:
                if action["action"] == "create":
                    self._validate(table, entity)
        answer: dict[str, Any] = {}
        for action in actions:
            part = answer.setdefault(action["action"], {"success": [], "errors": []})
            if action["action"] == "delete":
                for name in action["entities"]:
                    self.tables[table].pop(name, None)
                continue
            names = [entity[KEYS[table]] for entity in action["entities"]]
            existing = self.tables[table].keys() & set(names)
            if existing and action["action_on_existence"] == "fail":
                part["errors"].append(
                    {"error": f"{existing} already exist: INSERT INTO ...", "status_code": 409}
                )
                continue
            for entity in action["entities"]:
                record = self.tables[table].setdefault(entity[KEYS[table]], dict(FIELDS[table]))
                self._store(record, entity)
                part["success"].append(entity[KEYS[table]])
        return answer

    def _store(self, record: dict[str, Any], fields: dict[str, Any]) -> None:
        """Airflow never takes a password away."""
        record.update({key: value for key, value in fields.items() if key != "password" or value})

    def _validate(self, table: str, body: dict[str, Any]) -> None:
        if not set(body) <= set(FIELDS[table]):
            raise ApiError("status 422", status=422)
        if table == "connections" and not re.fullmatch(r"[\w.-]+", body["connection_id"]):
            raise ApiError("status 422", status=422)
        if table == "connections" and self.major > 2 and not _is_object(body["extra"]):
            raise ApiError("status 422", status=422)
        if table == "variables" and not isinstance(body["value"], str):
            raise ApiError("status 422", status=422)


def _is_object(extra: Any) -> bool:
    return extra is None or (isinstance(extra, str) and isinstance(json.loads(extra), dict))


def _masked(text: str | None) -> str | None:
    """As Airflow shows JSON: written anew, values of sensitive names hidden."""
    if text is None:
        return None
    try:
        return json.dumps(_redacted(json.loads(text), ""))
    except ValueError:
        return text


def _redacted(content: Any, name: str) -> Any:
    if isinstance(content, dict):
        return {key: _redacted(value, name if _sensitive(name) else key) for key, value in content.items()}
    if isinstance(content, list):
        return [_redacted(value, name) for value in content]
    return "***" if _sensitive(name) and isinstance(content, str) else content


def _sensitive(name: str) -> bool:
    return any(word in name.lower() for word in SENSITIVE)
