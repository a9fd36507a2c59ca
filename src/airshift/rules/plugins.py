"""What AirflowPlugin classes register that Airflow 3 ignores or leaves to the FAB provider (AIP-79)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts
from airshift.profiles import Profile, profile
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.classes import attributes, derived
from airshift.rules.data import text_of

CODES: tuple[str, ...] = ("AS703", "AS704", "AS708", "AS709")
TRIGGERS: tuple[bytes, ...] = (b"airflow", b"AUTH_TYPE", b"SECURITY_MANAGER_CLASS", b"dags")
_PLUGIN = frozenset({"airflow.plugins_manager.AirflowPlugin", "airflow.sdk.plugins_manager.AirflowPlugin"})
_AUTH = frozenset({"AUTH_TYPE", "SECURITY_MANAGER_CLASS", "CUSTOM_SECURITY_MANAGER"})


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield plugin attributes, the web server's configuration and imports from the DAGs folder."""
    if b"AirflowPlugin" in facts.source.utf8:
        rows = {
            text_of(row, "name", "rules/structure.toml: plugin_attribute"): row
            for row in context.catalogue.rows("structure", "plugin_attribute")
        }
        for node in derived(facts, _PLUGIN.__contains__):
            for target, value in attributes(node):
                if target.id in rows and not _is_empty(value):
                    row = rows[target.id]
                    yield Hit(
                        str(row["code"]),
                        span_of(facts, target),
                        str(row["message"]),
                        symbol=f"AirflowPlugin.{target.id}",
                    )
    if facts.path.rpartition("/")[2] == "webserver_config.py":
        yield from _webserver(facts)
    elif profile(facts.path) is Profile.PLUGIN:
        yield from _dag_imports(facts)


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        return not value.elts
    return isinstance(value, ast.Constant) and value.value is None


def _webserver(facts: ModuleFacts) -> Iterator[Hit]:
    for name in sorted(_AUTH & facts.names.root.bindings.keys()):
        for binding in facts.names.root.bindings[name]:
            if isinstance(binding.node, ast.Name):
                yield Hit(
                    "AS708",
                    span_of(facts, binding.node),
                    "`webserver_config.py` is read by the FAB auth manager only, and Airflow 3 uses "
                    "SimpleAuthManager "
                    "by default: install apache-airflow-providers-fab and set [core] auth_manager to its "
                    "FabAuthManager.",
                    symbol=name,
                )


def _dag_imports(facts: ModuleFacts) -> Iterator[Hit]:
    for imported in facts.names.imports:
        found = facts.project.find(imported.qualified, facts.path) or facts.project.find(
            imported.module, facts.path
        )
        if not (imported.module.startswith("dags.") or (found and "dags" in found.path.split("/")[:-1])):
            continue
        where = f" ({found.path})" if found else ""
        yield Hit(
            "AS709",
            span_of(facts, imported.alias),
            f"`{imported.module}` lives in the DAGs folder{where}, which only the DAG loader of Airflow 3 "
            "puts on sys.path; move it into the plugins folder or a package.",
            symbol=imported.module,
        )
