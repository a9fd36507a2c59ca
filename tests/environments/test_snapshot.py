"""`airshift env snapshot`: what it copies, what it refuses, how it goes on, and what is made of it offline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import boto3
import pytest

from airshift.cli.app import run
from airshift.clients import running
from airshift.clients.aws import client
from environments.blue_account import BUCKET, FILES, Account, blue_account, plugins
from environments.blues import REGION
from environments.fake_airflow import CANARY, fake_airflow


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BACKOFF", 0.001)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with blue_account(monkeypatch) as opened:
        yield opened


class Fetched:
    """Which keys were fetched from S3, by the mock's own client."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keys: list[str] = []
        self.stop_after = 1 << 30
        self.lock = Lock()
        plain = boto3.Session.client

        def opened(session: boto3.Session, service: str, **options: Any) -> Any:
            client = plain(session, service, **options)
            if service == "s3":
                client.meta.events.register("before-parameter-build.s3.GetObject", self._note)
            return client

        monkeypatch.setattr(boto3.Session, "client", opened)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        with self.lock:
            if len(self.keys) >= self.stop_after:
                raise KeyboardInterrupt
            self.keys.append(params["Key"])


def take(folder: Path, where: str = "mwaa:blue") -> int:
    return run(["env", "snapshot", where, "--out", str(folder)])


def live(folder: Path, name: str) -> Any:
    return json.loads((folder / "live" / f"{name}.json").read_text())


def all_text(folder: Path) -> str:
    return "".join(file.read_text(errors="replace") for file in folder.rglob("*") if file.is_file())


def test_everything_is_there(account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "blue"
    assert take(folder) == 0, capsys.readouterr().err
    for key, text in FILES.items():
        assert (folder / key.removeprefix("config/")).read_text() == text
    assert (folder / "plugins" / "own_plugin.py").read_text() == "def hello(**context): ...\n"
    described = json.loads((folder / "environment.json").read_text())["Environment"]
    assert described["EnvironmentClass"] == "mw1.small"
    assert described["AirflowConfigurationOptions"]["core.fernet_key"] == "***"
    assert described["AirflowConfigurationOptions"]["core.parallelism"] == "32"
    assert [dag["dag_id"] for dag in live(folder, "dags")] == ["first", "second", "bad"]
    assert live(folder, "variables") == ["one", "two"]
    assert live(folder, "connections") == [
        {
            "connection_id": "db",
            "conn_type": "postgres",
            "set": ["host", "login", "password", "port", "schema", "extra"],
        },
        {"connection_id": "empty", "conn_type": "http", "set": []},
    ]
    assert live(folder, "run_statistics") == [
        {"dag_id": "first", "states": {"success": 1, "failed": 1}, "last_start": "2026-11-20T01:00:00+00:00"},
        {"dag_id": "second", "states": {"success": 1}, "last_start": "2026-11-18T01:00:00+00:00"},
    ]
    assert live(folder, "pools")[0]["slots"] == 128
    said = json.loads((folder / "snapshot.json").read_text())
    assert (said["where"], said["finished"], said["unknown"], said["problems"]) == ("mwaa:blue", True, [], [])
    assert said["parts"]["files"] == len(FILES) + 1


def test_no_secret_is_in_any_file_or_output(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    options = account.description["AirflowConfigurationOptions"]
    options |= {"webserver.secret_key": CANARY, "own.any": CANARY, "smtp.smtp_password": CANARY}
    account.description["Tags"]["token"] = CANARY
    assert take(tmp_path / "blue") == 0
    for path in ("/variables", "/dags", "/connections"):
        account.airflow.broken[path] = 500
    assert take(tmp_path / "blue") == 3
    said = capsys.readouterr()
    assert CANARY not in all_text(tmp_path) + said.out + said.err
    assert "never to be seen" not in all_text(tmp_path)
    assert list(scratch.iterdir()) == []


def test_the_second_run_fetches_what_changed(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = Fetched(monkeypatch)
    assert take(tmp_path / "blue") == 0
    assert len(fetched.keys) == len(FILES) + 1
    fetched.keys.clear()
    assert take(tmp_path / "blue") == 0
    assert fetched.keys == []
    account.s3.put_object(Bucket=BUCKET, Key="dags/second.py", Body=b"# changed")
    account.s3.delete_object(Bucket=BUCKET, Key="dags/common/names.py")
    (tmp_path / "blue/dags/first.py").unlink()
    assert take(tmp_path / "blue") == 0
    assert sorted(fetched.keys) == ["dags/first.py", "dags/second.py"]
    assert (tmp_path / "blue/dags/second.py").read_text() == "# changed"
    assert not (tmp_path / "blue/dags/common").exists()


def test_a_file_may_become_a_folder_and_a_folder_a_file(account: Account, tmp_path: Path) -> None:
    account.s3.put_object(Bucket=BUCKET, Key="dags/x", Body=b"file")
    account.s3.put_object(Bucket=BUCKET, Key="dags/y/z", Body=b"file")
    assert take(tmp_path / "blue") == 0
    for key in ("dags/x", "dags/y/z"):
        account.s3.delete_object(Bucket=BUCKET, Key=key)
    account.s3.put_object(Bucket=BUCKET, Key="dags/x/y", Body=b"file")
    account.s3.put_object(Bucket=BUCKET, Key="dags/y", Body=b"file")
    assert take(tmp_path / "blue") == 0
    assert (tmp_path / "blue/dags/x/y").is_file()
    assert (tmp_path / "blue/dags/y").is_file()


def test_an_interrupted_run_goes_on_where_it_stopped(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        account.s3.put_object(Bucket=BUCKET, Key=f"dags/many/{number}.py", Body=b"x" * number)
    fetched = Fetched(monkeypatch)
    fetched.stop_after = 12
    assert take(tmp_path / "blue") == 130
    first = set(fetched.keys)
    assert len(first) == 12
    assert not json.loads((tmp_path / "blue/snapshot.json").read_text())["finished"]
    journal = tmp_path / "blue/objects.jsonl"
    journal.write_text(journal.read_text() + '{"key": "dags/trunc')
    fetched.keys, fetched.stop_after = [], 1 << 30
    assert take(tmp_path / "blue") == 0
    assert not first & set(fetched.keys)
    assert len(first) + len(fetched.keys) == 30 + len(FILES) + 1
    assert not list((tmp_path / "blue").rglob("*.airshift"))


def test_the_version_that_blue_uses_is_copied(account: Account, tmp_path: Path) -> None:
    account.s3.put_object(Bucket=BUCKET, Key="config/requirements.txt", Body=b"newer, not in use")
    account.s3.delete_object(Bucket=BUCKET, Key="startup.sh")
    assert take(tmp_path / "blue") == 0
    assert (tmp_path / "blue/requirements.txt").read_text() == FILES["config/requirements.txt"]
    assert (tmp_path / "blue/startup.sh").read_text() == FILES["startup.sh"]


def test_keys_that_lead_elsewhere_and_bad_archives_are_named(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for key in ("dags/../evil.py", "dags//etc/evil.py", "dags/a\\b.py"):
        account.s3.put_object(Bucket=BUCKET, Key=key, Body=b"evil")
    account.s3.put_object(Bucket=BUCKET, Key="plugins.zip", Body=plugins(**{"../../evil": "evil"}))
    account.description["PluginsS3ObjectVersion"] = account.s3.head_object(Bucket=BUCKET, Key="plugins.zip")[
        "VersionId"
    ]
    assert take(tmp_path / "blue") == 3
    problems = json.loads((tmp_path / "blue/snapshot.json").read_text())["problems"]
    assert {one["path"] for one in problems} == {
        "dags/../evil.py", "dags//etc/evil.py", "dags/a\\b.py", "plugins.zip/../../evil.py",
    }  # fmt: skip
    assert "leads out of the folder" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*evil*"))
    assert (tmp_path / "blue/dags/first.py").exists()


def test_what_cannot_be_reached_is_unknown_and_the_rest_is_there(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account.description["SourceBucketArn"] = "arn:aws:s3:::not-there"
    account.airflow.broken["/dags"] = 403
    assert take(tmp_path / "blue") == 3
    unknown = {
        one["part"]: one["reason"]
        for one in json.loads((tmp_path / "blue/snapshot.json").read_text())["unknown"]
    }
    assert unknown.keys() == {"files", "dags"}
    assert "NoSuchBucket" in unknown["files"]
    assert "status 403" in unknown["dags"]
    assert live(tmp_path / "blue", "pools")
    assert "unknown: files: " in capsys.readouterr().err


def test_an_environment_that_is_not_there_makes_no_complete_snapshot(
    account: Account, tmp_path: Path
) -> None:
    assert take(tmp_path / "other", "mwaa:other") == 3
    assert not (tmp_path / "other/environment.json").exists()


@pytest.mark.parametrize("major", [2, 3])
def test_an_airflow_at_an_address_has_no_files(major: int, tmp_path: Path) -> None:
    with fake_airflow(major) as airflow:
        assert take(tmp_path / "blue", airflow.url) == 0
    said = json.loads((tmp_path / "blue/snapshot.json").read_text())
    assert said["parts"].keys() == {
        "dags", "runs", "pools", "variables", "connections", "import_errors", "health",
    }  # fmt: skip
    assert len(live(tmp_path / "blue", "dags")) == 3
    assert CANARY not in all_text(tmp_path)


def test_a_folder_that_is_in_use_is_left_alone(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file").touch()
    assert take(tmp_path / "mine") == 2
    assert "no snapshot" in capsys.readouterr().err
    assert take(tmp_path / "blue") == 0
    assert take(tmp_path / "blue", "mwaa:green") == 2
    assert take(tmp_path / "blue", "mwaa:blue@eu-central-1") == 0


def test_figures_of_the_last_week_are_kept(account: Account, tmp_path: Path) -> None:
    cloudwatch = client("cloudwatch", REGION)
    now = datetime.now(UTC)
    for hours, value in ((30, 4.0), (5, 8.0), (24 * 9, 99.0)):
        cloudwatch.put_metric_data(
            Namespace="AmazonMWAA",
            MetricData=[
                {
                    "MetricName": "RunningTasks",
                    "Dimensions": [
                        {"Name": "Function", "Value": "Executor"},
                        {"Name": "Environment", "Value": "blue"},
                    ],
                    "Timestamp": now - timedelta(hours=hours),
                    "Value": value,
                }
            ],
        )
    assert take(tmp_path / "blue") == 0
    figures = {(one["name"], one["of"]): one for one in live(tmp_path / "blue", "cloudwatch")}
    running_tasks = figures["RunningTasks", "Executor"]
    assert (running_tasks["points"], running_tasks["average"], running_tasks["maximum"]) == (2, 6.0, 8.0)
    assert figures["CPUUtilization", "BaseWorker"]["points"] == 0


def test_assess_and_plan_read_it_without_a_network(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blue, report = tmp_path / "blue", tmp_path / "report"
    assert take(blue) == 0
    account.mwaa.asked.clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL_MWAA", "http://127.0.0.1:9")
    assert (
        run(["assess", str(blue), "--out", str(report), "--no-ruff", "--plan", "--target", "mwaa-3.3.1"]) == 1
    )
    said = json.loads((report / "report.json").read_text())
    assert said["source"] == "2.10.3"
    dags = {dag["dag_id"]: dag for dag in said["dags"]}
    assert dags.keys() == {"first", "second", "bad"}
    files = {finding["path"] for finding in said["findings"]}
    assert {"dags/first.py", "environment.json", "startup.sh"} <= files
    assert not [path for path in files if path.startswith("live/")]
    assert run(["plan", str(blue), "--out", str(tmp_path / "plan")]) == 0
    capsys.readouterr()
    assert run(["inventory", str(blue), "--format", "json"]) == 0
    inventory = {dag["dag_id"]: dag for dag in json.loads(capsys.readouterr().out)["dags"]}
    assert inventory["second"]["live"]["is_paused"] is True
    assert inventory["first"]["live"]["last_state"] == "failed"
    assert "0 3 * * *" in json.dumps(inventory["first"]["schedule"])
    assert account.mwaa.asked == []


def test_blue_on_the_command_line_takes_the_snapshot_first(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blue = tmp_path / "blue"
    assert (
        run(["assess", str(blue), "--blue", "mwaa:blue", "--out", str(tmp_path / "report"), "--no-ruff"]) == 1
    )
    assert json.loads((blue / "snapshot.json").read_text())["finished"]
    assert {dag["dag_id"] for dag in json.loads((tmp_path / "report/report.json").read_text())["dags"]} >= {
        "first"
    }
    account.s3.put_object(Bucket=BUCKET, Key="dags/third.py", Body=b'from airflow import DAG\nDAG("third")\n')
    assert run(["plan", str(blue), "--blue", "mwaa:blue", "--out", str(tmp_path / "plan")]) == 0
    assert "third" in (tmp_path / "plan/plan.json").read_text()


def test_what_a_snapshot_lacks_is_a_problem_of_the_report(account: Account, tmp_path: Path) -> None:
    blue = tmp_path / "blue"
    account.airflow.broken["/dags"] = 403
    assert (
        run(["assess", str(blue), "--blue", "mwaa:blue", "--out", str(tmp_path / "report"), "--no-ruff"]) == 3
    )
    assert run(["assess", str(blue), "--out", str(tmp_path / "report"), "--no-ruff"]) == 3
    problems = json.loads((tmp_path / "report/report.json").read_text())["problems"]
    assert "live/dags" in {one["path"] for one in problems}
    assert run(["plan", str(blue), "--out", str(tmp_path / "plan")]) == 3


def test_green_is_defined_from_it(
    account: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert take(tmp_path / "blue") == 0
    arguments = ["--name", "green", "--bucket", "green-bucket", "--target", "mwaa-3.3.1", "--format", "json"]
    assert run(["env", "green", str(tmp_path / "blue"), *arguments]) in (0, 1)
    made = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert made["blue"]["airflow"] == "2.10.3"
    assert {one["blue_key"] for one in made["fill_in"]} >= {"my_team.api"}
    assert "***" not in json.dumps(made["request"])


def test_an_unreadable_snapshot_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "snapshot.json").write_text('{"schema_version": 1, "tool": {"name": "airshift"}}')
    assert run(["assess", str(tmp_path), "--out", str(tmp_path / "report")]) == 2
    assert "take the snapshot again" in capsys.readouterr().err


def test_an_interrupted_snapshot_is_a_problem_of_the_report(account: Account, tmp_path: Path) -> None:
    blue = tmp_path / "blue"
    assert take(blue) == 0
    said = json.loads((blue / "snapshot.json").read_text())
    (blue / "snapshot.json").write_text(json.dumps(said | {"finished": False}))
    (blue / "live/dags.json").unlink()
    assert run(["assess", str(blue), "--out", str(tmp_path / "report"), "--no-ruff"]) == 3
    problems = json.loads((tmp_path / "report/report.json").read_text())["problems"]
    assert "interrupted" in {one["path"]: one["reason"] for one in problems}["snapshot.json"]


def test_places_in_the_bucket_may_be_written_as_addresses(account: Account, tmp_path: Path) -> None:
    account.description["DagS3Path"] = f"s3://{BUCKET}/dags/"
    account.description["RequirementsS3Path"] = f"s3://{BUCKET}/config/requirements.txt"
    assert take(tmp_path / "blue") == 0
    assert (tmp_path / "blue/dags/common/names.py").exists()
    assert (tmp_path / "blue/requirements.txt").exists()


def test_an_answer_of_another_shape_is_unknown(account: Account, tmp_path: Path) -> None:
    account.airflow.content["/pools"] = {"pools": [{"description": CANARY}]}
    account.airflow.content["/health"] = [CANARY]
    assert take(tmp_path / "blue") == 3
    unknown = {
        one["part"]: one["reason"]
        for one in json.loads((tmp_path / "blue/snapshot.json").read_text())["unknown"]
    }
    assert unknown["pools"] == "an answer has another shape than expected (KeyError)"
    assert "no JSON object" in unknown["health"]
    assert CANARY not in all_text(tmp_path)


def test_another_file_of_that_name_is_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / "snapshot.json").write_text('{"mine": 1}')
    (tmp_path / "a.py").write_text('from airflow import DAG\nDAG("a")\n')
    assert run(["assess", str(tmp_path), "--out", str(tmp_path / "report"), "--no-ruff"]) in (0, 1)
