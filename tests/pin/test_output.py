from __future__ import annotations

import json

import pytest

from airshift.pin.decisions import Answers
from airshift.pin.output import concise, diff_of, lock_text, new_text, section, to_json
from airshift.pin.resolver import resolve
from pin.requests_of import request_of

TEXT = """\
# what the team needs
pandas==1.5.3   # frames
boto3
celery==5.3.0
--extra-index-url https://alice:hunter2@h.example/simple
git+https://ghp_secret@h.example/r.git#egg=own
"""


def outcome(text: str = TEXT, target: str = "mwaa-3.3.1"):
    request = request_of(text, target)
    return request, resolve(request, Answers(True, lock=("pandas==3.0.5", "six==1.0")))


def test_comments_stay_and_each_changed_line_has_its_reason() -> None:
    request, resolution = outcome()
    assert new_text(request.documents[0], resolution).splitlines()[1:] == [
        "# what the team needs",
        "pandas==3.0.5  # frames  # airshift: pinned by the constraints of Airflow 3.3.1 (was ==1.5.3)",
        "# airshift: dropped boto3: the image has boto3==1.43.56",
        "# airshift: conflict, left out celery==5.3.0: "
        "essential on MWAA, not overridable: celery==5.6.3 stands against ==5.3.0",
        "--extra-index-url https://alice:hunter2@h.example/simple",
        "git+https://ghp_secret@h.example/r.git#egg=own",
    ]


def test_nothing_that_is_shown_has_a_secret() -> None:
    request, resolution = outcome()
    document = request.documents[0]
    shown = [
        diff_of(document, new_text(document, resolution)),
        json.dumps(to_json(request, resolution)),
        section(request, resolution),
        concise(resolution),
        lock_text(resolution, request),
    ]
    for text in shown:
        assert "hunter2" not in text
        assert "ghp_secret" not in text
    assert "****" in shown[0]


def test_no_comment_of_ours_switches_mwaas_constraints_off() -> None:
    request, resolution = outcome(
        "pandas\n-c old.txt\n--constraint https://h/constraints-2.10.3/constraints-3.11.txt\n"
    )
    again = request_of(new_text(request.documents[0], resolution))
    assert [trap.trap for trap in resolve(again, Answers(True)).traps] == []


def test_the_json_document_honours_the_contract() -> None:
    document = to_json(*outcome())
    assert document["schema_version"] == 1
    assert (document["target"], document["platform"], document["status"]) == ("3.3.1", "mwaa", "complete")
    row = document["requirements"][0]
    assert {"name", "line", "before", "after", "action", "reason"} <= row.keys()
    assert (row["name"], row["line"], row["before"], row["after"]) == (
        "pandas",
        2,
        "pandas==1.5.3",
        "pandas==3.0.5",
    )
    assert document["minimal"] == ["pandas==3.0.5", "git+https://****@h.example/r.git#egg=own"]
    assert document["lock"] == ["pandas==3.0.5", "six==1.0"]


def test_what_could_not_be_asked_makes_it_incomplete() -> None:
    request = request_of("unknown-thing\n")
    document = to_json(request, resolve(request, Answers(why_not="offline")))
    assert document["status"] == "incomplete"
    assert document["problems"] == [
        {"path": "requirements.txt", "reason": "unknown-thing: not in the constraints, and offline"}
    ]


def test_a_file_that_is_right_already_does_not_change() -> None:
    text = "--constraint https://raw.githubusercontent.com/apache/airflow/constraints-3.3.1/constraints-3.12.txt\npandas==3.0.5"
    request, resolution = outcome(text)
    assert new_text(request.documents[0], resolution) == text
    assert diff_of(request.documents[0], text) == ""
    assert not resolution.has_changes


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("pandas==3.0.5", False),
        ("git+https://h.example/r.git#egg=own", False),
        ("# only a comment", False),
        ("pandas==2.0", True),
        ("pandas=1", True),
        ("celery==5.0", True),
    ],
)
def test_a_line_that_stays_for_a_person_to_look_at_is_no_change(line: str, changes: bool) -> None:
    text = f"--constraint {request_of('').constraint_url}\n{line}\n"
    _, resolution = outcome(text)
    assert resolution.has_changes is changes


def test_line_ends_of_the_file_are_kept() -> None:
    request, resolution = outcome("pandas\r\nboto3\r\n")
    new = new_text(request.documents[0], resolution)
    assert new.count("\r\n") == new.count("\n") == 3
