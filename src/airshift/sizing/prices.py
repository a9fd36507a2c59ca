"""Prices of environments by region and class, from a dated file; what is not in it is not known."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airshift._data import data_folder
from airshift.errors import UsageError

_PARTS = ("environment", "worker", "scheduler", "web_server")


@dataclass(frozen=True, slots=True)
class Price:
    """What a class costs an hour in a region; storage by GB and month."""

    environment: float
    worker: float
    scheduler: float
    web_server: float
    storage_gb_month: float | None


@dataclass(frozen=True, slots=True)
class Prices:
    """A price file."""

    file: str
    date: str
    currency: str
    source: str
    included: Mapping[str, int]
    """Workers, schedulers and web servers that the price of an environment covers."""
    prices: Mapping[tuple[str, str], Price]

    def of(self, region: str, environment_class: str) -> Price | None:
        """The price, None where the file has none."""
        return self.prices.get((region, environment_class))


def load_prices(file: Path | None = None) -> Prices:
    """The user's file, else rules/mwaa-prices.toml; raise UsageError that names what is wrong in it."""
    path = file or data_folder("rules") / "mwaa-prices.toml"
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path.name}: cannot be read as prices: {error}") from error
    try:
        included = {name: int(content["included"][name]) for name in ("workers", "schedulers", "web_servers")}
        prices = {(str(row["region"]), str(row["class"])): _price(row) for row in content["price"]}
        date, currency, source = (str(content[name]) for name in ("date", "currency", "source"))
        return Prices(path.name, date, currency, source, included, prices)
    except KeyError as error:
        raise UsageError(
            f"{path.name}: not a price file: {error.args[0]} is missing (see docs/size.md)"
        ) from error
    except (TypeError, ValueError) as error:
        raise UsageError(f"{path.name}: not a price file: {error} (see docs/size.md)") from error


def _price(row: Mapping[str, Any]) -> Price:
    storage = row.get("storage_gb_month")
    environment, worker, scheduler, web_server = (float(row[part]) for part in _PARTS)
    if min(environment, worker, scheduler, web_server) < 0:
        raise ValueError("a price below 0")
    return Price(environment, worker, scheduler, web_server, None if storage is None else float(storage))
