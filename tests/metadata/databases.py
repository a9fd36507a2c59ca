"""What is in an Airflow's SQLite database, decrypted with its own key: not what any API says about it."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

FIELDS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")


def dumped(home: Path) -> dict[str, Any]:
    """Pools but the default one, variables, connections, and the DAGs' pause state."""
    match = re.search(r"^fernet_key *= *(\S+)$", (home / "airflow.cfg").read_text(), re.MULTILINE)
    fernet = Fernet(match[1].encode()) if match else None

    def plain(text: str | None, encrypted: int) -> str | None:
        if not text or not encrypted:
            return text
        assert fernet, "encrypted, and no key in airflow.cfg"
        return fernet.decrypt(text.encode()).decode()

    with sqlite3.connect(f"file:{home / 'airflow.db'}?mode=ro", uri=True) as database:
        database.row_factory = sqlite3.Row
        pools = database.execute("SELECT * FROM slot_pool WHERE pool != 'default_pool'").fetchall()
        variables = database.execute("SELECT * FROM variable").fetchall()
        connections = database.execute("SELECT * FROM connection").fetchall()
        dags = database.execute("SELECT dag_id, is_paused FROM dag").fetchall()
    secret = {"password": "is_encrypted", "extra": "is_extra_encrypted"}
    return {
        "pools": {
            one["pool"]: [one["slots"], one["description"], bool(one["include_deferred"])] for one in pools
        },
        "variables": {
            one["key"]: [plain(one["val"], one["is_encrypted"]), one["description"]] for one in variables
        },
        "connections": {
            one["conn_id"]: {
                name: plain(one[name], one[secret[name]]) if name in secret else one[name] for name in FIELDS
            }
            for one in connections
        },
        "paused": {one["dag_id"]: bool(one["is_paused"]) for one in dags},
    }
