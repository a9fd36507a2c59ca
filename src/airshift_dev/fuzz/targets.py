"""What is fuzzed: each target takes any bytes and may only answer as it promises.

A target raises for a broken promise; what airshift says on purpose (AirshiftError) is an answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from airshift_dev.fuzz import code, documents, mutations, seeds, surrounding
from airshift_dev.fuzz.mutations import Mutation
from airshift_dev.fuzz.seeds import texts


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """A target with the texts that its inputs are grown from, and how they grow besides changes of bytes."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    mutations: tuple[Mutation, ...] = (mutations.by_words,)
    longest: int = 4096
    """Bytes of an input."""


_SYNTAX = (mutations.by_syntax, mutations.by_syntax, mutations.by_words)
_VALUES = (mutations.by_values, mutations.by_values, mutations.by_words)

TARGETS: dict[str, Fuzzed] = {
    "check": Fuzzed(code.check, seeds.python_seeds, _SYNTAX),
    "fix": Fuzzed(code.fix, seeds.python_seeds, _SYNTAX),
    "inventory": Fuzzed(code.inventory, seeds.python_seeds, _SYNTAX),
    "around": Fuzzed(surrounding.around, seeds.around_seeds),
    "jinja": Fuzzed(
        surrounding.jinja,
        partial(texts, "{{ ds }}", "{% for a in b %}{{ a.c(d)[e] | f }}{% endfor %}", "{% raw %}{{}}"),
    ),
    "requirements": Fuzzed(
        surrounding.requirements,
        partial(texts, "a==1 ; python_version<'3' # x\n-r b\n", "a @ git+https://x/y\n", "pandas[x]>=1,<3\n"),
    ),
    "policy": Fuzzed(documents.policy, partial(texts, seeds.POLICY)),
    "environment": Fuzzed(documents.environment, partial(texts, json.dumps(seeds.ENVIRONMENT)), _VALUES),
    "plan": Fuzzed(documents.plan, partial(texts, seeds.PLAN), _VALUES),
    "exact": Fuzzed(
        documents.exact,
        partial(texts, json.dumps(seeds.EXACT), json.dumps([{"dag": seeds.EXACT["dags"][0]}])),
        _VALUES,
    ),
    "metadata": Fuzzed(
        documents.metadata,
        partial(texts, json.dumps(seeds.EXPORT), '{"a": {"conn_type": "http"}}', "a=postgres://u:p@h/d"),
        _VALUES,
    ),
    "journal": Fuzzed(
        documents.journal,
        partial(texts, '{"kind": "pool", "name": "a", "outcome": "done", "target": "x"}\n'),
        _VALUES,
    ),
    "wave": Fuzzed(documents.wave, seeds.wave_seeds, (mutations.by_cells,), longest=8192),
    "archive": Fuzzed(documents.archive, seeds.zip_seeds, (mutations.by_entries,)),
}
