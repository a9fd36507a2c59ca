"""What `airshift env show` tells: an environment and the Airflow that runs in it, each part known or unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airshift import __version__
from airshift.clients.api import AirflowApi
from airshift.environments import airflow_facts
from airshift.environments.description import hidden_keys, without_secrets
from airshift.environments.model import OPTIONS, Blue
from airshift.environments.parts import Unknown, asked
from airshift.environments.strategy import Advice, advise
from airshift.targets import default_target

SCHEMA = 1
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Survey:
    """An environment without its secrets; `environment` is None for an Airflow that is not on MWAA."""

    where: str
    environment: Record | Unknown | None
    hidden: frozenset[str]
    """Configuration options whose values are not shown."""
    version: str | Unknown
    health: dict[str, str] | Unknown
    dags: tuple[Record, ...] | Unknown
    import_errors: tuple[Record, ...] | Unknown
    pools: tuple[Record, ...] | Unknown

    @property
    def unknown(self) -> dict[str, str]:
        """The parts that could not be read, with the reasons."""
        names = ("environment", "version", "health", "dags", "import_errors", "pools")
        return {name: part.reason for name in names if isinstance(part := getattr(self, name), Unknown)}

    @property
    def airflow(self) -> str:
        """The Airflow version; empty when nobody says it."""
        return "" if isinstance(self.version, Unknown) else self.version

    @property
    def advice(self) -> Advice | None:
        """The ways to the default target, for an environment of Airflow 2 on MWAA."""
        if self.environment is None or not self.airflow.startswith("2."):
            return None
        return advise(self.airflow, default_target())


def survey(where: str, blue: Blue | Unknown | None, api: AirflowApi) -> Survey:
    """Ask for every part; `blue` is the description by AWS, or why there is none."""
    described = without_secrets(blue.description) if isinstance(blue, Blue) else blue
    hidden = hidden_keys(blue.description, OPTIONS) if isinstance(blue, Blue) else frozenset()
    known = str(described.get("AirflowVersion") or "") if isinstance(described, dict) else ""
    major = asked(lambda: api.major)
    if isinstance(major, Unknown):
        return Survey(where, described, hidden, known or major, major, major, major, major)
    return Survey(
        where,
        described,
        hidden,
        known or asked(lambda: airflow_facts.version(api)),
        asked(lambda: airflow_facts.health(api)),
        asked(lambda: tuple(airflow_facts.dags(api))),
        asked(lambda: tuple(airflow_facts.import_errors(api))),
        asked(lambda: tuple(airflow_facts.pools(api))),
    )


def counts(dags: tuple[Record, ...]) -> dict[str, int]:
    """DAGs by what matters first; those that Airflow has not seen for a while are not counted as DAGs."""
    live = [dag for dag in dags if not dag.get("is_stale") and dag.get("is_active") is not False]
    return {
        "total": len(live),
        "paused": sum(bool(dag.get("is_paused")) for dag in live),
        "with_import_errors": sum(bool(dag.get("has_import_errors")) for dag in live),
        "stale": len(dags) - len(live),
    }


def survey_document(found: Survey) -> Record:
    """What `airshift env show --format json` prints; null stands for unknown."""
    advice = found.advice
    return {
        "schema_version": SCHEMA,
        "tool": {"name": "airshift", "version": __version__},
        "where": found.where,
        "airflow": found.airflow or None,
        "environment": _environment(found),
        "options": list(_options(found)),
        "health": _known(found.health),
        "dags": None if isinstance(found.dags, Unknown) else counts(found.dags),
        "import_errors": _known(found.import_errors),
        "pools": _known(found.pools),
        "next": None if advice is None else _next(advice),
        "unknown": [{"part": part, "reason": reason} for part, reason in found.unknown.items()],
    }


def _environment(found: Survey) -> Record | None:
    if not isinstance(found.environment, dict):
        return None
    return {name: value for name, value in sorted(found.environment.items()) if name != OPTIONS}


def _options(found: Survey) -> Iterator[Record]:
    options: Mapping[str, Any] = (
        found.environment.get(OPTIONS, {}) if isinstance(found.environment, dict) else {}
    )
    for name, value in sorted(options.items()):
        yield {"name": name, "value": None if name in found.hidden else value, "hidden": name in found.hidden}


def _next(advice: Advice) -> Record:
    return {
        "target": str(default_target()),
        "reason": advice.reason,
        "strategies": [
            {"id": one.id, "title": one.title, "path": list(one.path), "choose": one.choose}
            for one in advice.strategies
        ],
    }


def _known(part: Any) -> Any:
    return None if isinstance(part, Unknown) else part
