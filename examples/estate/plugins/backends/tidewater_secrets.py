"""Connections of the self-hosted staging stack, out of files that the vault agent writes."""
import json
from pathlib import Path

from airflow.secrets import BaseSecretsBackend


class TidewaterSecretsBackend(BaseSecretsBackend):
    def __init__(self, prefix="airflow/connections", **kwargs):
        super().__init__(**kwargs)
        self.folder = Path("/vault/secrets") / prefix

    def get_conn_uri(self, conn_id):
        path = self.folder / f"{conn_id}.json"
        return json.loads(path.read_text())["uri"] if path.exists() else None

    def get_variable(self, key):
        return None
