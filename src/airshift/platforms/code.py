"""What Python code of an estate takes from its platform and does not find on MWAA."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from airshift.engine.facts import ModuleFacts, literal_text
from airshift.platforms.model import Tables
from airshift.platforms.paths import PathUse, path_uses
from airshift.profiles import Profile, profile
from airshift.rules.base import Hit, span_of
from airshift.rules.classes import attributes, derived, name_span
from airshift.rules.constructors import constructors
from airshift.rules.default_args import default_arguments

_LOCAL = ("/tmp/", "/var/tmp/")
_DOCKER_NAMES = re.compile(
    r"airflow\.providers\.docker\.operators\.\w+\.\w+Operator|airflow\.(?:decorators|sdk)\.task\.docker"
    r"|airflow\.operators\.docker_operator\.DockerOperator|docker\.(?:from_env|DockerClient|APIClient)"
)
_DOCKER_COMMAND = re.compile(
    r"(?:^|[;&|\n]\s*|sudo\s+)docker(?:-compose|\s+(?:run|exec|build|pull|compose))\b"
)
_EXECUTORS = re.compile(r"airflow\.executors\.\w+\.\w+|airflow\.executors\.\w*Executor")
_PLUGIN = frozenset({"airflow.plugins_manager.AirflowPlugin", "airflow.sdk.plugins_manager.AirflowPlugin"})
_SETTINGS = {"executor_config": "AS850", "executor": "AS850", "run_as_user": "AS860", "queue": "AS860"}
_AUTH = re.compile(
    r"AUTH_(?:TYPE|ROLES?_\w+|LDAP\w*|USER_\w+)|SECURITY_MANAGER_CLASS|CUSTOM_SECURITY_MANAGER|OAUTH_PROVIDERS"
)
_ENVIRONMENT = frozenset({"os.getenv", "os.environ.get", "os.environ.setdefault", "os.environ.pop"})


def check_code(facts: ModuleFacts, tables: Tables) -> Iterator[Hit]:
    """Yield what does not work, or works differently, on MWAA."""
    if profile(facts.path) is Profile.TEST:
        return
    yield from _tasks(facts)
    yield from _docker(facts)
    uses = list(path_uses(facts, tables.paths))
    yield from _folders(facts, uses, tables)
    yield from _handed_on(facts, uses)
    yield from _own_things(facts, tables)
    yield from _plugins(facts, tables)
    for node in derived(facts, lambda name: _EXECUTORS.fullmatch(name) is not None):
        yield Hit("AS851", name_span(facts, node), "MWAA takes no executor of one's own.", node.name)
    if PurePosixPath(facts.path).name == "webserver_config.py":
        yield from _sign_in(facts)


def _tasks(facts: ModuleFacts) -> Iterator[Hit]:
    given = [
        argument
        for found in constructors(facts)
        if found.role.makes_task
        for name in _SETTINGS
        if (argument := found.argument(name)) is not None
    ]
    for argument in [*given, *default_arguments(facts)]:
        code = _SETTINGS.get(argument.name)
        if code is not None and not _asks_for_nothing(argument.name, argument.value):
            message = _about(argument.name, argument.value)
            yield Hit(code, span_of(facts, argument.node), message, argument.name)


def _asks_for_nothing(name: str, value: ast.expr) -> bool:
    match value:
        case ast.Constant(None | ""):
            return True
        case ast.Constant("default" | "celery"):
            return name == "queue"
        case ast.Constant("CeleryExecutor"):
            return name == "executor"
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
        case _:
            return False


def _about(name: str, value: ast.expr) -> str:
    if name == "queue":
        queue = literal_text(value)
        shown = f"`{queue}`" if queue else "another queue"
        return f"MWAA has one queue: with {shown} no worker ever takes the task. Leave `queue` out."
    if name == "run_as_user":
        return "Tasks of MWAA run as one user; `run_as_user` needs sudo and fails."
    if name == "executor":
        return "MWAA runs every task on its Celery workers; leave `executor` out."
    return (
        "`executor_config` has no effect on MWAA's Celery workers: the task gets the memory and image of any "
        "other. Run what needs its own container on ECS or EKS."
    )


def _docker(facts: ModuleFacts) -> Iterator[Hit]:
    for found in constructors(facts):
        if _DOCKER_NAMES.fullmatch(found.qualified):
            yield Hit("AS855", span_of(facts, found.call.func), _without_docker(found.shown), found.qualified)
        command = found.argument("bash_command")
        text = literal_text(command.value) if command is not None else None
        if command is not None and text and _DOCKER_COMMAND.search(text):
            yield Hit("AS855", span_of(facts, command.value), _without_docker("The command"), "docker")
    for call in facts.calls:
        name = next((name for name in sorted(call.names) if name.startswith("docker.")), "")
        if _DOCKER_NAMES.fullmatch(name):
            yield Hit("AS855", span_of(facts, call.node.func), _without_docker(f"`{name}`"), name)


def _without_docker(who: str) -> str:
    return f"{who} needs a Docker daemon, which workers of MWAA have not. Start the container on ECS, EKS or Batch."


def _folders(facts: ModuleFacts, uses: list[PathUse], tables: Tables) -> Iterator[Hit]:
    for use in uses:
        prefix = next((one for one in tables.folders if use.path.startswith(one)), None)
        if prefix is None or tables.named("code", use.path) is not None:
            continue
        advice = tables.folders[prefix] or "read and write data in S3"
        yield Hit("AS852", span_of(facts, use.node), f"MWAA has no `{use.path}`; {advice}.", use.path)


def _handed_on(facts: ModuleFacts, uses: list[PathUse]) -> Iterator[Hit]:
    written: dict[str, str] = {}
    for use in uses:
        if use.writes and use.task and use.path.startswith(_LOCAL):
            written.setdefault(use.path, use.task)
    for use in uses:
        writer = written.get(use.path)
        if writer and use.task and use.task != writer and not use.writes:
            message = (
                f"`{use.path}` is written by {writer} and read by {use.task}, which may run on another worker. Hand "
                "the data over through S3."
            )
            yield Hit("AS853", span_of(facts, use.node), message, use.path)


def _own_things(facts: ModuleFacts, tables: Tables) -> Iterator[Hit]:
    for name, node in _variables(facts):
        thing = tables.named("env", name)
        if thing is not None:
            yield Hit("AS858", span_of(facts, node), f"MWAA does not set `{name}`; {thing.advice}.", name)
    texts = (node for node in facts.nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    for node in texts:
        text = str(node.value)
        thing = tables.named("code", text)
        if thing is not None and not isinstance(facts.parents.get(id(node)), ast.Expr):
            yield Hit("AS858", span_of(facts, node), f"`{text}`: {thing.advice}.", text)
    for imported in facts.names.imports:
        thing = tables.named("code", imported.module)
        if thing is not None:
            yield Hit(
                "AS858",
                span_of(facts, imported.alias),
                f"`{imported.module}`: {thing.advice}.",
                imported.module,
            )


def _variables(facts: ModuleFacts) -> Iterator[tuple[str, ast.expr]]:
    """Environment variables that are read, by name."""
    for call in facts.calls_of(*_ENVIRONMENT):
        name = literal_text(call.node.args[0]) if call.node.args else None
        if name:
            yield name, call.node.args[0]
    for node in facts.nodes:
        if isinstance(node, ast.Subscript) and "os.environ" in facts.names_of(node.value):
            name = literal_text(node.slice)
            if name:
                yield name, node.slice


def _plugins(facts: ModuleFacts, tables: Tables) -> Iterator[Hit]:
    if b"AirflowPlugin" not in facts.source.utf8:
        return
    for node in derived(facts, _PLUGIN.__contains__):
        for target, value in attributes(node):
            empty = isinstance(value, ast.List | ast.Tuple) and not value.elts
            if target.id in tables.plugin_attributes and not empty:
                message = (
                    f"`{target.id}` adds pages: what they import has to be in requirements.txt, their templates in "
                    "plugins.zip, and they stand behind the sign-in of MWAA."
                )
                yield Hit("AS857", span_of(facts, target), message, f"AirflowPlugin.{target.id}")


def _sign_in(facts: ModuleFacts) -> Iterator[Hit]:
    for name, bindings in sorted(facts.names.root.bindings.items()):
        node = bindings[0].node
        if _AUTH.fullmatch(name) and isinstance(node, ast.Name):
            yield Hit(
                "AS856",
                span_of(facts, node),
                "MWAA does not read webserver_config.py: users sign in through IAM, which gives them their role.",
                name,
            )
            return
