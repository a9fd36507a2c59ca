"""Runs in blue's own Airflow: fills its database with pools, variables and connections of every kind.

python fill_blue.py KEY=COUNT ... ; prints nothing of what it writes.
"""

from __future__ import annotations

import json

from airflow.models import Connection, Pool, Variable
from airflow.utils.session import create_session

VALUES = [
    "plain text", "", " leading and trailing ", "multi\nline\ttext", "\u00fcml\u00e4ut \u65e5\u672c\u8a9e \U0001f680",
    '{"b": 1, "a": [true, null, 1.50, "x"]}', "[1, 2, 3]", "{'a': 1}", "12345", "007", "1e3", "true", "null", '"quoted"',
    '{"nested": {"deep": {"deeper": "value"}}}', '{ "spaced" :  "json" }', "{{ ds }}", "https://user:pa%20ss@host/x?y=z",
    "x" * 20000, "'; DROP TABLE variable; --", "NaN", '{"password": "in-json", "n": 1}', "line\r\nwindows", "\\backslash\\n",
]  # fmt: skip
PASSWORDS = [
    "simple", "p@ss:w/rd?#&=%+", "\u00fcml\u00e4ut\u65e5\u672c", " spaces ", "%40%3A", '"quotes"\'', "a" * 3000, "back\\slash\n", None,
    "{\"json\": 1}", "***almost", "$HOME ${x} {{ y }}",
]  # fmt: skip
EXTRAS = [
    None, "{}", '{"region_name": "eu-central-1"}', '{"key_path":"/x","nested":{"a":[1,2,{"b":null}]}}',
    '{"private_key": "-----BEGIN PRIVATE KEY-----\\nabc\\n-----END"}', '{"big": "' + "y" * 60000 + '"}',
    '{"\u00fc": "\u65e5\u672c"}', '{ "oddly" : "spaced"}', '{"api_key": "k1", "token": "t1", "n": 1.0}',
]  # fmt: skip
HOSTS = [
    "db.example.org",
    "10.0.0.1",
    None,
    "",
    "https://api.example.org/base/path",
    "h\u00f6st.example",
    "a/b/c",
]
LOGINS = ["user", None, "", "dom\\user", "user@example.org", "\u7528\u6237"]
PORTS = [None, 5432, 1, 65535, 0]
SCHEMAS = [None, "public", "", "sch/ema", "a b"]
TYPES = ["postgres", "http", "aws", "generic", "my_own_type", "google_cloud_platform"]


def pick(values, number):
    return values[number % len(values)]


def main():
    with create_session() as session:
        for number in range(40):
            session.add(
                Pool(
                    pool=f"pool {number:02}" if number % 5 else f"pool/{number:02}\u00e4",
                    slots=number * 7,
                    description=pick(["", "Descr\u00efption", "x" * 500], number),
                    include_deferred=bool(number % 2),
                )
            )
        for number in range(300):
            key = pick(
                [
                    f"var_{number:03}",
                    f"api_key_{number:03}",
                    f"team/sub.{number:03}",
                    f"v\u00e4r {number:03}",
                ],
                number // 24,
            )
            session.add(
                Variable(key=key, val=pick(VALUES, number), description=pick([None, "why", "\u00fc"], number))
            )
        for number in range(150):
            session.add(
                Connection(
                    conn_id=f"conn_{number:03}" if number % 3 else f"Conn-{number:03}.x",
                    conn_type=pick(TYPES, number),
                    description=pick([None, "d\u00e9scription", "two\nlines"], number),
                    host=pick(HOSTS, number),
                    login=pick(LOGINS, number),
                    password=pick(PASSWORDS, number),
                    schema=pick(SCHEMAS, number),
                    port=pick(PORTS, number),
                    extra=pick(EXTRAS, number),
                )
            )
    print(json.dumps({"filled": True}))


if __name__ == "__main__":
    main()
