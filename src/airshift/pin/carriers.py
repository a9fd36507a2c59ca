"""Which distribution carries a module that the DAGs import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from airshift.pin.decisions import Request
from airshift.pin.versions import major

_PROVIDERS = "airflow.providers."
PROVIDER = "apache-airflow-providers-"


def provider_of(module: str, known: Iterable[str]) -> str:
    """Return the provider distribution of an `airflow.providers` module; empty if none is known."""
    if not module.startswith(_PROVIDERS):
        return ""
    parts = module.removeprefix(_PROVIDERS).replace("_", "-").split(".")
    names = frozenset(known)
    for length in range(min(len(parts), 4), 0, -1):
        name = PROVIDER + "-".join(parts[:length])
        if name in names:
            return name
    return ""


def carrier_of(module: str, request: Request) -> str:
    """Return the distribution that carries the module on the target; empty for the core and others."""
    preinstalled = request.image.packages if request.image else {}
    found = provider_of(module, (*request.pins.versions, *request.source.versions, *preinstalled))
    if found or module.startswith(_PROVIDERS):
        return _moved(found, request)
    table = request.tables.carriers
    prefixes = [prefix for prefix in table if _is_below(module, prefix)]
    return table[max(prefixes, key=len)] if prefixes else ""


def needed(request: Request) -> Iterator[tuple[str, str]]:
    """Yield (distribution, one importing module) for what the scan needs, sorted by distribution."""
    found: dict[str, str] = {}
    for module in sorted(request.scan.modules):
        name = carrier_of(module, request)
        if name:
            found.setdefault(name, module)
    yield from sorted(found.items())


def gone_names(provider: str, request: Request) -> list[str]:
    """Return the names of a provider that this estate imports and the target's release lacks."""
    names = frozenset((*request.pins.versions, *request.source.versions))
    found = []
    for change in request.tables.changes:
        if change.name not in request.scan.names or _numbers(change.gone_since) > request.target.release:
            continue
        if provider_of(change.name.partition(":")[0], names) == provider:
            found.append(change.name.replace(":", "."))
    return found


def jump_note(provider: str, before: str, after: str, request: Request) -> tuple[str, ...]:
    """Describe a major jump of a provider and which imported names it takes away."""
    if not provider.startswith(PROVIDER) or not before or not after:
        return ()
    old, new = major(before), major(after)
    gone = gone_names(provider, request)
    lost = (f"gone from it and imported here: {', '.join(gone)}",) if gone else ()
    if old is None or new is None or new <= old:
        return lost
    return (f"major jump from {before} to {after}", *lost)


def _moved(name: str, request: Request) -> str:
    moved = request.tables.moved.get(name)
    return moved.to[0] if moved and moved.to else name


def _is_below(module: str, prefix: str) -> bool:
    return module.startswith(prefix) and module[len(prefix) : len(prefix) + 1] in ("", ".", "_")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
