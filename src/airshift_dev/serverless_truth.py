"""Compare `airshift serverless` with the published converter, on example DAGs of the amazon provider.

python -m airshift_dev.serverless_truth [--write]

The files are fixed for Airflow 3 first, as the converter runs them. Its own environment is built once and reused.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from airshift.atomic import write_text
from airshift.checking import rule_context
from airshift.files import list_files
from airshift.fix.estate import FixOptions, fix_listing
from airshift.serverless.assessing import assess_listing
from airshift.serverless.model import Assessed, Verdict
from airshift.serverless.printing import yaml_text
from airshift.serverless.ruleset import RuleSet, on_engine
from airshift.targets import parse_target, parse_version
from airshift.verify.interpreters import interpreter
from airshift_dev.envs import _locked, _uv, envs_folder
from airshift_dev.wheels import unpacked_wheel

CONVERTER = "python-to-yaml-dag-converter-mwaa-serverless==0.1.4"
NEWEST = "2026-11-15"
"""Nothing published later goes into the converter's environment."""
PROVIDERS = ("2.6.0", "4.1.0")
"""The amazon providers whose wheels have example DAGs made of operators alone."""
DOCUMENT = Path(__file__).parents[2] / "docs" / "serverless.md"
BEGIN = "<!-- truth: python -m airshift_dev.serverless_truth --write -->"
END = "<!-- end of truth -->"


@dataclass(frozen=True, slots=True)
class Pair:
    """One example DAG on both sides."""

    provider: str
    ours: Assessed
    written: dict[str, Any] | None
    """Our definition as it was read back from its file."""
    theirs: dict[str, Any] | None
    error: str
    """Why the converter made nothing of its file."""
    loaded: dict[str, Any] | None
    """What the converter's validator says of our definition."""

    def structure(self) -> list[str]:
        """Tasks, operators and dependencies that are not the same."""
        if self.written is None or self.theirs is None:
            return []
        ours, theirs = self.written["tasks"], self.theirs["tasks"]
        found = [f"task {name} on one side only" for name in sorted(ours.keys() ^ theirs.keys())]
        for name in sorted(ours.keys() & theirs.keys()):
            for what in ("operator", "dependencies"):
                if _plain(what, ours[name]) != _plain(what, theirs[name]):
                    found.append(
                        f"{name}: {what} {_plain(what, ours[name])}, not {_plain(what, theirs[name])}"
                    )
        if self.written["schedule"] != _none(self.theirs["schedule"]):
            found.append(f"schedule {self.written['schedule']}, not {self.theirs['schedule']}")
        return found

    def arguments(self) -> Iterator[str]:
        """Arguments of ours that the converter has not, or has with another value."""
        if self.written is None or self.theirs is None:
            return
        for name, ours in self.written["tasks"].items():
            theirs = self.theirs["tasks"].get(name, {})
            kind = ours["operator"].rpartition(".")[2]
            for argument, value in ours.items():
                if argument in ("operator", "dependencies"):
                    continue
                if argument not in theirs:
                    yield f"{kind}.{argument} = {value!r}: the converter leaves it out"
                elif _none(theirs[argument]) != value:
                    yield f"{kind}.{argument} = {value!r}: the converter has {theirs[argument]!r}"


def _plain(what: str, task: Mapping[str, Any]) -> Any:
    value = task.get(what)
    return on_engine(str(value))[0] if what == "operator" else sorted(value or ())


def _none(value: Any) -> Any:
    return None if value == "None" else value


@dataclass(slots=True)
class Truth:
    """Everything that was found."""

    pairs: list[Pair] = field(default_factory=list)
    operators: frozenset[str] = frozenset()
    """The converter's list."""
    arguments: frozenset[str] = frozenset()

    @property
    def native(self) -> list[Pair]:
        """The DAGs that a definition was written for."""
        return [pair for pair in self.pairs if pair.written is not None]


def converter_python() -> Path:
    """The interpreter of the converter's environment, built when it is missing."""
    folder = envs_folder() / f"converter-{CONVERTER.rpartition('=')[2]}"
    marker = folder / ".complete"
    python = folder / "bin" / "python"
    with _locked(folder):
        if not (marker.is_file() and marker.read_text() == NEWEST):
            shutil.rmtree(folder, ignore_errors=True)
            _uv("venv", "--quiet", "--python", interpreter("3.12") or "3.12", str(folder))
            _uv("pip", "install", "--quiet", "--python", str(python), "--exclude-newer", NEWEST, CONVERTER)
            marker.write_text(NEWEST)
    return python


def example_dags(provider: str, folder: Path) -> None:
    """Copy a provider's example DAGs to `folder` and fix them for the engine of MWAA Serverless."""
    wheel = unpacked_wheel(f"apache-airflow-providers-amazon=={provider}", envs_folder() / "wheels")
    folder.mkdir(parents=True)
    for path in sorted(next(wheel.rglob("example_dags")).glob("example_*.py")):
        shutil.copy(path, folder)
    context = rule_context(parse_target(RuleSet.load().engine.version), parse_version("2.10.3"))
    for file, fix in fix_listing(list_files([folder]), context, FixOptions(unsafe=True)):
        if not fix.refused:
            file.location.write_bytes(fix.after)


def ask_converter(work: Path) -> dict[str, Any]:
    """What the converter says about work/dags and work/definitions."""
    home, answer = work / "home", work / "answer.json"
    home.mkdir()
    settings = {
        **{name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")},
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "DO_NOT_TRACK": "1",
    }
    script = Path(__file__).with_name("serverless_worker.py")
    folders = [str(work / "dags"), str(work / "definitions"), str(answer)]
    subprocess.run(
        [str(converter_python()), str(script), *folders],
        check=True,
        env=settings,
        cwd=work,
        capture_output=True,
        timeout=240,
    )
    found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return found


def compare_all() -> Truth:
    """Both sides of every example DAG."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        found: list[tuple[str, Assessed]] = []
        for provider in PROVIDERS:
            example_dags(provider, work / "dags" / provider)
            assessed, _ = assess_listing(list_files([work / "dags" / provider]), RuleSet.load(), variables={})
            found += ((provider, one) for one in assessed)
            (work / "definitions" / provider).mkdir(parents=True)
        for provider, one in found:
            if one.definition is not None:
                path = work / "definitions" / provider / f"{one.dag.dag_id}.yaml"
                path.write_text(yaml_text(one, RuleSet.load()), encoding="utf-8")
        said = ask_converter(work)
        pairs = [_pair(provider, one, work, said) for provider, one in found]
    return Truth(pairs, frozenset(said["operators"]), frozenset(said["arguments"]) - {"operator"})


def _pair(provider: str, one: Assessed, work: Path, said: Mapping[str, Any]) -> Pair:
    path = work / "definitions" / provider / f"{one.dag.dag_id}.yaml"
    converted = said["converted"][f"{provider}/{one.dag.path}"]
    return Pair(
        provider,
        one,
        yaml.safe_load(path.read_text(encoding="utf-8"))[one.dag.dag_id] if path.is_file() else None,
        converted.get("dags", {}).get(one.dag.dag_id),
        converted.get("error", ""),
        said["validated"].get(f"{provider}/{one.dag.dag_id}"),
    )


def page(truth: Truth) -> Iterator[str]:
    """The figures and the differences as Markdown."""
    native = truth.native
    both = [pair for pair in native if pair.theirs is not None]
    yield "| | DAGs |"
    yield "| --- | ---: |"
    yield f"| example DAGs of the amazon provider ({', '.join(PROVIDERS)}), fixed for Airflow 3 | {len(truth.pairs)} |"
    for verdict in Verdict:
        yield f"| `{verdict}` | {sum(pair.ours.verdict is verdict for pair in truth.pairs)} |"
    valid = sum(pair.loaded is not None and not pair.loaded["error"] for pair in native)
    yield f"| native, and the converter's validator (dag-factory on Airflow 3.0.6) loads the definition | {valid} |"
    yield f"| native, and the converter converts its file | {len(both)} |"
    equal = sum(not pair.structure() for pair in both)
    yield f"| of these: same tasks, operators, dependencies and schedule | {equal} |"
    yield ""
    yield "Native DAGs that the converter makes nothing of:"
    yield ""
    yield from _counted(pair.error for pair in native if pair.theirs is None)
    yield ""
    yield "DAGs that the converter converts and we do not call native:"
    yield ""
    for pair in truth.pairs:
        if pair.theirs is not None and pair.written is None:
            reasons = [reason.text for reason in pair.ours.reasons if reason.leads_to is pair.ours.verdict]
            yield f"- `{pair.ours.dag.dag_id}`: {pair.ours.verdict}: {'; '.join(dict.fromkeys(reasons))}"
    yield ""
    yield "Arguments that differ where both convert (the converter also writes out every default it can reach):"
    yield ""
    yield from _counted(text for pair in both for text in pair.arguments())
    yield ""
    yield "Arguments of our definitions that its schema does not know, and that it would leave out:"
    yield ""
    yield from _counted(f"`{name}`" for pair in native for name in (pair.loaded or {}).get("unknown", ()))


def _counted(texts: Iterable[str]) -> Iterator[str]:
    texts = list(texts)
    if not texts:
        yield "- none"
    for text, count in sorted(Counter(texts).items()):
        yield f"- {text.replace('<', '&lt;')}{f' ({count})' if count > 1 else ''}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page; 1 when the structures of some DAG differ or the validator refuses a definition."""
    parser = argparse.ArgumentParser(prog="python -m airshift_dev.serverless_truth", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the page into docs/serverless.md")
    options = parser.parse_args(arguments)
    truth = compare_all()
    lines = list(page(truth))
    print("\n".join(lines))
    if options.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        before, after = text[: text.index(BEGIN)], text[text.index(END) :]
        write_text(DOCUMENT, "\n".join([before + BEGIN, *lines, after]))
    wrong = [f"{pair.ours.dag.dag_id}: {what}" for pair in truth.native for what in pair.structure()]
    wrong += [
        f"{pair.ours.dag.dag_id}: {pair.loaded}" for pair in truth.native if (pair.loaded or {}).get("error")
    ]
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
