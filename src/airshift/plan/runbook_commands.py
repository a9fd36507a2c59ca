"""The shell commands of runbooks."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from airshift.plan.commands import Side
from airshift.plan.model import Member, Wave
from airshift.report.plain import shown

EVENTS = ("asset", "none")
"""Kinds of schedules that no clock starts."""
_DUE = (
    '.next_dagrun_run_after // "9999-01-01T00:00:00Z" '
    '| sub("[.][0-9]+"; "") | sub("[+]00:00$"; "Z") | fromdateiso8601 <= now'
)
"""Whether the scheduler would start a run at once, in the language of jq."""
_MARKER = {
    "dag_run_id": "migrated__$NEXT",
    "logical_date": "$NEXT",
    "data_interval_start": "$FROM",
    "data_interval_end": "$UNTIL",
}


def variables(wave: Wave, members: Sequence[Member], green: Side) -> Iterator[str]:
    """Names for what follows: the DAGs, those that a clock starts, and the way into green."""
    yield f"DAGS=({' '.join(shlex.quote(shown(one.dag_id)) for one in wave.dags)})"
    yield f"SEED=({' '.join(shlex.quote(shown(one.dag_id)) for one in members if one.kind not in EVENTS)})"
    if green.mwaa:
        return
    yield ': "${BLUE_URL:?}" "${BLUE_LOGIN:?login:password}"'
    yield ': "${GREEN_URL:?}" "${GREEN_LOGIN:?}" "${GREEN_PASSWORD:?}"'
    yield "export GREEN_LOGIN GREEN_PASSWORD"
    login = "jq -n '{username: env.GREEN_LOGIN, password: env.GREEN_PASSWORD}'"
    post = "curl -sS --fail-with-body -H 'Content-Type: application/json' --data @-"
    yield f'GREEN_TOKEN=$({login} | {post} "$GREEN_URL/auth/token" | jq -r .access_token)'


def seeding(green: Side) -> Iterator[str]:
    """A finished run on green for every DAG that would start at once."""
    yield 'for DAG in "${SEED[@]}"; do'
    yield f"  PLANNED=$({green.call('GET', '/dags/$DAG')})"
    yield "  NEXT=$(jq -r '.next_dagrun_logical_date // empty' <<<\"$PLANNED\")"
    yield f"  jq -e '{_DUE}' <<<\"$PLANNED\" >/dev/null || continue"
    yield '  FROM=$(jq -r .next_dagrun_data_interval_start <<<"$PLANNED")'
    yield '  UNTIL=$(jq -r .next_dagrun_data_interval_end <<<"$PLANNED")'
    yield "  " + green.call("POST", "/dags/$DAG/dagRuns", body=_MARKER)
    done = green.call("PATCH", "/dags/$DAG/dagRuns/migrated__$NEXT", body={"state": "success"})
    yield "  " + done
    yield "done"


def backfills(wave: Wave, green: Side) -> Iterator[str]:
    """What green would make up for, for every DAG whose runs fall into the slot."""
    for gap in wave.gaps:
        if gap.missed:
            body = {
                "dag_id": gap.dag_id,
                "from_date": gap.missed[0].isoformat(),
                "to_date": gap.missed[-1].isoformat(),
                "reprocess_behavior": "none",
                "max_active_runs": 1,
            }
            yield green.call("POST", "/backfills/dry_run", body=body)


def mask(side: Side) -> dict[str, object]:
    """The query that limits a change of a DAG to pausing."""
    return {"update_mask": ["is_paused"] if side.mwaa else "is_paused"}


def each(command: str) -> Sequence[str]:
    """A command for every DAG of the wave."""
    return ('for DAG in "${DAGS[@]}"; do', f"  {command}", "done")


def shell(lines: Iterable[str]) -> Iterator[str]:
    """Commands as a block of Markdown."""
    yield "```bash"
    yield from lines
    yield "```"
    yield ""
