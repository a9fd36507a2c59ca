"""XCom calls that find something else, or fail, since tasks reach XComs only through the Execution API.

https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/xcoms.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.engine.names import CallSite, FunctionNode
from airshift.fix.rewrites import AddKeyword, ChangeKeyword, Rewrite
from airshift.rules.base import Hit, RuleContext, span_of
from airshift.rules.constructors import Role, constructors
from airshift.rules.context_functions import context_functions
from airshift.rules.receivers import is_task
from airshift.rules.things import Thing

CODES: tuple[str, ...] = ("AS511", "AS512", "AS513", "AS514")
TRIGGERS: tuple[bytes, ...] = (b"xcom_pull", b"xcom_push")

_PUSH_POSITIONS = ("key", "value")
_PULL_POSITIONS = ("task_ids", "dag_id", "key", "include_prior_dates")
_GONE = {"xcom_push": ("execution_date", "session"), "xcom_pull": ("session",)}


def check(facts: ModuleFacts, context: RuleContext) -> Iterator[Hit]:
    """Yield XCom calls of the task instance whose meaning or signature changed."""
    found = context_functions(facts)
    pulls: list[ast.Call] = []
    for site in facts.names.calls:
        func = site.node.func
        if not isinstance(func, ast.Attribute) or func.attr not in _GONE:
            continue
        if found.thing_of(func.value) is not Thing.TI:
            continue
        yield from _arguments(facts, site.node, func)
        if func.attr == "xcom_pull":
            pulls.append(site.node)
            yield from _pull(facts, site)
    if pulls:
        yield from _list_tests(facts, pulls)


def _arguments(facts: ModuleFacts, call: ast.Call, func: ast.Attribute) -> Iterator[Hit]:
    for keyword in call.keywords:
        if keyword.arg in _GONE[func.attr]:
            harmless = keyword.arg == "session" or _is_none(keyword.value)
            yield Hit(
                "AS514",
                span_of(facts, keyword),
                f"`{func.attr}` takes no `{keyword.arg}` on Airflow 3 and raises TypeError. Remove it"
                + ("." if harmless else "; an XCom for a later date has no replacement."),
                f"{func.attr}.{keyword.arg}",
                (ChangeKeyword(call, keyword, None),) if harmless else (),
            )
    positions = _PUSH_POSITIONS if func.attr == "xcom_push" else _PULL_POSITIONS
    if len(call.args) > len(positions) and not _has_star(call):
        surplus = call.args[len(positions)]
        name = "execution_date" if func.attr == "xcom_push" else "session"
        yield Hit(
            "AS514",
            span_of(facts, surplus),
            f"`{func.attr}` takes no `{name}` on Airflow 3 and raises TypeError. Remove the argument.",
            f"{func.attr}.{name}",
        )


def _pull(facts: ModuleFacts, site: CallSite) -> Iterator[Hit]:
    call = site.node
    if _has_star(call) or any(keyword.arg is None for keyword in call.keywords):
        return
    task_ids = _argument(call, "task_ids", 0)
    key = _argument(call, "key", 2)
    if key is not None and _is_none(key):
        yield Hit(
            "AS512",
            span_of(facts, key),
            "`key=None` asked for the latest XCom under any key; Airflow 3 rejects it. Name the key.",
            "xcom_pull.key",
        )
    if task_ids is not None and not _is_none(task_ids):
        return
    wanted = literal_text(key) if key is not None else "return_value"
    pusher = only_pusher(facts, wanted)
    if pusher is not None and _tasks_of(facts, site) == {pusher}:
        return
    rewrites: tuple[Rewrite, ...] = ()
    if pusher is not None and task_ids is None:
        rewrites = (AddKeyword(call, "task_ids", f'"{pusher}"'),)
    assert isinstance(call.func, ast.Attribute)
    yield Hit(
        "AS511",
        span_of(facts, call),
        "`xcom_pull` without `task_ids` looks only at the current task on Airflow 3 and gives None. "
        + (f'Name the task: `task_ids="{pusher}"`.' if pusher else "Name the tasks in `task_ids`."),
        "xcom_pull",
        rewrites,
        "the task is guessed from the only push under this key in the file" if rewrites else "",
    )


def _argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    if len(call.args) > position:
        return call.args[position]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _has_star(call: ast.Call) -> bool:
    return any(isinstance(argument, ast.Starred) for argument in call.args)


def only_pusher(facts: ModuleFacts, key: str | None) -> str | None:
    """The id of the one task of the file that pushes under the key, if there is exactly one."""
    if key is None or key == "return_value":
        return None
    found = context_functions(facts)
    pushers: set[str | None] = set()
    for site in facts.names.calls:
        func = site.node.func
        thing = found.thing_of(func.value) if isinstance(func, ast.Attribute) else None
        if thing not in (Thing.TI, Thing.SELF) or not _is_push(func):
            continue
        pushed = _argument(site.node, "key", 0 if thing is Thing.TI else 1)
        text = literal_text(pushed) if pushed is not None else None
        if text is None:
            return None
        if text == key:
            pushers.update(_tasks_of(facts, site) if thing is Thing.TI else {None})
    return pushers.pop() if len(pushers) == 1 else None


def _is_push(func: ast.expr) -> bool:
    return isinstance(func, ast.Attribute) and func.attr == "xcom_push"


def _tasks_of(facts: ModuleFacts, site: CallSite) -> set[str | None]:
    """Ids of the tasks that run the function around a call; None among them for one that is not known."""
    function = site.scope.function
    node = function.node if function is not None else None
    if not isinstance(node, FunctionNode):
        return {None}
    if is_task(facts, node):
        return {None if any(isinstance(item, ast.Call) for item in node.decorator_list) else node.name}
    found: set[str | None] = set()
    for constructor in constructors(facts):
        argument = constructor.argument("python_callable")
        if constructor.role is not Role.OPERATOR or argument is None:
            continue
        if facts.function_of(argument.value) is node:
            task_id = constructor.argument("task_id")
            found.add(literal_text(task_id.value) if task_id is not None else None)
    return found or {None}


def _list_tests(facts: ModuleFacts, pulls: list[ast.Call]) -> Iterator[Hit]:
    several = [call for call in pulls if isinstance(_argument(call, "task_ids", 0), ast.List | ast.Tuple)]
    if not several:
        return
    for site in facts.names.calls:
        match site.node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name() as tested, _]):
                if any(value is call for value in facts.values_of(tested) for call in several):
                    yield Hit(
                        "AS513",
                        span_of(facts, site.node),
                        "Several XComs come as a plain list on Airflow 3, no longer as a lazy sequence. "
                        "Check which branch this test takes.",
                        "xcom_pull",
                    )
