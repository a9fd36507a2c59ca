"""Which datasets and assets are the same: by normalised URI, by name, or by the name of an alias."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from airshift.estate.values import Combined, Instance

_ASSETS = ("Dataset", "Asset")
_ALIASES = ("DatasetAlias", "AssetAlias")
_PORTS = {"postgres": 5432, "mysql": 3306}


def assets_in(value: Any) -> list[Instance]:
    """Dataset, asset and alias objects of a schedule, outlet or expression."""
    if isinstance(value, Instance):
        if _kind(value):
            return [value]
        return [found for part in value.nodes for found in assets_in(part)]
    if isinstance(value, Combined):
        return [found for part in value.parts for found in assets_in(part)]
    if isinstance(value, list | tuple | set):
        return [found for part in value for found in assets_in(part)]
    return []


def _kind(value: Instance) -> str:
    owner, _, name = value.dotted.rpartition(".")
    if name in _ASSETS or name in _ALIASES:
        return name
    return "ref" if name == "ref" and owner.rpartition(".")[2] == "Asset" else ""


def is_alias(asset: Instance) -> bool:
    """Whether an asset is named at run time only."""
    return _kind(asset) in _ALIASES


def asset_keys(asset: Instance) -> frozenset[str]:
    """What identifies an asset, e.g. `uri s3://bucket/key`; two are the same when they share one of these."""
    kind = _kind(asset)
    given = [value for value in asset.arguments if isinstance(value, str)]
    name, uri = asset.keywords.get("name"), asset.keywords.get("uri")
    if kind in _ALIASES:
        alias = name or next(iter(given), None)
        return frozenset({f"alias {alias}"} if isinstance(alias, str) else ())
    if kind == "Dataset":
        uri = uri or next(iter(given), None)
    elif kind != "ref":
        name = name or next(iter(given), None)
        uri = uri or next(iter(given[1:]), None)
        name, uri = name or uri, uri or name
    keys = {f"name {name}"} if isinstance(name, str) else set[str]()
    return frozenset(keys | ({f"uri {normalised(uri)}"} if isinstance(uri, str) else set()))


def normalised(uri: str) -> str:
    """A URI as Airflow compares it: no password, fragment or slash at the end, parameters in order."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return uri
    if not parts.scheme or "://" not in uri:
        return uri
    host = parts.netloc.rpartition("@")[2]
    if port is None and parts.scheme in _PORTS:
        host = f"{host}:{_PORTS[parts.scheme]}"
    query = urlencode(sorted(parse_qsl(parts.query)))
    return urlunsplit((parts.scheme.lower(), host, parts.path.rstrip("/") or "/", query, ""))
