"""Green as JSON: the request, the fate of every field, advice, policies and layout."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from airshift import __version__
from airshift.environments.iam import policies
from airshift.environments.layout import layout
from airshift.environments.model import Change, Green, with_texts
from airshift.environments.strategy import Advice, advise

SCHEMA = 1


def green_document(green: Green) -> dict[str, Any]:
    """What `airshift env green --format json` prints."""
    blue = green.blue
    return {
        "schema_version": SCHEMA,
        "tool": {"name": "airshift", "version": __version__},
        "target": str(green.target),
        "blue": {"name": blue.name, "airflow": blue.version, "region": blue.region, "account": blue.account},
        "request": with_texts(green.request),
        "fill_in": [
            {"placeholder": one.placeholder, "field": one.field, "key": one.key, "blue_key": one.blue_key}
            for one in green.later
        ],
        "changes": [_change(change) for change in green.changes],
        "open": len(green.open),
        "notes": list(green.notes),
        "strategy": _advice(advise(blue.version, green.target)),
        "layout": [asdict(place) | {"bucket": green.bucket} for place in layout(green)],
        "policies": policies(green),
    }


def _change(change: Change) -> dict[str, str]:
    return asdict(change) | {"outcome": change.outcome.value}


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "recommended": advice.strategies[0].id,
        "reason": advice.reason,
        "read": advice.read,
        "sources": [{"name": name, "url": url} for name, url in advice.sources],
        "strategies": [asdict(strategy) | {"path": list(strategy.path)} for strategy in advice.strategies],
    }
