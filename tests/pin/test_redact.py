from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.redact import has_credentials, redact_text, redact_url

SECRET = st.from_regex(r"[A-Za-z0-9!$%^*+~._-]{6,20}", fullmatch=True).filter(
    lambda text: not text.startswith("$")
)


@settings(deadline=None)
@given(SECRET, SECRET)
def test_no_part_of_the_credentials_survives(user: str, password: str) -> None:
    shown = redact_url(f"https://{user}Q:{password}Q@host.example/simple")
    assert shown == "https://****@host.example/simple"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("git+https://ghp_token@h/r.git@v1", "git+https://****@h/r.git@v1"),
        ("https://u:p%40ss@h/x and http://v:w@k/", "https://****@h/x and http://****@k/"),
        ("https://u:p@ss@h/x", "https://****@h/x"),
        ("https://h/a.whl?X-Amz-Signature=abc&x=1", "https://h/a.whl?X-Amz-Signature=****&x=1"),
        ("https://h/a?token=abc", "https://h/a?token=****"),
    ],
)
def test_masks(text: str, shown: str) -> None:
    assert redact_text(text) == shown
    assert redact_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "git+ssh://git@h/r.git",
        "https://${USER}:${TOKEN}@h/simple",
        "https://h/a@b",
        "a@b.c",
        "a @ https://h/x",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_text(text) == text
    assert not has_credentials(text)
