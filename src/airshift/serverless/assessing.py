"""Assess the DAGs of an estate for MWAA Serverless: read them, join exact facts, judge each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from airshift.estate.environments import Environments
from airshift.files import Listing
from airshift.findings import Problem
from airshift.pool import Progress
from airshift.serverless.exact import joined, read_exact_calls
from airshift.serverless.judge import judge
from airshift.serverless.model import Assessed
from airshift.serverless.reading import read_dags
from airshift.serverless.ruleset import RuleSet
from airshift.settings import Settings, load_settings
from airshift.source_version import detect_source
from airshift.targets import Target


def assess_listing(
    listing: Listing,
    rules: RuleSet,
    *,
    source: Target | None = None,
    variables: Mapping[str, str] | None = None,
    exact: Path | None = None,
    environment: str = "",
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> tuple[list[Assessed], tuple[Problem, ...]]:
    """Every DAG of a listing with its verdict; nothing of it is imported or run.

    `variables` are environment variables that the code may read, None when they are unknown; `exact` is a file
    with what Airflow itself says about the DAGs of `environment`, which `settings` name (default: the estate's).
    """
    environments = Environments((settings or load_settings(listing.root)).environments)
    calls, problems = read_dags(listing, progress, environments=environments, variables=variables)
    if exact is not None:
        calls = joined(calls, read_exact_calls(exact, environment, environments.names))
    runs_on = source or detect_source(listing)
    found = [judge(call, rules, runs_on) for call in calls]
    return found, tuple(sorted({*listing.problems, *problems}, key=lambda one: (one.path, one.line)))
