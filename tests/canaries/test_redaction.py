"""What looks like a secret is masked, and nothing else changes."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.redact import redact_source, redact_text, redact_value

MASKED_IN_CODE = [
    'password="x1"',
    "Connection(password = 'x1')",
    '{"client_secret": "x1"}',
    r'"{\"token\": \"x1\"}"',
    "TOKEN: str = 'x1'",
    "config['api_key'] = 'x1'",
    'Variable.set("api_key", "x1")',
    'os.environ.get("DB_PASSWORD", "x1")',
    '["mysql", "--password", "x1"]',
    '"mysql --password x1 -h db"',
    '"airflow connections add c --conn-password=x1"',
    "'curl -u admin:x1 https://h'",
    "'PGPASSWORD=x1 psql'",
    'headers={"Authorization": "Bearer x1x1x1x1"}',
    "\"curl -H 'Authorization: Basic x1x1x1x1' h\"",
    'auth=("admin", "x1")',
    'HTTPBasicAuth("admin", "x1")',
    "dsn = 'host=h password=\"x1\"'",
    "'postgresql://me:x1@h/db'",
    "'redis://:x1@h/0'",
    "'https://h/?sig=x1'",
    "key = 'AKIAX1X1X1X1X1X1X1X1'",
    "t = 'ghp_x1x1x1x1x1x1x1x1x1x1x1x1'",
    "j = 'eyJx1x1x1x1x1.eyJx1x1x1x1x1.x1x1'",
    "PASSWORD = '''x1",
]
KEPT_IN_CODE = [
    "password = get_password()",
    "token: str",
    "def rotate(token, password=None):",
    'task_id="rotate_password"',
    'conn_id="secret_store"',
    'password_conn_id="mine"',
    'secrets_path="airflow/connections"',
    'token="{{ var.value.token }}"',
    'password="${PASSWORD}"',
    'header = f"Bearer {token}"',
    'KEYS = ("token", "user", "password")',
    "get_connection('token_store')",
    "https://${USER}:${TOKEN}@h/simple",
    "see https://example.org/a@b",
    "from airflow.providers.amazon.aws.transfers.s3_to_redshift import S3ToRedshiftOperator2",
    "basic authentication is gone",
    "x" * 200,
]
MASKED_ELSEWHERE = [
    "smtp_password = x1 y1",
    "AIRFLOW__CORE__FERNET_KEY=x1",
    "  AIRFLOW__API__SECRET_KEY: x1",
    "export API_KEY=x1",
    "- DB_PASSWORD=x1",
    "+ webserver_secret_key: x1",
    "TOKEN='x1'",
]
KEPT_ELSEWHERE = [
    "password:",
    "token = {{ token }}",
    "PASSWORD=${PASSWORD}",
    "secret: |",
    "dag_concurrency = 16",
    "# a password",
]


@pytest.mark.parametrize("line", MASKED_IN_CODE)
def test_literals_of_code_are_masked(line: str) -> None:
    shown = redact_source(line, is_code=True)
    assert "x1" not in shown.lower()
    assert "****" in shown
    assert redact_source(shown, is_code=True) == shown


@pytest.mark.parametrize("line", KEPT_IN_CODE)
def test_other_code_stays(line: str) -> None:
    assert redact_source(line, is_code=True) == line


@pytest.mark.parametrize("line", MASKED_ELSEWHERE)
def test_values_of_configuration_are_masked(line: str) -> None:
    assert "x1" not in redact_source(line, is_code=False)


@pytest.mark.parametrize("line", KEPT_ELSEWHERE)
def test_other_configuration_stays(line: str) -> None:
    assert redact_source(line, is_code=False) == line


def test_a_private_key_keeps_its_lines() -> None:
    text = " k = '''-----BEGIN RSA PRIVATE KEY-----\n+abc\n-def\n ghi\n -----END RSA PRIVATE KEY-----'''\n x = 1\n"
    shown = redact_source(text, is_code=True)
    assert not [part for part in ("abc", "def", "ghi") if part in shown]
    assert [line[:1] for line in shown.splitlines()] == [line[:1] for line in text.splitlines()]
    assert shown.endswith(" x = 1\n")


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("password", "x1", "****"),
        ("doc", "x1", "x1"),
        ("uri", "s3://u:x1@h", "s3://****@h"),
        ("token", "{{ t }}", "{{ t }}"),
    ],
)
def test_named_values(name: str, value: str, shown: str) -> None:
    assert redact_value(name, value) == shown


TEXTS = st.lists(
    st.sampled_from(
        [
            "https://",
            "u:p@",
            "h/x",
            "?token=",
            "a1b2",
            '"',
            "\\",
            "\n",
            "é",
            "\U0001f600",
            "Bearer ",
            "AKIAAAAAAAAAAAAAAAAA",
            "a" * 9,
            "1",
            " ",
            "&",
            "Authorization: ",
        ]
    )
).map("".join)


@settings(deadline=None)
@given(st.dictionaries(TEXTS, st.lists(TEXTS)), st.booleans())
def test_json_stays_json(content: dict[str, list[str]], ascii_only: bool) -> None:
    shown = json.loads(redact_text(json.dumps(content, ensure_ascii=ascii_only)))
    assert [len(values) for values in shown.values()] == [len(values) for values in content.values()] or len(
        shown
    ) < len(content)


@settings(deadline=None)
@given(TEXTS, st.booleans())
def test_masking_keeps_lines_and_is_done_once(text: str, is_code: bool) -> None:
    shown = redact_source(text, is_code=is_code)
    assert shown.count("\n") == text.count("\n")
    assert redact_source(shown, is_code=is_code) == shown


@pytest.mark.parametrize(
    "piece",
    [
        "a.",
        "--a",
        "password=",
        "-u ",
        "token ",
        "://a",
        "=token_",
        'auth=("a",',
        "eyJa-",
        "A_",
        'x["',
        "\n",
        " ",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    began = time.process_time()
    redact_source(text, is_code=False)
    assert time.process_time() - began < 3
