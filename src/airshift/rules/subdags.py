"""SubDAGs, gone since Airflow 3.0 (https://github.com/apache/airflow/pull/41390): TaskGroups where that is exact.

`SubDagOperator(subdag=make(...))` becomes `make(...)` when the estate's function `make` is one that
`airshift.engine.group_factories` knows; that function then makes a TaskGroup.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.group_factories import GroupFactory, group_factories
from airshift.engine.handed import Handing
from airshift.engine.names import ImportName
from airshift.fix.rewrites import ChangeKeyword, DropImport, Needs, ReplaceExpression, ReplaceText, Rewrite
from airshift.index import NameStatus
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.classes import derived, name_span
from airshift.rules.constructors import DAG_CLASSES, Constructor, Role, constructors
from airshift.rules.group_ids import group_id
from airshift.rules.name_uses import uses_of

CODES: tuple[str, ...] = ("AS701",)
TRIGGERS: tuple[bytes, ...] = (b"SubDag", b"DAG")
_SUBDAG = "SubDagOperator"
_GROUP = Needs("airflow.sdk", "TaskGroup")
_WITHOUT_MEANING = frozenset(
    {"task_id", "subdag", "dag", "default_args", "executor", "session", "conf", "propagate_skipped_state"}
    | {"mode", "poke_interval", "timeout", "pool", "queue", "owner", "retries", "retry_delay", "start_date"}
)
"""Arguments of the operator that a group can do without."""
_OF_GROUPS = frozenset({"set_upstream", "set_downstream"})
_UNSAFE = "the tasks run in the DAG's own run: schedule, pool and concurrency of the SubDAG no longer apply"


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield SubDagOperator calls, classes derived from it, and the functions that make SubDAGs."""
    calls = [c for c in constructors(facts) if c.role is Role.OPERATOR and is_subdag(c.qualified)]
    plans = {id(found.call): _replaced(facts, context, found) for found in calls}
    dropped = _dropped(facts, [found for found in calls if not isinstance(plans[id(found.call)], str)])
    for found in calls:
        plan = plans[id(found.call)]
        rewrites = () if isinstance(plan, str) else (plan, *dropped)
        reason = plan if isinstance(plan, str) else ""
        yield _hit(span_of(facts, found.call.func), _scaffold(facts, found, reason), rewrites)
    for node in derived(facts, is_subdag):
        yield _hit(
            name_span(facts, node), _message("with TaskGroup(...)", "what the class is called with"), ()
        )
    yield from _factories(facts, context, calls)


def is_subdag(name: str) -> bool:
    """Whether a dotted name is Airflow's SubDagOperator, whichever module it was taken from."""
    return name.startswith("airflow.") and name.rpartition(".")[2] == _SUBDAG


def _hit(span: tuple[int, int], message: str, rewrites: tuple[Rewrite, ...]) -> Hit:
    return Hit("AS701", span, message, symbol=_SUBDAG, rewrites=rewrites, unsafe=_UNSAFE if rewrites else "")


def _scaffold(facts: ModuleFacts, found: Constructor, reason: str) -> str:
    """What to write instead of one call."""
    arguments = {keyword.arg: keyword.value for keyword in found.call.keywords}
    name = literal_text(arguments.get("task_id")) or "..."
    made = arguments.get("subdag")
    inner = f"`{facts.source.segment(made.func)}`" if isinstance(made, ast.Call) else "the SubDAG"
    return _message(f'with TaskGroup("{name}") as group:', inner) + (f" ({reason})" if reason else "")


def _message(group: str, inner: str) -> str:
    return (
        f"SubDAGs are gone since Airflow 3.0. Put the tasks of {inner} into a group of the same id, `{group}`: "
        "the task ids stay `group.task`, pools and retries of the SubDAG move to the tasks."
    )


# Calls of the operator


def _replaced(facts: ModuleFacts, context: RuleContext, found: Constructor) -> Rewrite | str:
    """The call of the factory in the place of the operator, or why that is not possible."""
    arguments = {keyword.arg: keyword.value for keyword in found.call.keywords}
    made = arguments.get("subdag")
    if found.call.args or None in arguments or not isinstance(made, ast.Call):
        return "not done by a fix: the SubDAG is not made in the call"
    if arguments.keys() - _WITHOUT_MEANING:
        return "not done by a fix: the operator has arguments that a group does not take"
    if not _makes_group(facts, made) or not _has_sdk(context):
        return "not done by a fix: the function that makes it is not in reach, or does more than make one DAG"
    if not _used_as_node(facts, found.call):
        return "not done by a fix: attributes of the operator are used"
    if _in_dag(facts, found.call):
        return ReplaceExpression(found.call, facts.source.segment(made))
    return _entered(facts, found.call, made, arguments.get("dag"))


def _makes_group(facts: ModuleFacts, made: ast.Call) -> bool:
    name = facts.name_of(made.func)
    return name is not None and facts.makes_group(name)


def _has_sdk(context: RuleContext) -> bool:
    return context.index.status(_GROUP.module, _GROUP.name, context.target.version) is NameStatus.IMPORTABLE


def _used_as_node(facts: ModuleFacts, call: ast.Call) -> bool:
    """Whether nothing is read off the operator, or the variable that holds it, but what a group has too."""
    parent = facts.parents.get(id(call))
    if isinstance(parent, ast.Attribute):
        return parent.attr in _OF_GROUPS
    targets = parent.targets if isinstance(parent, ast.Assign) else []
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    uses = (use for use in facts.names.uses if use.head in names)
    return all(not use.attrs or use.attrs[0] in _OF_GROUPS for use in uses)


def _in_dag(facts: ModuleFacts, call: ast.Call) -> bool:
    """Whether a call stands in a `with` statement of a DAG, or in a function that is one."""
    node: ast.AST | None = facts.parents.get(id(call))
    while node is not None:
        if isinstance(node, ast.With) and any(_is_dag(facts, item.context_expr) for item in node.items):
            return True
        if isinstance(node, ast.FunctionDef):
            return any(_is_dag(facts, decorator) for decorator in node.decorator_list)
        node = facts.parents.get(id(node))
    return False


def _is_dag(facts: ModuleFacts, node: ast.expr) -> bool:
    made = [v for v in facts.values_of(node) if isinstance(v, ast.Call)]
    dags = {id(found.call) for found in constructors(facts) if found.role is Role.DAG}
    return id(node) in dags or any(id(call) in dags for call in made)


def _entered(facts: ModuleFacts, call: ast.Call, made: ast.Call, dag: ast.expr | None) -> Rewrite | str:
    """The statement within `with dag:`, because a group takes its DAG from there."""
    from airshift.fix.plan_imports import indentation

    statement = facts.statement_of(call)
    indent = indentation(facts, statement)
    plain = isinstance(statement, ast.Assign | ast.Expr) and statement.value is call
    if not plain or indent is None or not isinstance(dag, ast.Name):
        return "not done by a fix: the DAG that the group belongs to is not in sight"
    (start, end), (first, last) = span_of(facts, statement), span_of(facts, call)
    before, after = (facts.source.utf8[a:b].decode() for a, b in ((start, first), (last, end)))
    inner = f"{before}{facts.source.segment(made)}{after}"
    return ReplaceText(start, end, f"with {dag.id}:{facts.source.newline}{indent}    {inner}")


def _dropped(facts: ModuleFacts, replaced: list[Constructor]) -> tuple[Rewrite, ...]:
    """The imports of the operator that nothing else uses."""
    return tuple(_unused(facts, {id(found.call.func) for found in replaced}))


def _unused(facts: ModuleFacts, gone: set[int]) -> Iterator[DropImport]:
    for imported in facts.names.imports if gone else ():
        if imported.module.partition(".")[0] == "airflow" and _supplies_only(facts, imported, gone):
            yield DropImport(imported)


def _supplies_only(facts: ModuleFacts, imported: ImportName, gone: set[int]) -> bool:
    uses = uses_of(facts, imported).found
    return bool(uses) and all(id(use.node) in gone for use in uses)


# Functions that make SubDAGs


def _factories(facts: ModuleFacts, context: RuleContext, calls: list[Constructor]) -> Iterator[Hit]:
    wanted = {
        name for name, entries in facts.handed().items() if any(e.handing is Handing.SUBDAG for e in entries)
    }
    wanted |= {
        made.func.id for made in map(_made, calls) if made is not None and isinstance(made.func, ast.Name)
    }
    found = group_factories(facts.names) if wanted and _has_sdk(context) else {}
    chosen = [factory for name, factory in found.items() if name in wanted]
    replaced = {id(factory.dag.func) for factory in chosen}
    replaced |= {id(returns) for returns in map(partial(_returned, facts), chosen) if returns is not None}
    dropped = tuple(_unused(facts, replaced))
    for factory in chosen:
        rewrites = (*_grouped(facts, factory), *dropped)
        message = "The function makes a SubDAG; on Airflow 3 it has to make a TaskGroup."
        yield _hit(name_span(facts, factory.function), message, rewrites)


def _made(found: Constructor) -> ast.Call | None:
    value = next((k.value for k in found.call.keywords if k.arg == "subdag"), None)
    return value if isinstance(value, ast.Call) else None


def _grouped(facts: ModuleFacts, factory: GroupFactory) -> Iterator[Rewrite]:
    yield ReplaceExpression(factory.dag.func, "{0}", (_GROUP,))
    returns = _returned(facts, factory)
    if returns is not None:
        yield ReplaceExpression(returns, "{0}", (_GROUP,))
    for keyword in factory.dag.keywords:
        if keyword.arg == "dag_id":
            yield ChangeKeyword(factory.dag, keyword, "group_id", group_id(facts, factory.dag_id))
        elif keyword.arg != "default_args":
            yield ChangeKeyword(factory.dag, keyword, None)
    if factory.dag.args:
        yield ReplaceExpression(factory.dag_id, group_id(facts, factory.dag_id))
    for call, keyword in factory.handed:
        yield ChangeKeyword(call, keyword, "task_group")


def _returned(facts: ModuleFacts, factory: GroupFactory) -> ast.expr | None:
    """The annotation that says the function returns a DAG."""
    returns = factory.function.returns
    return returns if returns is not None and facts.names_of(returns) & DAG_CLASSES else None
