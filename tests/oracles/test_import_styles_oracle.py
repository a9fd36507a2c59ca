"""Old names imported in every style Python knows: what `airshift fix` leaves without a finding runs on the target."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from airshift.fix.files import FileFix, fix_file
from fix.old_imports import STYLES, by_module
from oracles.interpreter import run_snippets
from rules.checking import context

pytestmark = pytest.mark.oracle
EACH = 24
"""Files a style."""
CALLED = {"_in_function": "f{0}()\n", "_nested": "C{0}().m()()\n"}
_ABSENT = re.compile(
    r"ModuleNotFoundError: No module named '(?!airflow')(?!airflow\.(?!providers))|pip install|\.so\b"
)
"""A library or a provider that the install does not have."""


def generated(style: str) -> list[str]:
    """Files that import old names in one style and use each of them; always the same ones."""
    chance = random.Random(style)
    files = []
    for number in range(EACH):
        module = chance.choice([m for m in sorted(by_module()) if ".google." not in m])
        names = chance.sample(by_module()[module], k=min(chance.randint(1, 3), len(by_module()[module])))
        statement, uses = STYLES[style](module, names, number)
        used = "".join(f"x{place} = [{use}]\n" for place, use in enumerate(uses))
        files.append(f"{statement}\n{used}{CALLED.get(style, '').format(number)}")
    return files


def converged(source: str, target: str) -> FileFix:
    once = fix_file("dag.py", source.encode(), context(target), unsafe=True)
    again = fix_file("dag.py", once.after, context(target), unsafe=True)
    assert again.after == once.after, once.after.decode()
    return once


@pytest.mark.parametrize("target", ["3.0.6", "3.3.1"])
def test_what_is_left_without_a_finding_runs(target: str, tmp_path: Path) -> None:
    sources = [source for style in STYLES for source in generated(style)]
    fixes = [converged(source, target) for source in sources]
    clean = [fix for fix in fixes if not any(finding.severity == "error" for finding in fix.left)]
    assert len(clean) > 0.5 * len(sources)
    errors = run_snippets(target, [fix.after.decode() for fix in clean], tmp_path, wide=True)
    ran = [error for error in errors if not _ABSENT.search(error)]
    failing = [
        (fix.after.decode(), e) for fix, e in zip(clean, errors, strict=True) if e and not _ABSENT.search(e)
    ]
    assert not failing
    assert len(ran) > 0.9 * len(clean)
