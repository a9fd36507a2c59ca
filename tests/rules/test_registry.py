"""The registry names every rule module with the triggers that the module itself states."""

from __future__ import annotations

import pytest

from airshift.rules.registry import RULES, LazyRule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_triggers_are_the_modules_own(rule: LazyRule) -> None:
    assert rule.triggers == tuple(rule.module.TRIGGERS)
    assert rule.CODES
