"""Connections and SQL that work on the metadata database behind the ORM's back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from airshift.catalogue import Catalogue
from airshift.engine.facts import ModuleFacts, literal_text
from airshift.findings import Severity
from airshift.profiles import Profile, profile
from airshift.records import dataclass
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.data import text_of

CODES: tuple[str, ...] = ("AS406", "AS407")
_CONNECTION = "airflow_db"
_TABLE = re.compile(
    r"\b(?:from|join|into|update|truncate(?:\s+table)?)\s+(?:only\s+)?[\"`]?([a-z_][\w.]*)", re.IGNORECASE
)
_STATEMENT = re.compile(
    r"\bselect\b.+?\bfrom\b|\bdelete\s+from\b|\binsert\s+into\b|\bupdate\s+[\w.\"]+\s+set\b|\btruncate\b|\bjoin\b.+?\bon\b",
    re.IGNORECASE | re.DOTALL,
)
_SHORTEST = len("join-on")
_WORDS = ("select", "delete", "insert", "update", "truncate", "join")
_SQL_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_SCHEMAS = frozenset({"public", "airflow", "airflow_db"})
_LOGGING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})
TRIGGERS: tuple[bytes, ...] = (
    *(b"airflow_db", b"dag_run", b"task_", b"xcom", b"dag_id", b"sla_miss", b"serialized_dag", b"dag_pickle"),
    *(b"slot_pool", b"ab_user", b"ab_role", b"rendered_task", b"callback_request", b"dag_code", b"dag_tag"),
    *(
        b"dag_warning",
        b"log_template",
        b"dagrun_dataset",
        b"dataset_dag",
        b"schedule_dataset",
        b"outlet_dataset",
    ),
)


@dataclass(frozen=True, slots=True)
class _Tables:
    certain: frozenset[str]
    likely: frozenset[str]
    gone: frozenset[str]
    columns: tuple[tuple[str, str, str], ...]


@lru_cache(maxsize=4)
def _tables(catalogue: Catalogue) -> _Tables:
    where = "rules/metadata_db.toml: "
    rows = {text_of(row, "name", where + "table"): row for row in catalogue.rows("metadata_db", "table")}
    columns = tuple(
        (
            text_of(row, "table", where + "gone_column"),
            text_of(row, "column", where + "gone_column"),
            str(row.get("now", "")),
        )
        for row in catalogue.rows("metadata_db", "gone_column")
    )
    return _Tables(
        certain=frozenset(name for name, row in rows.items() if row.get("alone")),
        likely=frozenset(rows),
        gone=frozenset(name for name, row in rows.items() if row.get("gone")),
        columns=columns,
    )


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield uses of the connection `airflow_db` and SQL on Airflow's tables."""
    bound = False
    for call in facts.calls if _CONNECTION in facts.texts else ():
        if not any(name.startswith("airflow.") for name in call.names) and not _is_hook(facts, call.names):
            continue
        for argument in (*call.node.args, *(keyword.value for keyword in call.node.keywords)):
            if literal_text(argument) == _CONNECTION:
                bound = True
                yield _connection(facts, argument)
    tables = _tables(context.catalogue)
    for string in facts.names.strings if _may_hold_sql(facts.texts) else ():
        if (
            isinstance(string.value, str)
            and len(string.value) >= _SHORTEST
            and _STATEMENT.search(string.value)
        ):
            yield from _sql(facts, string, string.value, tables, bound)


def _may_hold_sql(texts: str) -> bool:
    """Whether a word that each statement has stands in any string; letters that only fold to ours are not told."""
    lowered = texts.lower()
    return not texts.isascii() or any(word in lowered for word in _WORDS)


def _is_hook(facts: ModuleFacts, names: frozenset[str]) -> bool:
    return any(ancestor.startswith("airflow.") for name in names for ancestor in facts.ancestors(name))


def _connection(facts: ModuleFacts, node: ast.expr) -> Hit:
    return Hit(
        "AS406",
        span_of(facts, node),
        "The connection `airflow_db` needs database credentials on the workers of Airflow 3 and a schema "
        "that changes "
        "with each release; use the REST API v2 or the Task SDK, and `airflow db clean` for clean-up.",
        symbol=_CONNECTION,
        severity=Severity.INFO if profile(facts.path) is Profile.TEST else None,
    )


def _sql(facts: ModuleFacts, node: ast.Constant, text: str, tables: _Tables, bound: bool) -> Iterator[Hit]:
    named = _named_tables(text)
    sure = named & tables.certain
    evidence = bound or sure or re.search(r"\bdag_id\b", text)
    found = sorted(named & tables.likely if evidence else sure)
    if not found or _is_prose(facts, node):
        return
    lost = _lost(text, found, tables)
    severity = Severity.ERROR if lost else None
    yield Hit(
        "AS407",
        span_of(facts, node),
        _told(found, lost),
        symbol=found[0],
        severity=Severity.INFO if profile(facts.path) is Profile.TEST else severity,
    )


def _told(found: list[str], lost: list[str]) -> str:
    names = ", ".join(f"`{name}`" for name in found)
    message = f"SQL on Airflow's own table{'s' if len(found) > 1 else ''} {names}"
    message += (
        f" fails on Airflow 3: {'; '.join(lost)}"
        if lost
        else " needs the metadata database, out of reach for tasks"
    )
    return f"{message}. Use the REST API v2 or the Task SDK, and `airflow db clean` for clean-up."


def check_sql_file(text: str, context: RuleContext, *, reachable: bool) -> Iterator[Hit]:
    """Judge a file of SQL; spans are bytes of its UTF-8 text. Only one that a DAG runs can be an error."""
    tables = _tables(context.catalogue)
    text = _SQL_COMMENT.sub(_blank, text)
    named = _named_tables(text) if _STATEMENT.search(text) else frozenset[str]()
    evidence = named & tables.certain or re.search(r"\bdag_id\b", text)
    found = sorted(named & tables.likely) if evidence else []
    if not found:
        return
    lost = _lost(text, found, tables)
    first = next(m for m in _TABLE.finditer(text) if m.group(1).lower().rpartition(".")[2] in found)
    start = len(text[: first.start(1)].encode("utf-8", "surrogatepass"))
    span = (start, start + len(first.group(1).encode("utf-8", "surrogatepass")))
    yield Hit(
        "AS407",
        span,
        _told(found, lost),
        symbol=found[0],
        severity=Severity.ERROR if lost and reachable else None,
    )


def _blank(comment: re.Match[str]) -> str:
    """As many bytes of nothing, lines kept."""
    lines = (" " * len(line.encode("utf-8", "surrogatepass")) for line in comment.group().split("\n"))
    return "\n".join(lines)


def _named_tables(text: str) -> frozenset[str]:
    found: set[str] = set()
    for match in _TABLE.finditer(text):
        schema, _, name = match.group(1).lower().rpartition(".")
        if not schema or schema in _SCHEMAS:
            found.add(name)
    return frozenset(found)


def _lost(text: str, found: list[str], tables: _Tables) -> list[str]:
    lost = [f"the table `{name}` is gone" for name in found if name in tables.gone]
    seen: set[str] = set()
    for table, column, now in tables.columns:
        if table in found and column not in seen and re.search(rf"\b{column}\b", text, re.IGNORECASE):
            seen.add(column)
            lost.append(f"the column `{table}.{column}` is {f'now `{now}`' if now else 'gone'}")
    return lost


def _is_prose(facts: ModuleFacts, node: ast.Constant) -> bool:
    """A docstring, or the message of a log line."""
    parent = facts.parents.get(id(node))
    while isinstance(parent, ast.JoinedStr | ast.BinOp):
        parent = facts.parents.get(id(parent))
    if isinstance(parent, ast.Expr):
        return True
    if not isinstance(parent, ast.Call):
        return False
    function = parent.func
    if isinstance(function, ast.Name):
        return function.id == "print"
    return isinstance(function, ast.Attribute) and function.attr in _LOGGING
