"""What findings about names say, which code they carry, and what the rewritten code needs installed."""

from __future__ import annotations

from functools import lru_cache

from airshift.index import Index, NameStatus
from airshift.rules.base import RuleContext
from airshift.rules.move_rows import Home
from airshift.rules.moves import Move

GONE, MOVED, TO_PROVIDER, LEGACY, DEPRECATED = "AS101", "AS102", "AS103", "AS104", "AS105"
PROVIDER, FALLBACK, STRING, STAR, PLUGIN = "AS106", "AS107", "AS108", "AS109", "AS110"

_PLUGIN_PARENTS = [["airflow", kind] for kind in ("operators", "sensors", "hooks", "macros", "executors")]
_WORKS = (NameStatus.IMPORTABLE, NameStatus.DEPRECATED)


def code_of(context: RuleContext, status: NameStatus, module: str, name: str | None, move: Move) -> str:
    """The code for a name that is gone or deprecated on the target."""
    if status is NameStatus.DEPRECATED:
        return DEPRECATED
    if move.legacy or _is_in(module, "airflow.contrib"):
        return LEGACY
    if module.startswith("airflow.providers."):
        return PROVIDER
    if move.inline:
        return MOVED
    if move.home is not None:
        return TO_PROVIDER if move.home.module.startswith("airflow.providers.") else MOVED
    if move.note or _known(context.index, module, name, context.source.version):
        return GONE
    return PLUGIN if _is_plugin_path(context, module, name) else GONE


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _known(index: Index, module: str, name: str | None, version: str) -> bool:
    return index.status(module, name, version) in _WORKS


def first_version(context: RuleContext, module: str, name: str | None) -> str | None:
    """The first indexed version after the target that has a name."""
    later = (v for v in context.index.versions if _key(v) > context.target.release)
    return next((v for v in later if _known(context.index, module, name, v)), None)


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _is_plugin_path(context: RuleContext, module: str, name: str | None) -> bool:
    """`airflow.operators.<plugin>`: a place where Airflow 1 put the classes of plugins."""
    parts = [*module.split("."), *([name] if name else [])][:3]
    if len(parts) < 3 or parts[:2] not in _PLUGIN_PARENTS:
        return False
    parent, own = ".".join(parts[:2]), parts[2]
    return not any(_known(context.index, parent, own, version) for version in context.index.versions)


def message(
    context: RuleContext, code: str, module: str, name: str | None, move: Move, status: NameStatus
) -> str:
    """One or two sentences: what is the matter with a name, and what to do."""
    what = f"{module}.{name}" if name else module
    version = f"Airflow {context.target.version}"
    home = move.home
    first = None if home or move.note else first_version(context, module, name)
    if first is not None and status is NameStatus.MISSING:
        minor = ".".join(first.split(".")[:2])
        return f"`{what}` exists from Airflow {minor} on, not in {context.target.version}."
    if code == PLUGIN:
        return (
            f"`{what}` is not part of Airflow: plugins no longer add modules below `airflow`. "
            "Import the class from the plugin's own module."
        )
    if home is None:
        state = "is deprecated in" if status is NameStatus.DEPRECATED else "does not exist in"
        return f"`{what}` {state} {version}{_advice(move)}"
    state = "is deprecated in" if status is NameStatus.DEPRECATED else "is gone in"
    hint = "see" if move.advise else "use"
    from_ = f" ({distribution})" if (distribution := _provider(context.index, home)) else ""
    return f"`{what}` {state} {version}: {hint} `{home}`{from_}{_advice(move) if move.advise else '.'}"


def _advice(move: Move) -> str:
    note = move.note or ("its replacement takes other parameters" if move.advise else "")
    return f"; {note}." if note else "."


def _provider(index: Index, home: Home) -> str | None:
    return index.distribution(home.module) if home.module.startswith("airflow.providers.") else None


def requirements(index: Index, move: Move) -> tuple[str, ...]:
    """Requirement strings for the distributions that the replacement comes from."""
    home = move.home
    if home is None:
        return ()
    provider = home.module.startswith("airflow.providers.")
    own = requirement(index, home.module, home.name) if provider else None
    return tuple(dict.fromkeys([*([own] if own else []), *move.also]))


@lru_cache(maxsize=4096)
def requirement(index: Index, module: str, name: str | None) -> str | None:
    """`distribution>=version` with the oldest indexed release that carries the name."""
    distribution = index.distribution(module)
    if distribution is None:
        return None
    carrying = (
        index.distribution_version(distribution, version)
        for version in index.versions
        if _known(index, module, name, version)
    )
    releases = sorted((release for release in carrying if release), key=_key)
    return f"{distribution}>={releases[0]}" if releases else distribution
