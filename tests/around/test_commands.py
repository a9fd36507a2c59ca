"""airflow commands in shell text, and where files hold them."""

from __future__ import annotations

import pytest

from airshift.around.commands import check_command
from airshift.around.shellwords import commands
from airshift.targets import parse_target
from around.checking import fixed, found

TARGET = parse_target("3.3.1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("airflow db init", ["db init"]),
        ("airflow db upgrade && exec airflow webserver -p 8080", ["db upgrade", "webserver"]),
        ("X=1 sudo -u airflow airflow dags trigger -e now load", ["-e"]),
        ('bash -c "airflow db init; airflow webserver"', ["db init", "webserver"]),
        ("docker compose exec web airflow initdb", ["initdb"]),
        ("docker run apache/airflow:2.10.3 webserver", ["webserver"]),
        ("kubectl exec pod -- airflow tasks list -t load", ["-t"]),
        ("R=$(airflow dags list-runs --dag-id=load)", ["--dag-id"]),
        ('echo "runs: $(airflow dags backfill load)"', ["dags backfill"]),
        ("echo `airflow upgradedb`", ["upgradedb"]),
        ("if airflow checkdb; then airflow scheduler -p; fi", ["checkdb", "-p"]),
        ("airflow dags trigger {{ dag.dag_id }} --exec-date {{ ds }}", ["--exec-date"]),
        ("python3 -m airflow db init", ["db init"]),
        ("/opt/venv/bin/airflow tasks clear \\\n  -x load", ["-x"]),
        ("(airflow db init) || { airflow resetdb; }", ["db init", "resetdb"]),
        ("airflow users list", ["users"]),
        ("cat <<EOF\nairflow db init\nEOF\nairflow db upgrade", ["db upgrade"]),
        ("nohup airflow webserver >log 2>&1 &", ["webserver"]),
    ],
)
def test_found_in_shell(text: str, expected: list[str]) -> None:
    assert [match.symbol for match in check_command(text, TARGET)] == expected


@pytest.mark.parametrize(
    "text",
    [
        'echo "airflow webserver"',
        "echo airflow webserver",
        "# airflow db init",
        "ls # airflow db init",
        "grep -r 'airflow db init' docs",
        "pip install apache-airflow==2.10.3",
        "docker pull apache/airflow",
        "docker logs airflow-webserver",
        "cd airflow && ./webserver",
        "airflow dags list",
        "airflow dags trigger -l 2026-01-01 load",
        "airflow db migrate && airflow api-server && airflow dag-processor",
        "airflow celery worker",
        "airflow tasks test load one 2026-01-01",
        "myairflow db init",
        "airflow",
        "'airflow",
        "$(",
        "airflow $(",
        '"',
        "",
    ],
)
def test_silent_in_shell(text: str) -> None:
    assert list(check_command(text, TARGET)) == []


def test_commands_of_fab_are_fine_on_mwaa() -> None:
    assert list(check_command("airflow users list", parse_target("mwaa-3.3.1"))) == []


def test_a_flag_may_be_gone_on_some_targets_only() -> None:
    text = "airflow connections list --conn-id a; airflow db migrate --use-migration-files"
    gone = {v: [m.symbol for m in check_command(text, parse_target(v))] for v in ("3.0.6", "3.1.8", "3.2.1")}
    assert gone == {
        "3.0.6": ["--use-migration-files"],
        "3.1.8": ["--use-migration-files"],
        "3.2.1": ["--conn-id"],
    }


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("up.sh", "airflow db upgrade\n", "airflow db migrate\n"),
        ("Dockerfile", 'CMD ["airflow", "db", "init"]\n', 'CMD ["airflow", "db", "migrate"]\n'),
        ("Dockerfile", 'FROM apache/airflow\nCMD ["webserver"]\n', 'FROM apache/airflow\nCMD ["api-server"]\n'),
        ("Dockerfile", 'FROM x\nRUN a && \\\n  # airflow db init\n  airflow db init\n', 'FROM x\nRUN a && \\\n  # airflow db init\n  airflow db migrate\n'),
        ("compose.yaml", "s:\n  image: apache/airflow\n  command: webserver -p 80\n", "s:\n  image: apache/airflow\n  command: api-server -p 80\n"),
        ("compose.yaml", "s:\n  command: [airflow, dags, trigger, -e, x, load]\n", "s:\n  command: [airflow, dags, trigger, -l, x, load]\n"),
        ("ci.yml", "- run: |\n    airflow db init\n    echo airflow db init\n", "- run: |\n    airflow db migrate\n    echo airflow db init\n"),
        (".gitlab-ci.yml", "test:\n  script:\n    - airflow initdb\n", "test:\n  script:\n    - airflow db migrate\n"),
        ("Makefile", "up:\n\t@airflow db init\n", "up:\n\t@airflow db migrate\n"),
        ("Procfile", "web: airflow webserver\n", "web: airflow api-server\n"),
        ("dag.py", 'BashOperator(task_id="é", bash_command="airflow db init")\n', 'BashOperator(task_id="é", bash_command="airflow db migrate")\n'),
        ("dag.py", 'import subprocess\nsubprocess.run(["airflow", "db", "upgrade"])\n', 'import subprocess\nsubprocess.run(["airflow", "db", "migrate"])\n'),
        ("x.sh", "airflow dags list-runs -d load --state failed\n", "airflow dags list-runs load --state failed\n"),
    ],
)  # fmt: skip
def test_fixed_where_it_stands(path: str, text: str, expected: str) -> None:
    assert fixed(path, text) == expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("up.sh", "airflow webserver --debug\n", "AS830"),
        ("up.sh", "airflow dags backfill load\n", "AS830"),
        ("Dockerfile", 'CMD ["airflow", "initdb"]\n', "AS830"),
        ("dag.py", 'import subprocess\nsubprocess.run(["airflow", "initdb"])\n', "AS830"),
        ("dag.py", 'BashOperator(bash_command="airflow db " "init")\n', "AS830"),
        ("c.yaml", 's:\n  command: ["airflow", "dags", "list-runs", "-d", load]\n', "AS831"),
        ("up.sh", "airflow tasks list --subdir /x load\n", "AS831"),
    ],
)
def test_left_to_a_person(path: str, text: str, expected: str) -> None:
    assert [code for code, _, _ in found(path, text)] == [expected]
    assert fixed(path, text, unsafe=True) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Makefile", "AIRFLOW = airflow db init\nairflow: airflow db init\n"),
        ("compose.yaml", "airflow: {image: postgres, command: webserver}\n"),
        ("ci.yml", "- name: airflow db init\n  uses: airflow\n"),
        ("Dockerfile", "FROM airflow\nENV X='airflow db init'\nLABEL run airflow db init\n"),
        ("README.md", "airflow db init\n"),
        ("dag.py", 'DOC = "airflow db init"\nprint("airflow db init")\n'),
        ("dag.py", '"""Run\n\nairflow db init\n"""\n'),
    ],
)
def test_silent_elsewhere(path: str, text: str) -> None:
    assert found(path, text) == []


def test_words_stand_where_they_are_in_the_text() -> None:
    text = "a \"b c\" \\\n d'e' | f$(g h) ; # i\nj={{ k }}"
    split = [[text[word.start : word.end] for word in words] for words in commands(text)]
    assert split == [["a", '"b c"', "d'e'"], ["f"], ["g", "h"], ["j={{ k }}"]]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("compose.yaml", "services:\n  s:\n    image: apache/airflow\n    command: scheduler\n", [("AS833", 2, "dag-processor")]),
        ("compose.yaml", "services:\n  s: {command: [airflow, scheduler]}\n  p: {command: airflow dag-processor}\n", []),
        ("compose.yaml", "services:\n  s: {command: airflow standalone}\n", []),
        ("compose.override.yaml", "services:\n  s: {command: airflow scheduler}\n", []),
        ("compose.yaml", "services:\n  s: {image: airflow, command: python scheduler.py}\n", []),
        ("compose.yaml", "services: [airflow, scheduler]\n", []),
        ("Procfile", "s: airflow scheduler\n", [("AS833", 1, "dag-processor")]),
        ("Procfile", "s: airflow scheduler\nd: airflow dag-processor\n", []),
    ],
)  # fmt: skip
def test_a_scheduler_needs_a_dag_processor(
    path: str, text: str, expected: list[tuple[str, int, str]]
) -> None:
    assert found(path, text) == expected


def test_a_procfile_gets_a_dag_processor() -> None:
    assert (
        fixed("Procfile", "s: airflow scheduler")
        == "s: airflow scheduler\ndag-processor: airflow dag-processor\n"
    )


@pytest.mark.parametrize(
    ("line", "symbols"),
    [
        ("airflow variables -s a b", ["variables"]),
        ("airflow connections --add --conn_id x", ["connections"]),
        ("airflow users -c -u a", ["users"]),
        ("airflow backfill my_dag -s 2020-01-01", ["backfill"]),
        ("airflow backfill -s 2020-01-01 my_dag", ["backfill"]),
        ("airflow variables set a b --json", []),
        ("airflow variables --help", []),
        ("airflow variables", []),
        ("airflow connections add x --conn-uri y", []),
        ("airflow backfill create --dag-id x", []),
        ("airflow backfill $ARGUMENTS", []),
    ],
)
def test_groups_that_were_commands_of_airflow_1(line: str, symbols: list[str]) -> None:
    assert [symbol for code, _, symbol in found("run.sh", line + "\n") if code == "AS830"] == symbols
