"""Targets that take what people and other programs write: settings, plans, descriptions, journals, archives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date

from airshift_dev.fuzz.promises import answers, context, demand, folder
from airshift_dev.fuzz.seeds import PLAN


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
        table = tomllib.loads(raw.decode()).get("plan", {})
        if isinstance(table, dict):
            read(table, date(2026, 1, 1))


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


def wave(raw: bytes) -> None:
    """The journal of a wave says how it stands, or is refused with the reason; nothing of it gets lost by looking."""
    from airshift.wave.carrying import known_progress, opened
    from airshift.wave.plan_file import read_wave
    from airshift.wave.status import status_document, status_lines

    path, plan_file = folder() / "wave.journal", folder() / "wave-plan.json"
    if not plan_file.exists():
        plan_file.write_text(PLAN, encoding="utf-8")
    for tail in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + tail).unlink(missing_ok=True)
    path.write_bytes(raw)
    read = read_wave(plan_file, 1)
    with answers():
        known_progress(read, path)
    with answers(), opened(path) as kept:
        before = kept.waves()
        text = "\n".join(status_lines(status_document(read, kept)))
        demand("\x1b" not in text and "\0" not in text, "no control characters in what is printed")
        kept.touched(1)
        demand(kept.waves() == before, "looking changes nothing")


def archive(raw: bytes) -> None:
    """A plugins.zip is unpacked below its folder, or refused."""
    from airshift.environments.unzip import unpack

    path, inside = folder() / "plugins.zip", folder() / "in" / "plugins"
    path.write_bytes(raw)
    with answers():
        unpack(path, inside)
    outside = [file for file in (folder() / "in").rglob("*") if inside not in (file, *file.parents)]
    demand(not outside, "nothing is written outside")
