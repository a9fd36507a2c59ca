from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airshift.pin.document import parse_document
from airshift.pin.grammar import (
    Blank,
    ConstraintFile,
    Direct,
    Include,
    Invalid,
    Option,
    Package,
    Variable,
    expand,
    parse_entry,
    print_entry,
)

NAME = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True).filter(
    lambda name: not name.lower().endswith((".whl", ".zip", ".tgz", ".gz", ".bz2", ".xz"))
)
EXTRAS = st.lists(st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True), max_size=3, unique=True).map(
    lambda extras: tuple(sorted(extras))
)
VERSION = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}(rc1|\.post2)?", fullmatch=True)
CLAUSE = st.builds(
    lambda op, version: op + version, st.sampled_from([">=", "<=", "==", "!=", "<", ">"]), VERSION
)
SPECIFIER = st.lists(CLAUSE, max_size=3, unique=True).map(lambda clauses: ",".join(sorted(clauses)))
MARKER = st.sampled_from(
    ["", 'python_version < "3.13"', 'sys_platform == "linux" and python_version >= "3.9"', 'extra == "x"']
)
HASHES = st.lists(st.from_regex(r"--hash=sha256:[0-9a-f]{8}", fullmatch=True), max_size=2).map(tuple)
WORD = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_]{0,8}", fullmatch=True)
URL = st.builds(
    lambda scheme, host, path: f"{scheme}://{host}.example/{path}",
    st.sampled_from(["https", "git+https", "git+ssh", "file"]),
    WORD,
    WORD,
)
ENTRIES = st.one_of(
    st.just(Blank()),
    st.builds(Package, NAME, EXTRAS, SPECIFIER, MARKER, HASHES),
    st.builds(Direct, URL, NAME, EXTRAS, MARKER, HASHES),
    st.builds(lambda word, marker: Direct(f"./{word}", "", (), marker), WORD, MARKER),
    st.builds(lambda url, name: Direct(f"{url}#egg={name}", name, editable=True), URL, NAME),
    st.builds(Include, st.builds(lambda word: f"{word}/req.txt", WORD)),
    st.builds(ConstraintFile, URL),
    st.builds(Option, st.sampled_from(["--index-url", "--extra-index-url", "--find-links"]), URL),
    st.sampled_from([Option("--no-index"), Option("--pre"), Variable("EXTENDED_REQUIREMENTS")]),
)


@settings(deadline=None)
@given(ENTRIES)
def test_printing_and_parsing_give_the_entry_back(entry: object) -> None:
    assert parse_entry(print_entry(entry)) == entry


@settings(deadline=None)
@given(st.text())
def test_what_is_parsed_once_is_stable(text: str) -> None:
    entry = parse_entry(" ".join(text.split()))
    assert parse_entry(print_entry(entry)) == entry


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8")))
def test_a_document_gives_its_text_back(text: str) -> None:
    assert parse_document(text, "f").text == text


@settings(deadline=None)
@given(st.lists(st.tuples(ENTRIES, st.sampled_from(["", "  # why", "\t# -r no"])), max_size=8))
def test_a_printed_document_has_the_same_entries(rows: list[tuple[object, str]]) -> None:
    text = "".join(f"{print_entry(entry)}{comment}\n" for entry, comment in rows)
    assert [line.entry for line in parse_document(text, "f").lines] == [entry for entry, _ in rows]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("pandas", Package("pandas")),
        (
            "Pandas [s3, aws] >= 2 , <3 ; python_version<'3.13'",
            Package("Pandas", ("aws", "s3"), "<3,>=2", 'python_version < "3.13"'),
        ),
        (
            "a==1 --hash=sha256:ab --hash=sha256:cd",
            Package("a", (), "==1", "", ("--hash=sha256:ab", "--hash=sha256:cd")),
        ),
        ("a @ https://h/a.whl", Direct("https://h/a.whl", "a")),
        ("git+https://h/r.git@v1#egg=a[x]", Direct("git+https://h/r.git@v1#egg=a[x]", "a", ("x",))),
        ("./w/a_b-1.0-py3-none-any.whl", Direct("./w/a_b-1.0-py3-none-any.whl", "a_b")),
        ("-e ./pkg[dev]", Direct("./pkg", "", ("dev",), editable=True)),
        ("--editable=git+https://h/r#egg=z", Direct("git+https://h/r#egg=z", "z", editable=True)),
        ("-r base.txt", Include("base.txt")),
        ("-rbase.txt", Include("base.txt")),
        ("--requirement=base.txt", Include("base.txt")),
        ("-r ${EXTENDED_REQUIREMENTS}", Include("${EXTENDED_REQUIREMENTS}")),
        ("-c\tc.txt", ConstraintFile("c.txt")),
        ('--constraint "https://h/c.txt"', ConstraintFile("https://h/c.txt")),
        ("--extra-index-url https://h/s", Option("--extra-index-url", "https://h/s")),
        ("--find-links /usr/local/airflow/plugins", Option("--find-links", "/usr/local/airflow/plugins")),
        ("${EXTENDED_REQUIREMENTS}", Variable("EXTENDED_REQUIREMENTS")),
    ],
)
def test_forms(text: str, entry: object) -> None:
    assert parse_entry(text) == entry


@pytest.mark.parametrize(
    "text", ["pandas=1", "a >= 0.2.9<1", "--frobnicate", "-r", "--pre yes", "a b", "./x ; nonsense"]
)
def test_what_pip_rejects_has_a_reason(text: str) -> None:
    entry = parse_entry(text)
    assert isinstance(entry, Invalid)
    assert entry.reason


def test_lines_are_joined_where_pip_joins_them() -> None:
    text = "a \\\n  >=1 \\\n  # why\nb # not joined \\\nc\n# comment \\\nd"
    lines = parse_document(text, "f").lines
    assert [(line.number, line.text, line.comment) for line in lines] == [
        (1, "a >=1", "# why"),
        (4, "b", "# not joined c"),
        (6, "", "# comment \\"),
        (7, "d", ""),
    ]


def test_a_hash_inside_a_url_is_no_comment() -> None:
    line = parse_document("git+https://h/r.git#egg=a  # note\n", "f").lines[0]
    assert (line.text, line.comment) == ("git+https://h/r.git#egg=a", "# note")


def test_unset_variables_stay() -> None:
    assert expand("${A}/${B}/$C", {"A": "x"}) == "x/${B}/$C"
