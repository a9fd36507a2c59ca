"""Writes docs/rules.md, docs/rules/AS*.md, cli.md, api.md and schemas.md from what they are about.

python -m airshift_dev.docs [--check]
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import groupby
from pathlib import Path
from typing import Any

import typer

from airshift import api
from airshift.catalogue import Catalogue, RuleInfo
from airshift.cli.app import app
from airshift.cli.explain import SHOWN_TARGETS
from airshift.findings import Applicability, Kind
from airshift.targets import parse_version

DOCS = Path(__file__).parents[2] / "docs"
GENERATED = "<!-- Written by `make docs`; change rules/*.toml or the command instead. -->"
FROM_CODE = "<!-- Written by `make docs` from docstrings and docs/schemas. -->"
FAMILIES = (
    "imports", "parameters", "context", "templates", "runtime", "xcom", "metadata", "scheduling",
    "structure", "stability", "tests", "around the code", "engine",
)  # fmt: skip
KINDS = {
    Kind.PARSE: "The file no longer parses: its DAGs disappear.",
    Kind.RUNTIME: "The file parses; the task fails when it runs.",
    Kind.BEHAVIOUR: "Nothing fails; something else happens than before.",
    Kind.DEPRECATION: "It works on this target and will stop working later.",
}
FIXES = {
    Applicability.SAFE: "`airshift fix` rewrites it where it can prove the rewrite.",
    Applicability.UNSAFE: "`airshift fix --unsafe-fixes` rewrites it; look at the result, the meaning may change.",
    Applicability.MANUAL: "A person has to decide.",
}
LANGUAGES = {".py": "python", ".json": "json", ".sh": "sh", ".cfg": "ini", ".env": "sh", ".yaml": "yaml"}
ON_REQUEST = frozenset({"AS601", "AS602", "AS603", "AS604"})
"""Rules whose rewrite writes a default of Airflow 2 out, which nobody wants unasked."""
WIDTH = 96
EXAMPLE = (
    "import airshift",
    "",
    'found = airshift.check("dags", target="mwaa-3.3.1")',
    "for finding in found.findings:",
    "    print(finding.place.path, finding.place.line, finding.code, finding.message)",
    "",
    'fixed = airshift.fix("dags", target="mwaa-3.3.1")  # in memory; write=True changes the files',
    "print(fixed.patch().decode())",
    "",
    'airshift.plan(".", target="mwaa-3.3.1").write("plan")',
)


def pages() -> dict[Path, str]:
    """Every generated page, by its path below docs/."""
    rules = list(Catalogue.load().rules.values())
    written = {
        Path("rules.md"): rule_index(rules),
        Path("cli.md"): command_page(),
        Path("api.md"): api_page(),
        Path("schemas.md"): schema_page(),
    }
    return written | {Path("rules") / f"{rule.code}.md": rule_page(rule) for rule in rules}


def rule_index(rules: Sequence[RuleInfo]) -> str:
    """The table of all rules by family."""
    lines = ["# Rules", "", GENERATED, ""]
    lines += ["Severity depends on the target; a dash means that the rule has nothing to say there.", ""]
    ordered = sorted(rules, key=lambda rule: (_place(rule.family), rule.family, rule.code))
    for family, members in groupby(ordered, key=lambda rule: rule.family):
        lines += [f"## {family.capitalize()}", "", *_table(members), ""]
    return "\n".join(lines)


def _place(family: str) -> int:
    return FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)


def _table(rules: Iterator[RuleInfo]) -> Iterator[str]:
    yield f"| code | what it finds | {' | '.join(SHOWN_TARGETS)} | bites | fix |"
    yield f"| --- | --- | {' | '.join('---' for _ in SHOWN_TARGETS)} | --- | --- |"
    for rule in rules:
        severities = " | ".join(_severity(rule, target) for target in SHOWN_TARGETS)
        yield (
            f"| [{rule.code}](rules/{rule.code}.md) | {_cell(rule.title)} | {severities} "
            f"| {rule.kind} | {rule.applicability} |"
        )


def _severity(rule: RuleInfo, target: str) -> str:
    severity = rule.severity(parse_version(target))
    return severity.value if severity else "-"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def rule_page(rule: RuleInfo) -> str:
    """The page of one rule: what, why, where, before and after, how to silence it."""
    lines = [f"# {rule.code}: {rule.title}", "", GENERATED, ""]
    lines += [f"`{rule.name}`, family: {rule.family}. {KINDS[rule.kind]}", ""]
    lines += ["## Why", "", " ".join(rule.why.split()), "", f"Source: <{rule.reference}>", ""]
    lines += ["## On each target", "", "| target | severity |", "| --- | --- |"]
    lines += [f"| Airflow {target} | {_severity(rule, target)} |" for target in SHOWN_TARGETS]
    lines += ["", *_example(rule), "## Fix", "", f"{_fix(rule)}{_effort(rule)}", ""]
    lines += ["## Silence", "", _silence(rule), ""]
    return "\n".join(lines)


def _example(rule: RuleInfo) -> Iterator[str]:
    yield from ("## Before", "", *_named(rule), *_code(rule, rule.before), "")
    if rule.after:
        yield from ("## After", "", *_code(rule, rule.after), "")


def _named(rule: RuleInfo) -> Iterator[str]:
    if rule.example_path != "dag.py":
        yield from (f"`{rule.example_path}`:", "")


def _code(rule: RuleInfo, text: str) -> Iterator[str]:
    path = Path(rule.example_path)
    yield f"```{LANGUAGES.get(path.suffix or path.name, 'text')}"
    yield text.strip("\n")
    yield "```"


def _fix(rule: RuleInfo) -> str:
    if rule.code in ON_REQUEST:
        return "`airshift fix --unsafe-fixes --pin-behaviour` writes down what Airflow 2 did."
    return FIXES[rule.applicability]


def _effort(rule: RuleInfo) -> str:
    return f" By hand it takes about {rule.effort} minutes." if rule.effort else ""


def _silence(rule: RuleInfo) -> str:
    if rule.silence:
        return rule.silence
    return (
        f"On a line of Python: `# airshift: ignore[{rule.code}]` or `# noqa: {rule.code}`. In a file: "
        f"`# airshift: ignore-file[{rule.code}]`. Everywhere: `--ignore {rule.code}`."
    )


def command_page() -> str:
    """The help of every command, as it is printed."""
    lines = ["# Commands", "", GENERATED, ""]
    for context in _commands("airshift", typer.main.get_command(app), None):
        lines += [f"## {context.command_path}", "", "```text", _help(context), "```", ""]
    return "\n".join(lines)


def _commands(name: str, command: Any, parent: typer.Context | None) -> Iterator[typer.Context]:
    """A command and those below it, ready to print the same help whatever the terminal."""
    context = typer.Context(
        command,
        parent=parent,
        info_name=name,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        **command.context_settings,
    )
    yield context
    for inner_name, inner in sorted(getattr(command, "commands", {}).items()):
        if not inner.hidden:
            yield from _commands(inner_name, inner, context)


def _help(context: typer.Context) -> str:
    return "\n".join(line.rstrip() for line in context.get_help().strip().splitlines())


def api_page() -> str:
    """The public functions and their results, with signatures and docstrings."""
    lines = ["# Python", "", FROM_CODE, "", *_paragraphs(api), ""]
    lines += ["```python", *EXAMPLE, "```", ""]
    names = sorted(api.__all__, key=lambda name: (name[0].isupper(), name))
    for name in names:
        lines += [f"## airshift.{name}", "", *_documented(getattr(api, name)), ""]
    return "\n".join(lines)


def _paragraphs(documented: object) -> list[str]:
    return (inspect.getdoc(documented) or "").splitlines()


def _documented(member: Any) -> Iterator[str]:
    if inspect.isfunction(member):
        yield from ("```python", *_signature(member), "```", "", *_paragraphs(member))
        return
    yield from (f"`{member.__module__}.{member.__qualname__}`", "", *_paragraphs(member), "")
    for field in dataclasses.fields(member):
        yield f"- `{field.name}`: `{field.type}`"
    for name, value in vars(member).items():
        if not name.startswith("_") and (isinstance(value, property) or inspect.isfunction(value)):
            yield f"- `{name}{'' if isinstance(value, property) else '()'}`: {_paragraphs(value)[0]}"


def _signature(function: Any) -> Iterator[str]:
    signature = inspect.signature(function)
    parameters = signature.parameters.values()
    yield f"airshift.{function.__name__}("
    yield from (_parameter(one) for one in parameters if one.kind is not inspect.Parameter.KEYWORD_ONLY)
    yield "    *,"
    yield from (_parameter(one) for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY)
    yield f") -> {signature.return_annotation}"


def _parameter(parameter: inspect.Parameter) -> str:
    default = parameter.default
    if default is inspect.Parameter.empty:
        return f"    {parameter.name}: {parameter.annotation},"
    return f"    {parameter.name}: {parameter.annotation} = {_shown(default)},"


def _shown(default: object) -> str:
    return f"{type(default).__name__}.{default.name}" if isinstance(default, Enum) else repr(default)


def schema_page() -> str:
    """The JSON schemas, with the keys at their top."""
    lines = ["# JSON schemas", "", FROM_CODE, ""]
    lines += [
        "Each is a file of [JSON Schema](https://json-schema.org/); [JSON](json.md) says what all have in common.",
        "",
    ]
    for path in sorted((DOCS / "schemas").glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        lines += [f"## {path.name.removesuffix('.schema.json')}", ""]
        lines += [
            f"[{path.name}](schemas/{path.name}): `{schema['title']}`. {schema.get('description', '')}".rstrip(),
            "",
        ]
        lines += ["| key | type | always there |", "| --- | --- | --- |"]
        lines += [_key_row(key, about, schema) for key, about in schema["properties"].items()]
        lines.append("")
    return "\n".join(lines)


def _key_row(key: str, about: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    there = "yes" if key in schema.get("required", ()) else "no"
    return f"| `{key}` | {_type(about)} | {there} |"


def _type(about: Mapping[str, Any]) -> str:
    if "const" in about:
        return f"`{json.dumps(about['const'])}`"
    if "enum" in about:
        return " or ".join(f"`{json.dumps(value)}`" for value in about["enum"])
    found = about.get("type", "any" if "$ref" not in about else "object")
    return " or ".join([found] if isinstance(found, str) else found)


def stale(folder: Path = DOCS) -> list[Path]:
    """Pages that are missing, differ, or belong to a rule that no longer exists."""
    wanted = pages()
    differing = [path for path, text in wanted.items() if _read(folder / path) != text]
    left_over = [path.relative_to(folder) for path in (folder / "rules").glob("*.md")]
    return sorted({*differing, *(path for path in left_over if path not in wanted)})


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def write(folder: Path = DOCS) -> list[Path]:
    """Bring every page up to date; return those that changed."""
    wanted = pages()
    changed = stale(folder)
    for path in changed:
        if path not in wanted:
            (folder / path).unlink()
            continue
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(wanted[path], encoding="utf-8")
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m airshift_dev.docs", description="Write the generated pages."
    )
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when a page is stale")
    options = parser.parse_args(arguments)
    changed = stale() if options.check else write()
    for path in changed:
        print(f"docs/{path.as_posix()}{' is stale; run make docs' if options.check else ''}")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
