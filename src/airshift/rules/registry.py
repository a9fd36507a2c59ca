"""The rules that run on every Python file, in reporting order.

A rule module is imported when its triggers first occur in a file: most files of most estates concern few rules,
and a clean file should be answered at once. A test keeps the triggers here equal to the modules' own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from airshift.records import dataclass
from airshift.rules.base import Hit, Rule, RuleContext

if TYPE_CHECKING:
    from airshift.engine.facts import ModuleFacts


@dataclass(frozen=True, slots=True)
class LazyRule:
    """A rule module by name, with the byte strings of which one must occur in a file."""

    name: str
    triggers: tuple[bytes, ...]
    alone: tuple[bytes, ...] | None = None
    """Those that make it worth reading a file that never mentions Airflow; None for all of them.

    Such a file gets Airflow's names from modules of the estate only, and is read because of those.
    """

    @property
    def TRIGGERS(self) -> tuple[bytes, ...]:  # noqa: N802
        """The rule's triggers."""
        return self.triggers

    @property
    def CODES(self) -> tuple[str, ...]:  # noqa: N802
        """The codes the rule may report."""
        return self.module.CODES

    @property
    def module(self) -> Rule:
        """The rule module itself."""
        return _module(self.name)

    def check(self, facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
        """Yield what the rule finds in a file."""
        return self.module.check(facts, context)


@cache
def _module(name: str) -> Rule:
    module: Rule = import_module(f"airshift.rules.{name}")
    return module


RULES: tuple[LazyRule, ...] = (
    LazyRule("names", (b"airflow",)),
    LazyRule("name_strings", (b"airflow.",)),
    LazyRule("moved_calls", (b"_conn_id", b"database=", b"warehouse=")),
    LazyRule(
        "library_names",
        (
            b"import imp",
            b"imp.",
            b"from imp",
            b"asyncore",
            b"asynchat",
            b"smtpd",
            b"distutils",
            b"pkg_resources",
            b"numpy",
            b"pandas",
        ),
    ),
    LazyRule("sqlalchemy2", (b"sqlalchemy", b"get_sqlalchemy_engine")),
    LazyRule(
        "keywords",
        (
            b"airflow",
            b"task_id",
            b"dag_id",
            b"schedule_interval",
            b"timetable",
            b"concurrency",
            b"fail_stop",
            b"default_view",
            b"orientation",
            b"full_filepath",
            b"provide_context",
        ),
    ),
    LazyRule("default_args", (b"task_concurrency", b"provide_context")),
    LazyRule("positional", (b"DAG", b"dag")),
    LazyRule("trigger_rules", (b"dummy", b"none_failed_or_skipped", b"DUMMY", b"NONE_FAILED_OR_SKIPPED")),
    LazyRule("asset_uris", (b"Dataset", b"Asset")),
    LazyRule("constructor_errors", (b"AirflowException",)),
    LazyRule("dag_values", (b"tags", b"default_args", b"max_active_runs", b"max_active_tasks"), alone=()),
    LazyRule("json_params", (b"params", b"Param("), alone=()),
    LazyRule(
        "service_levels",
        (b"sla", b"email"),
        alone=(b'"sla', b"'sla", b"sla=", b'"email', b"'email", b"email="),
    ),
    LazyRule("start_dates", (b"start_date", b"depends_on_past", b"wait_for_downstream")),
    LazyRule("variable_default", (b"default_var",)),
    LazyRule(
        "context",
        (
            b"execution_date",
            b"next_ds",
            b"prev_ds",
            b"tomorrow_ds",
            b"yesterday_ds",
            b"conf",
            b"triggering_dataset_events",
            b"test_mode",
            b"expanded_ti_count",
            b"let_events",
        ),
        alone=(
            b"execution_date",
            b"next_ds",
            b"prev_ds",
            b"tomorrow_ds",
            b"yesterday_ds",
            b'["conf"]',
            b"['conf']",
            b"dataset_events",
            b"test_mode",
            b"expanded_ti_count",
            b"let_events",
        ),
    ),
    LazyRule("context_effects", (b"AIRFLOW_CTX_EXECUTION_DATE", b"run_type", b"on_success_callback")),
    LazyRule("templates", (b"{{", b"{%")),
    LazyRule(
        "runtime_objects",
        (b"airflow", b"context", b"kwargs", b"task_instance", b"dag_run", b"ti."),
        alone=(
            b"task_instance",
            b"dag_run",
            b'"ti"',
            b"'ti'",
            b'"dag"',
            b"'dag'",
            b'"task"',
            b"'task'",
            b"ti.",
        ),
    ),
    LazyRule("xcom", (b"xcom_pull", b"xcom_push")),
    LazyRule(
        "metadata_db",
        (b"create_session", b"provide_session", b"airflow.settings", b"settings.", b"import settings"),
    ),
    LazyRule("metadata_models", (b"airflow", b"DagRun", b"TaskInstance", b"DagModel", b"XCom")),
    LazyRule("metadata_settings", (b"sql_alchemy_conn", b"SQL_ALCHEMY_CONN")),
    LazyRule(
        "metadata_sql",
        (
            b"airflow_db",
            b"dag_run",
            b"task_",
            b"xcom",
            b"dag_id",
            b"sla_miss",
            b"serialized_dag",
            b"dag_pickle",
            b"slot_pool",
            b"ab_user",
            b"ab_role",
            b"rendered_task",
            b"callback_request",
            b"dag_code",
            b"dag_tag",
            b"dag_warning",
            b"log_template",
            b"dagrun_dataset",
            b"dataset_dag",
            b"schedule_dataset",
            b"outlet_dataset",
        ),
    ),
    LazyRule("metadata_objects", (b"XCom", b"Variable", b"get_connection", b"DagBag", b"TaskInstance")),
    LazyRule("model_classes", (b"Variable", b"Connection"), alone=()),
    LazyRule(
        "scheduling", (b"DAG(", b"dag(", b"@dag", b".dag", b" dag as ", b"max_active_tasks", b"concurrency")
    ),
    LazyRule("data_intervals", (b"schedule",), alone=()),
    LazyRule("moving_dates", (b"start_date",), alone=()),
    LazyRule("run_ids", (b"run_id", b"TriggerDagRunOperator")),
    LazyRule("timetables", (b"imetable",)),
    LazyRule("external_dates", (b"ExternalTask",)),
    LazyRule(
        "structure",
        (b"SequentialExecutor", b"DebugExecutor", b"DaskExecutor", b"KubernetesExecutor"),
    ),
    LazyRule("parameter_values", (b"auto_remove",)),
    LazyRule("subdags", (b"SubDag", b"DAG")),
    LazyRule("plugins", (b"airflow", b"AUTH_TYPE", b"SECURITY_MANAGER_CLASS", b"dags")),
    LazyRule("listeners", (b"hookimpl",)),
    LazyRule("backends", (b"SecretsBackend", b".secrets", b"XCom", b"BaseExecutor", b"TaskHandler")),
    LazyRule(
        "policies", (b"def policy", b"get_link", b"extra_link", b"supports_lineage", b"priority_weight_total")
    ),
    LazyRule("options", (b"conf",), alone=()),
    LazyRule("stability", (b"airflow", b"Operator(", b"DAG("), alone=()),
    LazyRule("parse_time", (b"airflow",)),
    LazyRule("heavy_imports", (b"import",), alone=()),
    LazyRule("triggers", (b"Trigger",)),
    LazyRule("test_runs", (b".test(",)),
)
