"""Read a side of the migration, from wherever it is, and write the export: the I/O around the rest of the package."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from airshift.errors import UsageError
from airshift.metadata.backends import backend_of_environment, backend_of_file
from airshift.metadata.completing import complete, refer, resolve
from airshift.metadata.document import export_document, read_export
from airshift.metadata.model import Kind, Metadata
from airshift.metadata.reading import Progress, read_metadata
from airshift.metadata.vault import SECRETS_MANAGER, joined, read_given

if TYPE_CHECKING:
    from airshift.clients.api import AirflowApi

_MWAA = "mwaa:"


def is_live(where: str) -> bool:
    """Whether a place is a running Airflow, and not a file."""
    return where.startswith(_MWAA) or "://" in where


def connected(where: str, side: str) -> AirflowApi:
    """The running Airflow at a place."""
    from airshift.clients.connecting import connect

    if not is_live(where):
        raise UsageError(f"{where!r} is no running Airflow; write mwaa:NAME or https://host")
    return connect(where, side=side)


def read_source(
    where: str,
    secrets: Sequence[str],
    kinds: Iterable[Kind],
    *,
    side: str,
    config: Path | None = None,
    refer_known: bool = False,
    resolve_places: bool = False,
    progress: Progress = lambda done, total: None,
) -> Metadata:
    """What a running Airflow or an export file holds, completed with the secrets at hand.

    `refer_known` points to Secrets Manager even for values that are known, `resolve_places` reads from there.
    """
    files = [option for option in secrets if not option.startswith(SECRETS_MANAGER)]
    given = joined([read_given(option) for option in files])
    if is_live(where):
        found = read_metadata(connected(where, side), kinds, progress=progress)
    else:
        found = _of_file(Path(where), kinds)
    metadata = complete(found, given)
    for option in secrets:
        if option.startswith(SECRETS_MANAGER):
            metadata = refer(metadata, option.removeprefix(SECRETS_MANAGER), also_known=refer_known)
    if resolve_places:
        from airshift.metadata.secrets_manager import SecretsManager

        metadata = resolve(metadata, SecretsManager().fetch)
    backend = backend_of_file(config) if config else _backend_of(where)
    return replace(metadata, backend=backend or metadata.backend)


def present_in(api: AirflowApi, wanted: Metadata) -> Metadata:
    """What the target has of the kinds that are wanted."""
    return read_metadata(api, [kind for kind in Kind if wanted.of(kind)])


def write_export(metadata: Metadata, path: Path, *, plaintext: bool) -> None:
    """Write the document; with secrets in clear, to a file that only its owner can read."""
    from airshift.atomic import write_text

    document = export_document(metadata, at=datetime.now(UTC), plaintext=plaintext)
    try:
        if plaintext:
            _make_private(path)
        write_text(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n", exact=plaintext)
    except OSError as error:
        raise UsageError(f"--out {path}: cannot be written: {error.strerror or error}") from error


def _make_private(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    path.chmod(0o600)


def _of_file(path: Path, kinds: Iterable[Kind]) -> Metadata:
    metadata, wanted = read_export(path), set(kinds)
    unread = {**metadata.unread, **{kind: "not asked for" for kind in Kind if kind not in wanted}}
    kept = tuple(entity for entity in metadata.entities if entity.kind in wanted)
    return replace(metadata, entities=kept, unread=unread)


def _backend_of(where: str) -> str:
    """The backend in the configuration of an MWAA environment, if it may be asked for it."""
    if not where.startswith(_MWAA):
        return ""
    from botocore.exceptions import BotoCoreError, ClientError

    from airshift.clients.mwaa import mwaa_client, parse_where

    name, region = parse_where(where)
    try:
        return backend_of_environment(mwaa_client(region).get_environment(Name=name))
    except (ClientError, BotoCoreError):
        return ""
