"""--select and --ignore: the longest prefix wins, and a code given to both is ignored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.errors import UsageError
from airshift.select import Selection, parse_selection

CODES = st.integers(100, 999).map(lambda number: f"AS{number}")
PREFIXES = CODES.flatmap(lambda code: st.integers(2, 5).map(lambda size: code[:size]))


@pytest.mark.parametrize(
    ("select", "ignore", "wanted", "unwanted"),
    [
        ([], [], ["AS101", "AIR301"], []),
        (["AS1"], [], ["AS101", "AS199"], ["AS201", "AIR301"]),
        ([], ["AS1"], ["AS201", "AIR301"], ["AS101"]),
        (["AS"], [], ["AS101"], ["AIR301"]),
        (["ALL"], ["AS1"], ["AS201", "AIR301"], ["AS101"]),
        (["AS1"], ["AS101"], ["AS102"], ["AS101", "AS201"]),
        (["AS101"], ["AS1"], ["AS101"], ["AS102"]),
        (["AS101"], ["AS101"], [], ["AS101"]),
        (["ALL"], ["ALL"], [], ["AS101"]),
        (["AS101"], ["ALL"], ["AS101"], ["AS102"]),
        (["as1, as201"], [], ["AS101", "AS201"], ["AS202"]),
        (["AS1", "AS2"], [], ["AS101", "AS201"], ["AS301"]),
        (["", " , "], [], ["AS101"], []),
    ],
)
def test_what_is_wanted(select: list[str], ignore: list[str], wanted: list[str], unwanted: list[str]) -> None:
    selection = parse_selection(select, ignore)
    assert [code for code in wanted if not selection.wants(code)] == []
    assert [code for code in unwanted if selection.wants(code)] == []


@pytest.mark.parametrize("text", ["E501", "AS1234", "AS1x", "1", "AS-1", "ASS", "AS1 AS2", "*"])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write AS101, AS1 or ALL"):
        parse_selection([text], [])
    with pytest.raises(UsageError):
        parse_selection([], [text])


@given(st.lists(PREFIXES), st.lists(PREFIXES), CODES)
def test_selecting_more_never_loses_and_ignoring_more_never_gains(
    select: list[str], ignore: list[str], code: str
) -> None:
    base = Selection(tuple(select), tuple(ignore))
    wider = Selection((*select, code), tuple(ignore))
    narrower = Selection(tuple(select), (*ignore, code))
    if select:
        assert wider.wants(code) >= base.wants(code)
    assert not narrower.wants(code)
