"""Reading lists page by page, of servers that cannot give large pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airshift.clients.api import ApiError, Method, pages


class Lists:
    """An Airflow with records of which it can give `most` at a time."""

    label, major = "here", 3

    def __init__(self, records: int, most: int, status: int = 500) -> None:
        self.records = [{"n": number} for number in range(records)]
        self.most, self.status = most, status
        self.asked: list[int] = []

    def call(
        self, method: Method, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None
    ) -> dict[str, Any]:
        assert query is not None
        self.asked.append(query["limit"])
        if query["limit"] > self.most:
            raise ApiError("too much", status=self.status)
        start = query["offset"]
        return {"list": self.records[start : start + query["limit"]], "total_entries": len(self.records)}


@given(st.integers(0, 300), st.integers(6, 200))
def test_every_record_comes_once_whatever_the_size_of_pages(records: int, most: int) -> None:
    api = Lists(records, most)
    assert [one["n"] for one in pages(api, "/x", "list")] == list(range(records))


def test_pages_become_smaller_once() -> None:
    api = Lists(60, 30)
    list(pages(api, "/x", "list"))
    assert api.asked == [100, 25, 25, 25]


@pytest.mark.parametrize(("status", "tries"), [(403, 1), (404, 1), (500, 3), (504, 3)])
def test_a_refusal_stays_one(status: int, tries: int) -> None:
    api = Lists(60, 0, status)
    with pytest.raises(ApiError):
        list(pages(api, "/x", "list"))
    assert len(api.asked) == tries


def test_an_answer_of_another_shape_is_an_error() -> None:
    with pytest.raises(ApiError, match="the answer to /x has no other"):
        list(pages(Lists(1, 100), "/x", "other"))


def test_no_more_is_read_than_wanted() -> None:
    api = Lists(1000, 100)
    assert len(list(pages(api, "/x", "list", most=150))) == 200
    assert len(api.asked) == 2
