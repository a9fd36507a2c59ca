"""What is fuzzed: each target takes any bytes and may only answer as it promises.

A target raises for a broken promise; what airshift says on purpose (AirshiftError) is an answer.
"""

from __future__ import annotations

import ast
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from airshift.errors import AirshiftError, SourceError
from airshift.rules.base import RuleContext

Target = Callable[[bytes], None]


class BrokenPromise(Exception):  # noqa: N818
    """airshift did something else than it promises."""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """A target with the texts that its inputs are grown from."""

    run: Target
    seeds: Callable[[], Iterator[bytes]]


@cache
def context() -> RuleContext:
    """What rules are given."""
    from airshift.checking import rule_context
    from airshift.targets import parse_target, parse_version

    return rule_context(parse_target("mwaa-3.3.1"), parse_version("2.10.3"))


@cache
def folder() -> Path:
    """A place for files that only exist as files."""
    return Path(tempfile.mkdtemp(prefix="airshift-fuzz-"))


def demand(holds: bool, promise: str) -> None:
    """Raise BrokenPromise unless it holds."""
    if not holds:
        raise BrokenPromise(promise)


def no_internal_error(reason: str) -> None:
    """An internal error is a crash that was caught."""
    demand(not reason.startswith("internal error"), reason)


@contextmanager
def answers() -> Iterator[None]:
    """What airshift says on purpose is an answer, and never a text of many lines or with control characters."""
    try:
        yield
    except AirshiftError as error:
        demand(len(str(error)) < 4000, "an error message stays short")


# Python


def check(raw: bytes) -> None:
    """A module is judged, whatever it holds; the same bytes give the same answer."""
    from airshift.judge import check_file

    found = check_file("dags/a.py", raw, context())
    if found.problem is not None:
        no_internal_error(found.problem.reason)
    for finding in found.findings:
        place = finding.place
        demand(place.line >= 1 and place.column >= 1, "places count from 1")
        demand(
            (place.line, place.column) <= (place.end_line, place.end_column), "places end after they start"
        )


def fix(raw: bytes) -> None:
    """What is fixed still parses, and is fixed by then; what has nothing to fix stays as it is."""
    from airshift.fix.files import fix_file

    once = fix_file("dags/a.py", raw, context(), unsafe=True)
    no_internal_error(once.refused)
    if not once.changed:
        return
    try:
        ast.parse(once.after)
    except (ValueError, RecursionError, MemoryError) as error:
        raise BrokenPromise(f"the fixed file does not parse: {error}") from error
    twice = fix_file("dags/a.py", once.after, context(), unsafe=True)
    demand(twice.after == once.after, "fixing twice is fixing once")


def inventory(raw: bytes) -> None:
    """The DAGs of a module are read without running it."""
    from airshift.estate.inventory import build_inventory
    from airshift.files import EstateFile, Listing

    path = folder() / "dag.py"
    path.write_bytes(raw)
    _, problems = build_inventory(Listing(folder(), (EstateFile(path, "dag.py"),), ()), jobs=1)
    for problem in problems:
        no_internal_error(problem.reason)


# Around Python

AROUND = (
    "airflow.cfg", ".env", "Dockerfile", "startup.sh", "Makefile", "Procfile", "docker-compose.yml", "a.json",
    "main.tf", "requirements.txt", "airflow.service", ".airflowignore", "dags/a.sql", "dags/a.j2",
)  # fmt: skip


def around(raw: bytes) -> None:
    """A file around the code is judged and fixed; the first byte chooses its name."""
    from airshift.engine.template_files import TemplateReference
    from airshift.files import EstateFile
    from airshift.fix.other_files import fix_text
    from airshift.surroundings import check_other

    name, raw = AROUND[(raw[0] if raw else 0) % len(AROUND)], raw[1:]

    def judged(content: bytes) -> list[Any]:
        return check_other(name, content, context(), TemplateReference(name))

    with answers():
        fixed = fix_text(EstateFile(Path(name), name), raw, judged, [], True)
        no_internal_error(fixed.refused)
        if fixed.changed:
            again = fix_text(EstateFile(Path(name), name), fixed.after, judged, [], True)
            demand(again.after == fixed.after, f"fixing {name} twice is fixing once")


def jinja(raw: bytes) -> None:
    """A template is read and never rendered."""
    from airshift.engine.templates import parse_template

    parse_template(raw.decode("utf-8", "replace"))


def requirements(raw: bytes) -> None:
    """Every line of a requirements file gets a fate, or a reason why not."""
    from airshift.pin.document import parse_document
    from airshift.pin.fates import fates_of

    text = raw.decode("utf-8", "replace")
    lines = parse_document(text, "requirements.txt").lines
    demand("".join(line.raw for line in lines).rstrip("\n") == text.rstrip("\n"), "no text gets lost")
    path = folder() / "requirements.txt"
    path.write_bytes(raw)
    with answers():
        fates_of([("requirements.txt", path)], context().target)


# What people and other programs write


def policy(raw: bytes) -> None:
    """Settings and the policy of a plan."""
    import tomllib

    from airshift.plan.policy_table import policy as read
    from airshift.settings import load_settings

    path = folder() / "airshift.toml"
    path.write_bytes(raw)
    with answers():
        load_settings(folder(), path)
    with suppress(tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError), answers():
        read(tomllib.loads(raw.decode()).get("plan", {}), date(2026, 1, 1))


def environment(raw: bytes) -> None:
    """The description of an environment becomes a request, or is refused with the reason."""
    from airshift.environments import cdk, cloudformation, command_line, table, terraform
    from airshift.environments.mapping import define
    from airshift.environments.model import Wish
    from airshift.environments.reading import read_blue

    path = folder() / "environment.json"
    path.write_bytes(raw)
    with answers():
        green = define(read_blue(path), Wish("green", "bucket", ""), context().target)
        for render in (command_line.script, terraform.configuration, cloudformation.template, cdk.stack):
            render(green)
        list(table.lines(green))


def plan(raw: bytes) -> None:
    """A plan.json is continued and carried out, or refused with the reason."""
    from airshift.plan.document import read_state
    from airshift.wave.plan_file import read_wave

    path = folder() / "plan.json"
    path.write_bytes(raw)
    for read in (lambda: read_state(path, None), lambda: read_wave(path, 1)):
        with answers():
            read()


def exact(raw: bytes) -> None:
    """Inventories and serialized DAGs of others, baselines and verdicts of verify."""
    from airshift.baseline import read_baseline
    from airshift.estate.exact import read_exact
    from airshift.report.proof import read_proofs
    from airshift.verify.calibrate import read_outcomes

    text = raw.decode("utf-8", "replace")
    path = folder() / "exact.json"
    path.write_bytes(raw)
    readers: tuple[Callable[[], object], ...] = (
        lambda: read_exact(text, "exact.json"),
        lambda: read_baseline(text, "baseline.json"),
        lambda: read_outcomes(path),
        lambda: read_proofs(path),
    )
    for read in readers:
        with answers():
            read()


def metadata(raw: bytes) -> None:
    """Exports of pools, variables and connections, and files with secrets."""
    from airshift.metadata.document import read_export
    from airshift.metadata.vault import read_given

    for name in ("export.json", "secrets.yaml", "secrets.env"):
        path = folder() / name
        path.write_bytes(raw)
        with answers():
            read_export(path)
        with answers():
            read_given(str(path))


def journal(raw: bytes) -> None:
    """Journals that a crash, or somebody else, left."""
    from airshift.cache import Cache
    from airshift.metadata.journal import written_earlier

    path = folder() / "journal.jsonl"
    path.write_bytes(raw)
    with answers():
        written_earlier(path, "x")
    cache = Cache(folder() / "cache")
    cache.close()
    cache.path.write_bytes(raw)
    Cache(folder() / "cache").get([b"key"])


def archive(raw: bytes) -> None:
    """A plugins.zip is unpacked below its folder, or refused."""
    from airshift.environments.unzip import unpack

    path, inside = folder() / "plugins.zip", folder() / "in" / "plugins"
    path.write_bytes(raw)
    with answers():
        unpack(path, inside)
    outside = [file for file in (folder() / "in").rglob("*") if inside not in (file, *file.parents)]
    demand(not outside, "nothing is written outside")


# Seeds


def python_seeds() -> Iterator[bytes]:
    """Every rule's example, before and after."""
    for rule in context().catalogue.rules.values():
        for text in (rule.before, rule.after):
            with suppress(SourceError):
                yield text.encode()


def around_seeds() -> Iterator[bytes]:
    """A short file of each kind."""
    texts = (
        "[core]\nsql_alchemy_conn = x\ndag_concurrency = 16\n[webserver]\nsecret_key = y\n",
        "AIRFLOW__CORE__SQL_ALCHEMY_CONN=x\nexport AIRFLOW__CORE__DAG_CONCURRENCY=1\n",
        "FROM apache/airflow:2.10.3\nENV AIRFLOW__CORE__DAG_CONCURRENCY=1\nRUN airflow db init\n",
        "#!/bin/bash\nairflow db init && airflow webserver -p 80\nexport AIRFLOW__CORE__DAG_CONCURRENCY='1'\n",
        "start:\n\tairflow webserver\n",
        "web: airflow webserver\n",
        "services:\n  web:\n    command: airflow webserver\n    environment:\n      AIRFLOW__CORE__X: 1\n",
        '{"AirflowConfigurationOptions": {"core.dag_concurrency": "1"}, "Environment": {"Name": "x"}}',
        'airflow_configuration_options = {\n  "core.dag_concurrency" = 1\n}\n',
        "apache-airflow[async]==2.10.3 ; python_version < '3.12'\n-c https://x/constraints-3.11.txt\nsnowflake\n",
        "ExecStart=/usr/bin/airflow webserver\nEnvironment=AIRFLOW__CORE__DAG_CONCURRENCY=1\n",
        "*.py\n!dags/a.py\n[a-z]+\\.bak\n",
        "SELECT * FROM t WHERE d = '{{ execution_date }}' {% if next_ds %}{{ next_ds }}{% endif %}",
        "{% include 'x.sql' %}{{ macros.ds_add(ds, 1) }}{{ task_instance.execution_date }}",
    )
    for number, text in enumerate(texts):
        yield bytes([number]) + text.encode()


def _texts(*texts: str) -> Callable[[], Iterator[bytes]]:
    return lambda: (text.encode() for text in texts)


_ENVIRONMENT = {
    "Environment": {
        "Name": "blue", "AirflowVersion": "2.10.3", "EnvironmentClass": "mw1.small", "MaxWorkers": 5,
        "AirflowConfigurationOptions": {"core.dag_concurrency": "1", "secrets.backend": "x"},
        "SourceBucketArn": "arn:aws:s3:::bucket", "DagS3Path": "dags", "Tags": {"a": "b"},
        "LoggingConfiguration": {"TaskLogs": {"Enabled": True, "LogLevel": "INFO"}},
        "NetworkConfiguration": {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
    }
}  # fmt: skip
_PLAN = {
    "schema_version": 1, "target": "3.3.1", "source": "2.10.3", "blocked": [], "retire": [], "bridges": [],
    "waves": [{"number": 1, "name": "pilot", "state": "planned", "start": "2026-12-01", "cutover": None,
               "dags": [{"dag_id": "a", "reasons": ["pilot"]}]}],
}  # fmt: skip
_POLICY = """
target = "3.3.1"
[plan]
cadence = "weekly tue 10:00"
timezone = "Europe/Berlin"
start = "2026-12-01"
freeze = [{ start = "2026-12-20", end = "2027-01-06" }]
criticality = [{ match = "tier1", field = "tag", level = "critical" }]
pin = { a = 1 }
[wave]
[[environments]]
name = "blue"
paths = ["dags"]
"""
_EXACT = {
    "dags": [{"dag_id": "a", "path": "a.py", "tasks": [{"task_id": "t", "operator": "x"}], "task_edges": []}]
}
_EXPORT = {"schema_version": 1, "pools": [{"name": "p", "slots": 1}], "variables": [], "connections": []}


def zip_seeds() -> Iterator[bytes]:
    """A small archive."""
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("plugins/a.py", "x = 1\n" * 20)
        made.writestr("b.txt", "")
    yield packed.getvalue()


TARGETS: dict[str, Fuzzed] = {
    "check": Fuzzed(check, python_seeds),
    "fix": Fuzzed(fix, python_seeds),
    "inventory": Fuzzed(inventory, python_seeds),
    "around": Fuzzed(around, around_seeds),
    "jinja": Fuzzed(
        jinja, _texts("{{ ds }}", "{% for a in b %}{{ a.c(d)[e] | f }}{% endfor %}", "{% raw %}{{}}")
    ),
    "requirements": Fuzzed(
        requirements, _texts("a==1 ; python_version<'3' # x\n-r b\n", "a @ git+https://x/y\n")
    ),
    "policy": Fuzzed(policy, _texts(_POLICY)),
    "environment": Fuzzed(environment, _texts(json.dumps(_ENVIRONMENT))),
    "plan": Fuzzed(plan, _texts(json.dumps(_PLAN))),
    "exact": Fuzzed(exact, _texts(json.dumps(_EXACT), json.dumps([{"dag": _EXACT["dags"][0]}]))),
    "metadata": Fuzzed(
        metadata, _texts(json.dumps(_EXPORT), '{"a": {"conn_type": "http"}}', "a=postgres://u:p@h/d")
    ),
    "journal": Fuzzed(journal, _texts('{"kind": "pool", "name": "a", "outcome": "done", "target": "x"}\n')),
    "archive": Fuzzed(archive, zip_seeds),
}
