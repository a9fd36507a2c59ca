"""The runbook of a wave: what its DAG and its script do, for people to do by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from airshift.plan.commands import Side as Commands
from airshift.plan.runbook_commands import shell
from airshift.report.markdown import code, plain
from airshift.wave.plan_file import BridgeFile, WavePlan

Orders = tuple[list[str], list[str]]
_MARKER = {
    "dag_run_id": "migrated__$L",
    "logical_date": "$L",
    "data_interval_start": "$L",
    "data_interval_end": "$END",
    "run_after": "$AFTER",
}


def runbook_lines(
    wave: WavePlan,
    groups: Sequence[Orders],
    moving: Sequence[str],
    sides: tuple[Commands, Commands],
    labels: tuple[str, str],
    margin: int,
) -> Iterator[str]:
    """The whole text; groups are given by the orders in which their DAGs are paused and unpaused."""
    blue, green = map(plain, labels)
    yield f"# Wave {wave.number}: {plain(wave.name)}"
    yield ""
    yield f"- {len(wave.dags)} DAGs move from {blue} (Airflow {wave.source.version})"
    yield f"- to {green} (Airflow {wave.target.version})"
    yield f"- in {len(groups)} groups: its DAGs are all drained on blue before one is unpaused on green"
    yield ""
    yield "**At no time is a DAG unpaused on both sides.** Before each unpause, look at the other side: it has to say"
    yield "`is_paused: true`, without active runs."
    yield ""
    yield from _before(wave, sides[1])
    for number, orders in enumerate(groups, 1):
        yield from _group(number, orders, moving, *sides, margin)
    yield from _after(wave, groups, *sides)


def _before(wave: WavePlan, green: Commands) -> Iterator[str]:
    yield "## Before"
    yield ""
    yield "- [ ] all DAGs are deployed to green, paused, and parsed there without import errors"
    yield from (f"- [ ] {_bridge(one)} is deployed" for one in wave.needed)
    yield ""
    yield from shell((green.call("GET", "/importErrors", query={"limit": 100}),))


def _group(
    number: int, orders: Orders, moving: Sequence[str], blue: Commands, green: Commands, margin: int
) -> Iterator[str]:
    pausing, unpausing = orders
    yield f"## Group {number}: {', '.join(map(code, pausing))}"
    yield ""
    yield f"- [ ] Wait for a gap: no active runs on blue, and nothing due within {margin} seconds"
    yield "      (`next_dagrun_create_after`)."
    yield ""
    yield from shell(
        line for name in pausing for line in (blue.call("GET", f"/dags/{name}"), _active(blue, name))
    )
    yield "- [ ] Pause on blue, one after the other. After ten seconds each has to have no active run; one that has is"
    yield "      frozen: unpause it (green is paused), let the run end, and begin again with that DAG."
    yield ""
    yield from shell(
        line for name in pausing for line in (_set(blue, name, paused=True), "sleep 10", _active(blue, name))
    )
    yield "- [ ] Seed: when `next_dagrun_run_after` on green is in the past and not after blue's last scheduled run,"
    yield "      mark that run as done, with green's exact dates (L, END: `next_dagrun_data_interval_start`,"
    yield "      `..._end`; AFTER: `next_dagrun_run_after`). Several such runs: set a start_date on green instead."
    yield ""
    for name in [pausing[-1], *pausing[:-1]]:
        yield from shell(_seed(blue, green, name))
        if name in moving:
            yield f"      {code(name)}: its period starts anew on green unless its timetable is pinned there."
            yield ""
    yield "- [ ] Unpause on green; blue has to be paused and without active runs."
    yield ""
    yield from shell(line for name in unpausing for line in _guarded(green, blue, name))


def _after(wave: WavePlan, groups: Sequence[Orders], blue: Commands, green: Commands) -> Iterator[str]:
    yield "## After"
    yield ""
    yield "- [ ] the first scheduled run of every DAG is a success on green, and none starts on blue"
    yield from (f"- [ ] {_bridge(one)} is taken down" for one in wave.over)
    yield ""
    yield "## Roll back"
    yield ""
    yield "Group by group: pause on green in a gap, sources first, and see that no run is active there. For each run"
    yield "that green completed, seed a marker run on blue with blue's dates (`next_dagrun_data_interval_start`,"
    yield "`..._end`). Unpause on blue."
    yield ""
    for pausing, unpausing in groups:
        yield from shell(
            [
                *(
                    line
                    for name in pausing
                    for line in (_set(green, name, paused=True), _active(green, name))
                ),
                *(line for name in unpausing for line in _guarded(blue, green, name)),
            ]
        )


def _bridge(one: BridgeFile) -> str:
    return f"{code(one.name)} (`{one.file}`, on {one.where.value})"


def _active(side: Commands, name: str) -> str:
    body = {"dag_ids": [name], "states": ["queued", "running"]}
    return side.call("POST", "/dags/~/dagRuns/list", body=body) + " | jq '.dag_runs | length'"


def _set(side: Commands, name: str, *, paused: bool) -> str:
    query: dict[str, Any] = {"update_mask": ["is_paused"] if side.mwaa else "is_paused"}
    return side.call("PATCH", f"/dags/{name}", body={"is_paused": paused}, query=query)


def _guarded(side: Commands, other: Commands, name: str) -> Iterator[str]:
    """An unpause after a look at the other side."""
    yield f"{other.call('GET', f'/dags/{name}')} | jq -e .is_paused &&"
    yield f'  [ "$({_active(other, name)})" = 0 ] &&'
    yield f"  {_set(side, name, paused=False)}"


def _seed(blue: Commands, green: Commands, name: str) -> Iterator[str]:
    newest = {"order_by": "-execution_date", "limit": 100}
    scheduled = "jq '[.dag_runs[] | select(.run_type == \"scheduled\")][0].data_interval_end'"
    yield f"{blue.call('GET', f'/dags/{name}/dagRuns', query=newest)} | {scheduled}"
    yield f"{green.call('GET', f'/dags/{name}')} | jq 'with_entries(select(.key | startswith(\"next_dagrun\")))'"
    yield "L= END= AFTER="
    yield green.call("POST", f"/dags/{name}/dagRuns", body=_MARKER)
    yield green.call("PATCH", f"/dags/{name}/dagRuns/migrated__$L", body={"state": "success"})
