"""Read single values from AWS Secrets Manager, at the moment they are needed."""

from __future__ import annotations

from typing import Any

from airshift.clients.aws import AwsError, client, translated
from airshift.metadata.vault import SECRETS_MANAGER


class SecretsManager:
    """Looks places such as `secretsmanager:airflow/connections/x` up; nothing is kept."""

    def __init__(self) -> None:
        self._client: Any = None

    def fetch(self, place: str) -> str | None:
        """The secret's text, None when there is no such secret."""
        if self._client is None:
            self._client = client("secretsmanager")
        try:
            with translated(place):
                answer = self._client.get_secret_value(SecretId=place.removeprefix(SECRETS_MANAGER))
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        text = answer.get("SecretString")
        return text if isinstance(text, str) else None
