"""What the names a template reads mean on the target: removed keys, gone members, pulls, run types."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from airshift.engine.templates import Template, TemplateName
from airshift.findings import Kind
from airshift.fix.rewrites import ReplaceText, Rewrite
from airshift.records import dataclass
from airshift.rules.base import Hit, RuleContext
from airshift.rules.context_keys import RemovedKey, removed_keys
from airshift.rules.members import Member, gone_members
from airshift.rules.things import OF_KEY, Thing, along

Locate = Callable[[int, int], tuple[int, int] | None]
"""Bytes of the file behind characters of the template, when they are written literally."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a template stands: its text, how to find bytes of the file, and what the DAG adds."""

    text: str
    locate: Locate
    whole: Callable[[TemplateName], tuple[int, int]]
    """Bytes to underline for a name whose own place is not known."""
    macros: frozenset[str] = frozenset()
    lenient: bool = False
    """Whether unknown names render as nothing."""
    pusher: Callable[[str], str | None] = lambda key: None
    """The one task that is known to push under a key."""


def template_hits(template: Template, setting: Setting, context: RuleContext) -> Iterator[Hit]:
    """Every finding about the names of a parsed template."""
    keys = removed_keys(context.catalogue)
    members = gone_members(context.catalogue, context.target)
    for name in template.names:
        if name.name in setting.macros:
            continue
        if name.name in keys:
            yield _removed(name, keys[name.name], setting)
        elif name.name in OF_KEY:
            yield from _members(name, OF_KEY[name.name], members, setting)
            yield from _pull(name, setting)
            yield from _run_type(name, setting)


def _place(name: TemplateName, first: int, last: int, setting: Setting) -> tuple[int, int] | None:
    """Bytes from the name or attribute `first` to `last` of a chain."""
    if len(name.spans) <= last:
        return None
    return setting.locate(name.spans[first][0], name.spans[last][1])


def _removed(name: TemplateName, key: RemovedKey, setting: Setting) -> Hit:
    place = _place(name, 0, 0, setting)
    rewrites: tuple[Rewrite, ...] = ()
    if place is not None and key.jinja:
        rewrites = (ReplaceText(*place, _in_context(name, key.jinja)),)
    return Hit(
        "AS306" if setting.lenient else "AS305",
        place or setting.whole(name),
        f"The template name `{key.name}` is gone since Airflow 3.0 and {_effect(name, setting)}. "
        f"{key.advice}",
        key.name,
        rewrites,
        key.unsafe if rewrites else "",
        kind=Kind.BEHAVIOUR if name.guarded else None,
    )


def _effect(name: TemplateName, setting: Setting) -> str:
    if name.guarded:
        return "is never defined, so the fallback is always taken"
    return "renders as nothing" if setting.lenient else "fails the task with UndefinedError"


def _in_context(name: TemplateName, jinja: str) -> str:
    """The replacing expression, in parentheses unless it stands alone."""
    if " | " not in jinja or (name.printed and not name.attrs):
        return jinja
    return f"({jinja})"


def _members(
    name: TemplateName, start: Thing, members: dict[tuple[Thing, str], Member], setting: Setting
) -> Iterator[Hit]:
    for position, step in enumerate(along(start, name.attrs), 1):
        member = members.get(step)
        if member is None:
            continue
        rewrites = _rewrites(name, position, member, setting)
        yield Hit(
            member.code,
            _place(name, position, position, setting) or setting.whole(name),
            member.message,
            member.symbol,
            rewrites,
            member.unsafe if rewrites else "",
        )


def _rewrites(name: TemplateName, position: int, member: Member, setting: Setting) -> tuple[Rewrite, ...]:
    first = 0 if member.key else position
    new = member.key or member.attribute
    if not new or len(name.spans) <= position or (member.key and position != 1):
        return ()
    end = name.spans[position][1]
    if member.is_call:
        if setting.text[end : end + 2] != "()":
            return ()
        end += 2
    place = setting.locate(name.spans[first][0], end)
    return (ReplaceText(*place, new),) if place is not None else ()


def _pull(name: TemplateName, setting: Setting) -> Iterator[Hit]:
    call = name.call
    if (
        OF_KEY[name.name] is not Thing.TI
        or name.attrs != ("xcom_pull",)
        or call is None
        or "**" in call.keywords
    ):
        return
    given = dict(zip(call.keywords, call.values, strict=False))
    place = _place(name, 0, 1, setting) or setting.whole(name)
    if given.get("key", ...) is None:
        yield Hit(
            "AS512",
            place,
            "`key=None` asked for the latest XCom under any key; Airflow 3 rejects it. Name the key.",
            "xcom_pull.key",
        )
    task_ids = call.first if call.positional else given.get("task_ids")
    if task_ids is None:
        key = given.get("key")
        pusher = setting.pusher(key) if isinstance(key, str) else None
        rewrites = _named_pusher(name, pusher, setting) if pusher and "task_ids" not in given else ()
        yield Hit(
            "AS511",
            place,
            "`xcom_pull` without `task_ids` looks only at the current task on Airflow 3 and gives None. "
            + (f"Name the task: `task_ids='{pusher}'`." if pusher else "Name the tasks in `task_ids`."),
            "xcom_pull",
            rewrites,
            "the task is guessed from the only push under this key in the file" if rewrites else "",
        )


def _named_pusher(name: TemplateName, pusher: str, setting: Setting) -> tuple[Rewrite, ...]:
    """`task_ids=` as the first argument, in the quotes that the call uses already."""
    if len(name.spans) < 2:
        return ()
    end = name.spans[1][1]
    quote = next((character for character in setting.text[end:] if character in "'\""), "")
    place = setting.locate(end, end + 1)
    if place is None or not quote or not setting.text.startswith("(", end):
        return ()
    return (ReplaceText(place[1], place[1], f"task_ids={quote}{pusher}{quote}, "),)


def _run_type(name: TemplateName, setting: Setting) -> Iterator[Hit]:
    if name.name != "dag_run" or name.attrs != ("run_type",) or not name.printed:
        return
    place = _place(name, 1, 1, setting)
    yield Hit(
        "AS308",
        place or setting.whole(name),
        "`dag_run.run_type` is an enum on Airflow 3 and prints `DagRunType.MANUAL`. Use "
        "`dag_run.run_type.value`.",
        "dag_run.run_type",
        (ReplaceText(place[1], place[1], ".value"),) if place is not None else (),
        "the text is the same as on Airflow 2 for known run types only" if place is not None else "",
    )
