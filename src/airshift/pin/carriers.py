"""Which distributions the DAGs need, and what those no longer have."""

from __future__ import annotations

from collections.abc import Iterator, Set

from airshift.pin.decisions import Request
from airshift.pin.versions import major

_PROVIDERS = "airflow.providers."
PROVIDER = "apache-airflow-providers-"


def provider_of(module: str, known: Set[str]) -> str:
    """Return the provider distribution of an `airflow.providers` module; empty if none is known."""
    if not module.startswith(_PROVIDERS):
        return ""
    parts = module.removeprefix(_PROVIDERS).replace("_", "-").split(".")
    for length in range(min(len(parts), 4), 0, -1):
        name = PROVIDER + "-".join(parts[:length])
        if name in known:
            return name
    return ""


def needed(request: Request) -> Iterator[tuple[str, str]]:
    """Yield (distribution, one importing name) for what the DAGs need, sorted by distribution."""
    known, moved = _known(request), request.tables.moved
    found: dict[str, str] = {}
    for use in request.uses:
        carrier = provider_of(use.module, known)
        successor = moved[carrier].to[:1] if carrier in moved else (carrier,)
        for name in (*successor, *use.also):
            found.setdefault(name, use.imported)
    for module in sorted(request.scan.modules | {name.partition(":")[0] for name in request.scan.names}):
        found.setdefault(request.tables.carriers.get(module.partition(".")[0], ""), module)
    found.pop("", None)
    yield from sorted(found.items())


def gone_names(provider: str, request: Request) -> list[str]:
    """Return the names of a provider that this estate imports and the target's release lacks."""
    known = _known(request)
    gone = (use for use in request.uses if use.gone and provider_of(use.imported, known) == provider)
    return [f"{use.imported} (use {use.instead})" if use.instead else use.imported for use in gone]


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


def _known(request: Request) -> frozenset[str]:
    preinstalled = request.image.packages if request.image else {}
    return frozenset((*request.pins.versions, *request.source.versions, *preinstalled))
