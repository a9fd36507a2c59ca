"""`runbooks/wave-NN.md`: what to do, in order, with the exact commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from airshift.plan.bridge_code import bridge_file
from airshift.plan.commands import Side
from airshift.plan.model import Gap, Plan, Wave
from airshift.plan.policy import Policy
from airshift.plan.runbook_commands import backfills, each, mask, seeding, shell, variables
from airshift.report.markdown import code, plain
from airshift.simulate.model import Forecast, Hazard
from airshift.targets import Target


def runbook(
    plan: Plan,
    wave: Wave,
    policy: Policy,
    target: Target,
    source: Target,
    forecasts: Sequence[Forecast] = (),
) -> str:
    """The runbook of one wave, as Markdown; `forecasts` say what its unpause does."""
    return "\n".join(_Runbook(plan, wave, policy, target, source, forecasts).lines()) + "\n"


class _Runbook:
    def __init__(
        self,
        plan: Plan,
        wave: Wave,
        policy: Policy,
        target: Target,
        source: Target,
        forecasts: Sequence[Forecast],
    ) -> None:
        mwaa = target.platform == "mwaa"
        self.plan, self.wave, self.policy = plan, wave, policy
        self.target, self.source = target, source
        self.forecasts = [one for one in forecasts if one.hazards != (Hazard.NONE,)]
        self.blue = Side(policy.source_environment, "blue", third=False, mwaa=mwaa)
        self.green = Side(policy.green_environment, "green", third=True, mwaa=mwaa)
        self.members = [plan.members[one.dag_id] for one in wave.dags if one.dag_id in plan.members]
        self.gaps = {gap.dag_id: gap for gap in wave.gaps}
        self.needed = [one for one in plan.bridges if one.wave == wave.number]
        self.over = [one for one in plan.bridges if one.until == wave.number]

    def lines(self) -> Iterator[str]:
        """The whole text."""
        yield from self._head()
        yield from self._members()
        yield from self._unpause()
        yield from self._before()
        yield from self._cutover()
        yield from self._checks()
        yield from self._rollback()
        yield from self._words()

    def _head(self) -> Iterator[str]:
        wave, slot = self.wave, self.wave.cutover
        owners = sorted({owner for member in self.members for owner in member.owners})
        yield f"# {plain(wave.name)}"
        yield ""
        yield f"- Starts {wave.start:%A %Y-%m-%d %H:%M} {self.policy.timezone.key}"
        if slot is not None:
            yield f"- Cut over {slot.start:%H:%M} to {slot.end:%H:%M} ({slot.start.isoformat()})"
        yield f"- From {_named(self.blue, self.source)} to {_named(self.green, self.target)}"
        yield f"- Owners: {plain(', '.join(owners)) or 'nobody named'}"
        yield f"- {len(wave.dags)} DAGs, {wave.minutes / 60:.1f} hours of work"
        yield from (f"- Not on {plain(reason)}" for reason in wave.skipped)
        yield ""

    def _members(self) -> Iterator[str]:
        yield "## DAGs"
        yield ""
        yield "| DAG | schedule | owners | quiet around the slot | seed | why here |"
        yield "| --- | --- | --- | --- | --- | --- |"
        reasons = {one.dag_id: "; ".join(one.reasons) for one in self.wave.dags}
        for member in self.members:
            cells = (
                code(member.dag_id),
                code(member.schedule) if member.schedule else "none",
                plain(", ".join(member.owners)),
                _quiet(self.gaps.get(member.dag_id)),
                "yes" if member.history else "",
                plain(reasons[member.dag_id]),
            )
            yield "| " + " | ".join(cells) + " |"
        yield ""

    def _unpause(self) -> Iterator[str]:
        if not self.forecasts:
            return
        yield "## What the unpause does"
        yield ""
        yield "| DAG | hazard | what happens | what to do |"
        yield "| --- | --- | --- | --- |"
        for one in self.forecasts:
            hazards = ", ".join(hazard.value for hazard in one.hazards)
            cells = (code(one.dag.key), hazards, plain(one.reason), plain(one.action))
            yield "| " + " | ".join(cells) + " |"
        yield ""

    def _before(self) -> Iterator[str]:
        yield "## Before"
        yield ""
        yield f"- [ ] the wave before was watched for {self.policy.validation_days} days and is accepted"
        yield f"- [ ] all DAGs of this wave are deployed to {plain(self.green.name)} and paused"
        for bridge in self.needed:
            yield f"- [ ] {code(bridge.name)} is built from `bridges/{bridge_file(bridge)}` and deployed"
        yield ""
        yield from shell(variables(self.wave, self.members, self.green))
        yield "No import errors, every DAG known and paused; a run that is due at once (`next_dagrun_run_after` in the"
        yield "past) starts with the unpause, so it needs a seeded marker run."
        yield ""
        planned = self.green.call("GET", "/dags/$DAG")
        yield from shell(
            (
                self.green.call("GET", "/importErrors", query={"limit": 100}),
                *each(f"{planned} | jq '{{dag_id, is_paused, next_dagrun_run_after}}'"),
            )
        )

    def _cutover(self) -> Iterator[str]:
        yield "## Cut over"
        yield ""
        yield "1. Write down where blue stands; the rollback needs it."
        yield ""
        newest = self.blue.call(
            "GET", "/dags/$DAG/dagRuns", query={"order_by": "-execution_date", "limit": 1}
        )
        yield from shell(each(f'{newest} > "before-$DAG.json"'))
        yield "2. Pause on blue. Pausing freezes a run that is going on, so each DAG is paused in its gap."
        yield ""
        pause = {"is_paused": True}
        yield from shell(each(self.blue.call("PATCH", "/dags/$DAG", body=pause, query=mask(self.blue))))
        yield "3. Drain: every answer has to be 0. Otherwise unpause that DAG, let its run end, and pause it again."
        yield ""
        for state in ("running", "queued"):
            count = self.blue.call("GET", "/dags/$DAG/dagRuns", query={"state": state, "limit": 1})
            yield from shell(each(f"{count} | jq '.total_entries'"))
        yield "4. Seed a marker run for what would start at once, so that green does not repeat blue's last run."
        yield "   The interval is passed on as green computes it; without it, green can get stuck."
        yield ""
        yield from shell(seeding(self.green))
        yield from self._history()
        yield "5. Unpause on green."
        yield ""
        unpause = {"is_paused": False}
        yield from shell(each(self.green.call("PATCH", "/dags/$DAG", body=unpause, query=mask(self.green))))
        for bridge in self.over:
            yield f"6. Take down {code(bridge.name)}: both sides have moved."
        if self.over:
            yield ""

    def _history(self) -> Iterator[str]:
        late = [member.dag_id for member in self.members if member.history]
        if late:
            yield f"   These need the run before: {', '.join(map(code, late))}. Seed each with its last run on blue"
            yield "   (`before-DAG.json`), and carry over Variables and files that hold its progress."
            yield ""

    def _checks(self) -> Iterator[str]:
        yield "## Checks"
        yield ""
        yield "- [ ] the first scheduled run of every DAG succeeds on green, and none starts on blue"
        yield "- [ ] no new import errors or DAG warnings on green"
        for gap in self.wave.gaps:
            if gap.missed:
                times = ", ".join(f"{moment:%H:%M %Z}" for moment in gap.missed[:5])
                yield f"- [ ] {code(gap.dag_id)}: {len(gap.missed)} runs fall into the slot ({times}); backfill them"
        yield ""
        runs = self.green.call("GET", "/dags/$DAG/dagRuns", query={"order_by": "-run_after", "limit": 3})
        yield from shell(
            (
                *each(f"{runs} | jq '.dag_runs[] | {{dag_id, run_type, state, logical_date}}'"),
                self.green.call("GET", "/dagWarnings", query={"limit": 100}),
                *backfills(self.wave, self.green),
            )
        )

    def _rollback(self) -> Iterator[str]:
        yield "## Roll back"
        yield ""
        yield "When a run fails for a reason that is not in the data, output differs from blue, or two runs in a row"
        yield "miss their deadline:"
        yield ""
        yield "1. Pause on green, in a gap, and drain it as above."
        yield ""
        yield from shell(
            each(self.green.call("PATCH", "/dags/$DAG", body={"is_paused": True}, query=mask(self.green)))
        )
        yield "2. For every run that green completed, seed a marker run on blue with blue's logical date (the"
        yield "   start of the interval), else blue repeats it; without catchup the newest is enough."
        yield "3. Unpause on blue."
        yield ""
        back = {"is_paused": False}
        yield from shell(each(self.blue.call("PATCH", "/dags/$DAG", body=back, query=mask(self.blue))))

    def _words(self) -> Iterator[str]:
        slot = self.wave.cutover
        when = (
            f"{slot.start:%Y-%m-%d %H:%M} to {slot.end:%H:%M} {self.policy.timezone.key}" if slot else "soon"
        )
        names = ", ".join(code(one.dag_id) for one in self.wave.dags[:20])
        more = f" and {len(self.wave.dags) - 20} more" if len(self.wave.dags) > 20 else ""
        yield "## Words to send"
        yield ""
        yield f"> On {when} we move {len(self.wave.dags)} DAGs to Airflow {self.target.version}: {names}{more}."
        yield "> They pause for a few minutes; runs keep their schedule. Please do not trigger or clear them meanwhile."
        yield "> We watch them until the next wave; tell us at once when data is late, missing or doubled."


def _named(side: Side, version: Target) -> str:
    return f"{plain(side.name)} (Airflow {version.version})"


def _quiet(gap: Gap | None) -> str:
    if gap is None:
        return ""
    if not gap.fits:
        return f"none: {len(gap.missed)} runs fall into it" if gap.missed else "none: a run may be going on"
    start = f"{gap.start:%H:%M}" if gap.start else "before the window"
    end = f"{gap.end:%H:%M}" if gap.end else "after it"
    return "all the time" if gap.start is None and gap.end is None else f"{start} to {end}"
