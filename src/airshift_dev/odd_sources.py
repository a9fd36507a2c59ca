"""Python files that nobody writes and somebody generates: deep, long, in odd encodings, cut off."""

from __future__ import annotations

from collections.abc import Iterator

DEEP = 10_000
LONG = 5 * 1024 * 1024
_CODINGS = (
    "latin-1",
    "cp1252",
    "utf-7",
    "utf-16",
    "idna",
    "rot13",
    "zip",
    "base64",
    "unicode_escape",
    "no-such",
)
_HEAD = b"from airflow.operators.bash_operator import BashOperator\nfrom airflow import DAG\n"


def odd_sources() -> Iterator[tuple[str, bytes]]:
    """Names and contents; each mentions Airflow, so that every rule looks."""
    for name, text in (*_deep(), *_long()):
        yield name, _HEAD + text
    yield from _encoded()


def _deep() -> Iterator[tuple[str, bytes]]:
    yield "parentheses", b"x = " + b"(" * DEEP + b"1" + b")" * DEEP + b"\n"
    yield "brackets", b"x = " + b"[" * DEEP + b"]" * DEEP + b"\n"
    yield "braces", b"x = " + b"{1: " * DEEP + b"1" + b"}" * DEEP + b"\n"
    yield "open parentheses", b"x = " + b"(" * DEEP + b"\n"
    yield "signs", b"x = " + b"-" * DEEP + b"1\n"
    yield "nots", b"x = " + b"not " * DEEP + b"1\n"
    yield "sums", b"x = 1" + b" + 1" * DEEP + b"\n"
    yield "powers", b"x = 1" + b" ** 1" * DEEP + b"\n"
    yield "ands", b"x = a" + b" and a" * DEEP + b"\n"
    yield "comparisons", b"x = a" + b" < a" * DEEP + b"\n"
    yield "attributes", b"x = BashOperator" + b".a" * DEEP + b"\n"
    yield "calls", b"x = BashOperator" + b"()" * DEEP + b"\n"
    yield "nested calls", b"x = " + b"DAG(" * DEEP + b"1" + b")" * DEEP + b"\n"
    yield "indexes", b"x = a" + b"[0]" * DEEP + b"\n"
    yield "lambdas", b"x = " + b"lambda: " * DEEP + b"1\n"
    yield "choices", b"x = " + b"1 if a else " * DEEP + b"1\n"
    yield "awaits", b"async def f():\n    x = " + b"await " * DEEP + b"a\n"
    yield "shifts of DAGs", b"a" + b" >> a" * DEEP + b"\n"
    yield "elifs", b"if a:\n    pass\n" + b"elif a:\n    pass\n" * DEEP
    yield "blocks", b"".join(b" " * depth + b"if a:\n" for depth in range(90)) + b" " * 90 + b"DAG('a')\n"
    yield "functions", b"".join(b" " * depth + b"def f():\n" for depth in range(90)) + b" " * 90 + b"pass\n"
    yield "f-strings", b"x = " + b"".join(b'f"""{' if n % 2 else b"f'''{" for n in range(60)) + b"a\n"


def _long() -> Iterator[tuple[str, bytes]]:
    yield "text in one line", b"x = '" + b"a" * LONG + b"'\n"
    yield "comment in one line", b"#" + b" noqa" * (LONG // 5) + b"\n"
    yield "list in one line", b"x = [" + b"1," * (LONG // 20) + b"]\n"
    yield "template in one line", b"BashOperator(task_id='a', bash_command='" + b"{{ ds }}" * 20_000 + b"')\n"
    yield "arguments in one line", b"x = DAG(" + b"".join(b"a%d=1," % n for n in range(50_000)) + b")\n"
    yield "statements in one line", b"a=1;" * 100_000 + b"\n"
    yield "spaces in one line", b"x = " + b" " * LONG + b"1\n"
    yield "newlines", b"\n" * LONG
    yield "carriage returns", b"\r" * (LONG // 10)
    yield "continuations", b"x = \\\n" * 1 + b"\\\n" * DEEP + b"1\n"
    yield "digits", b"x = " + b"9" * 100_000 + b"\n"
    yield "a name in one line", b"a" * LONG + b" = 1\n"


def _encoded() -> Iterator[tuple[str, bytes]]:
    code = "from airflow import DAG\nx = 'Grüße'\n"
    yield "a nul byte", code.encode() + b"\0\n"
    yield "nul bytes only", b"airflow" + b"\0" * 1000
    yield "not UTF-8", b"from airflow import DAG\nx = '\xff\xfe'\n"
    yield "UTF-16", code.encode("utf-16")
    yield "UTF-32", code.encode("utf-32")
    yield "byte order mark twice", b"\xef\xbb\xbf\xef\xbb\xbf" + code.encode()
    yield "byte order mark and another coding", b"\xef\xbb\xbf# coding: latin-1\n" + code.encode()
    for coding in _CODINGS:
        yield f"coding {coding}", f"# -*- coding: {coding} -*-\n".encode() + code.encode("latin-1")
    yield "surrogates", b"from airflow import DAG\nx = '\xed\xa0\x80'\n"
    yield "form feeds", b"\x0cfrom airflow import DAG\n\x0c\x0cx = 1\n"
    yield "odd newlines", b"from airflow import DAG\r\rx = 1\r\n\n\ry = 2\x0b\x85\n"
    yield "cut off", b"from airflow import DAG\nwith DAG('a') as dag:\n    def f(\n"
    yield "Python 2", b"from airflow import DAG\nprint 'a'\nexec 'b' in c\nraise E, 'x'\n"
