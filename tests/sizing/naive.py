"""The week, counted minute by minute with nothing clever: what the simulation is compared with."""

from __future__ import annotations

from collections.abc import Sequence

from airshift.sizing.model import Flow, Limits


def count(flows: Sequence[Flow], limits: Limits, horizon: int) -> list[int]:
    """Held worker slots in each minute."""
    runs: list[dict] = []
    levels = []
    for now in range(horizon):
        for run in runs:
            for task in run["tasks"]:
                if task["state"] == "running" and task["until"] == now:
                    task["step"] += 1
                    if task["step"] == len(task["job"].steps):
                        task["state"] = "ended"
                    else:
                        task["state"] = "paused"
                        task["until"] = now + task["job"].steps[task["step"] - 1].pause
                if task["state"] == "paused" and task["until"] == now:
                    task["state"] = "ready"
        for number, flow in enumerate(flows):
            if now in flow.ticks:
                for _ in range(flow.ticks.count(now)):
                    runs.append(_run(number, flow, now))
        for run in runs:
            if not run["started"] and _active(runs, run["number"]) < run["flow"].most_runs:
                run["started"] = True
        for run in runs:
            for task in run["tasks"]:
                before = [run["tasks"][place]["state"] for place in task["job"].after]
                if run["started"] and task["state"] == "new" and all(state == "ended" for state in before):
                    task["state"] = "ready"
        for run in sorted(runs, key=lambda run: (run["tick"], run["number"])):
            for task in run["tasks"]:
                if task["state"] == "ready" and _fits(task, run, runs, limits):
                    task["state"] = "running"
                    task["until"] = now + task["job"].steps[task["step"]].hold
        levels.append(len(_running(runs)))
    return levels


def _run(number: int, flow: Flow, now: int) -> dict:
    tasks = [{"job": job, "state": "new", "step": 0, "until": -1} for job in flow.jobs]
    return {"number": number, "flow": flow, "tick": now, "started": False, "tasks": tasks}


def _active(runs: list[dict], number: int) -> int:
    return sum(
        run["number"] == number and run["started"] and any(task["state"] != "ended" for task in run["tasks"])
        for run in runs
    )


def _running(runs: list[dict]) -> list[tuple[dict, dict]]:
    return [(run, task) for run in runs for task in run["tasks"] if task["state"] == "running"]


def _fits(task: dict, run: dict, runs: list[dict], limits: Limits) -> bool:
    running, job, flow = _running(runs), task["job"], run["flow"]
    of_dag = [(other, one) for other, one in running if other["number"] == run["number"]]
    of_run = [one for other, one in running if other is run]
    if limits.parallelism is not None and len(running) + 1 > limits.parallelism:
        return False
    if len(of_run if flow.tasks_by_run else of_dag) + 1 > flow.most_tasks:
        return False
    if job.most is not None and sum(one["job"] is job for _, one in of_dag) + 1 > job.most:
        return False
    used = sum(one["job"].slots for _, one in running if one["job"].pool == job.pool)
    return job.pool not in limits.pools or used + job.slots <= limits.pools[job.pool]
