from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from airshift.pin.decisions import Answers, Release
from airshift.pin.document import parse_document
from airshift.pin.grammar import Blank, Package
from airshift.pin.output import new_text
from airshift.pin.resolver import resolve
from airshift.pin.store import bundled, load_bundled
from pin.requests_of import decide, one, request_of

PINS = load_bundled("3.3.1", "3.12").versions
HOSTED = "3.3.1"


@pytest.mark.parametrize(
    ("before", "target", "action", "after", "kind"),
    [
        ("pandas", HOSTED, "pin", f"pandas=={PINS['pandas']}", "constrained"),
        (f"pandas=={PINS['pandas']}", HOSTED, "keep", f"pandas=={PINS['pandas']}", "constrained"),
        ("pandas==1.5.3", HOSTED, "change", f"pandas=={PINS['pandas']}", "constrained"),
        ("pandas>=2", HOSTED, "pin", f"pandas=={PINS['pandas']}", "constrained"),
        ("Pandas [aws] ==1.5.3", HOSTED, "change", f"Pandas[aws]=={PINS['pandas']}", "constrained"),
        ("pandas<2", HOSTED, "conflict", f"pandas=={PINS['pandas']}", "conflict"),
        ("celery==5.4.0", HOSTED, "change", f"celery=={PINS['celery']}", "constrained"),
        ("celery==5.4.0", "mwaa-3.3.1", "drop", None, "essential"),
        ("celery==5.3.0", "mwaa-3.3.1", "conflict", None, "essential"),
        ("celery>=5", "mwaa-3.3.1", "drop", None, "essential"),
        ("celery[redis]>=5", "mwaa-3.3.1", "pin", "celery[redis]==5.6.3", "essential"),
        ("boto3", "mwaa-3.3.1", "drop", None, "preinstalled"),
        ("boto3==1.20.0", "mwaa-3.3.1", "drop", None, "preinstalled"),
        ("boto3<1.30", "mwaa-3.3.1", "conflict", f"boto3=={PINS['boto3']}", "conflict"),
        ("apache-airflow-providers-amazon[aiobotocore]", "mwaa-3.3.1", "drop", None, "preinstalled"),
        ("apache-airflow-providers-amazon[pandas]", "mwaa-3.3.1", "pin", "apache-airflow-providers-amazon[pandas]==9.34.0", "constrained"),
        ("apache-airflow==2.10.3", "mwaa-3.3.1", "drop", None, "airflow"),
        ("apache-airflow==2.10.3", HOSTED, "change", "apache-airflow==3.3.1", "airflow"),
        ("apache-airflow==3.3.1", HOSTED, "keep", "apache-airflow==3.3.1", "airflow"),
        ("apache-airflow[gcp,s3]>=2", HOSTED, "change", "apache-airflow[amazon,google]==3.3.1", "airflow"),
        ("apache-airflow-task-sdk", HOSTED, "drop", None, "airflow"),
        ("dataclasses", HOSTED, "drop", None, "backport"),
        ("sklearn", HOSTED, "change", f"scikit-learn=={PINS['scikit-learn']}", "moved"),
        ("openlineage-airflow==1.0", HOSTED, "change", f"apache-airflow-providers-openlineage=={PINS['apache-airflow-providers-openlineage']}", "moved"),
        ("apache-airflow-backport-providers-google", HOSTED, "change", f"apache-airflow-providers-google=={PINS['apache-airflow-providers-google']}", "moved"),
        ("astronomer-providers[all]", HOSTED, "manual", None, "moved"),
        ("pandas==1.5.3 ; python_version < '3.8'", HOSTED, "keep", "pandas==1.5.3 ; python_version < '3.8'", "marker"),
        ("pandas==1.5.3 ; python_version > '3.8'", HOSTED, "change", f'pandas=={PINS["pandas"]} ; python_version > "3.8"', "constrained"),
        ("pandas=1", HOSTED, "manual", None, "invalid"),
        ("./w/a-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", HOSTED, "keep", "./w/a-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", "direct"),
        ("./w/a-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", HOSTED, "manual", None, "direct"),
        ("git+https://h/r.git#egg=celery", "mwaa-3.3.1", "conflict", None, "essential"),
        ("git+https://h/r.git#egg=own", HOSTED, "manual", "git+https://h/r.git#egg=own", "direct"),
    ],
)  # fmt: skip
def test_fate(before: str, target: str, action: str, after: str | None, kind: str) -> None:
    decision = decide(f"{before}\n", target)[0]
    assert (decision.action, decision.after, decision.kind) == (action, after, kind)
    assert decision.before == before
    assert decision.reason


def test_a_conflict_tells_both_sides_and_whether_mwaa_lets_it_be_overridden() -> None:
    free, fixed = one("pandas<2\n"), one("sqlalchemy<2\n")
    assert free.sides == ("this file: pandas<2", f"constraints of Airflow 3.3.1: pandas=={PINS['pandas']}")
    assert "MWAA lets you override it" in free.reason
    assert fixed.sides == ("this file: sqlalchemy<2", "MWAA's essential constraints: sqlalchemy==2.0.51")
    assert "not overridable" in fixed.reason


def test_hashes_of_the_old_version_go_and_are_mentioned() -> None:
    decision = one("pandas==1.5.3 --hash=sha256:ab\n", HOSTED)
    assert decision.after == f"pandas=={PINS['pandas']}"
    assert "hashes" in decision.notes[0]


def test_hashes_stay_only_where_every_line_has_one() -> None:
    right = f"pandas=={PINS['pandas']} --hash=sha256:ab"
    whole = f"{right}\n--require-hashes\nnumpy=={PINS['numpy']} --hash=sha256:cd\n"
    assert {decision.action for decision in decide(whole, HOSTED)} == {"keep"}
    partial = decide(
        f"{right}\n--require-hashes\nnumpy==1.0 --hash=sha256:cd\nhttps://h/w-1-py3-none-any.whl --hash=sha256:ef\n",
        HOSTED,
    )
    assert [(decision.action, decision.after) for decision in partial] == [
        ("change", f"pandas=={PINS['pandas']}"),
        ("drop", None),
        ("change", f"numpy=={PINS['numpy']}"),
        ("change", "https://h/w-1-py3-none-any.whl"),
    ]
    assert "pip would reject the lines that have no hash" in partial[0].notes[0]


def test_the_same_line_twice_is_dropped_once() -> None:
    first, second = (
        decide("pandas\nPandas==1.0\npandas[aws]\n", HOSTED)[::2],
        decide("pandas\npandas>=1\n", HOSTED),
    )
    assert [decision.action for decision in first] == ["pin", "pin"]
    assert [decision.action for decision in second] == ["pin", "drop"]
    assert second[1].reason == "the same as line 1"


def test_extras_of_airflow_become_lines_on_mwaa_unless_the_image_has_them() -> None:
    decisions = decide("apache-airflow[celery,google,postgres,s3]==2.10.3\n")
    assert [(d.action, d.after) for d in decisions] == [
        ("drop", None),
        ("add", f"apache-airflow-providers-google=={PINS['apache-airflow-providers-google']}"),
    ]


def test_providers_that_the_dags_import_are_added() -> None:
    modules = (
        "airflow.operators.python",
        "airflow.contrib.operators.emr_create_job_flow_operator",
        "airflow.providers.microsoft.azure.hooks.wasb",
        "pandas",
        "airflow.models",
        "airflow.sdk",
    )
    hosted = decide("apache-airflow-providers-amazon\n", HOSTED, modules=modules)
    assert [(d.action, d.name) for d in hosted] == [
        ("pin", "apache-airflow-providers-amazon"),
        ("add", "apache-airflow-providers-microsoft-azure"),
        ("add", "apache-airflow-providers-standard"),
    ]
    assert hosted[2].reason.startswith("the DAGs import airflow.operators.python")
    assert [d.name for d in decide("", "mwaa-3.3.1", modules=modules)] == [
        "apache-airflow-providers-microsoft-azure"
    ]


@pytest.mark.parametrize(
    ("imported", "provider"),
    [
        ("airflow.operators.python:PythonOperator", "standard"),
        ("airflow.operators.python:get_current_context", ""),
        ("airflow.operators:python", "standard"),
        ("airflow.operators.bash:*", "standard"),
        ("airflow.operators.dummy_operator:DummyOperator", "standard"),
        ("airflow.sensors.external_task:ExternalTaskSensor", "standard"),
        ("airflow.sensors.base:BaseSensorOperator", ""),
        ("airflow.operators.email:EmailOperator", "smtp"),
        ("airflow.utils.email:send_email", ""),
        ("airflow.hooks.base:BaseHook", ""),
        ("airflow.hooks.dbapi:DbApiHook", "common-sql"),
        ("airflow.providers.common.compat.assets:Asset", "common-compat"),
        ("airflow.www.security:AirflowSecurityManager", "fab"),
        ("flask_appbuilder:BaseView", "fab"),
        ("flask:Blueprint", ""),
        ("airflow.contrib.hooks.aws_hook:AwsHook", "amazon"),
        ("airflow.kubernetes.secret:Secret", "cncf-kubernetes"),
        ("airflow.executors.celery_executor:CeleryExecutor", "celery"),
        ("airflow.providers.tabular.hooks.tabular:TabularHook", "apache-iceberg"),
        ("airflow.operators.subdag:SubDagOperator", ""),
        ("airflow.decorators:task", ""),
        ("airflow.operators.own_plugin:Own", ""),
        ("airflow.providers.acme.hooks:Own", ""),
        ("airflow:DAG", ""),
    ],
)
@pytest.mark.parametrize("target", ["3.0.6", "3.3.1"])
def test_a_provider_is_added_exactly_when_an_imported_name_needs_it(
    imported: str, provider: str, target: str
) -> None:
    added = [decision.name for decision in decide("", target, names=(imported,))]
    assert added == ([f"apache-airflow-providers-{provider}"] if provider else [])


def test_an_operator_that_became_a_common_one_needs_both_providers() -> None:
    names = ("airflow.providers.postgres.operators.postgres:PostgresOperator",)
    assert [decision.name for decision in decide("", HOSTED, names=names)] == [
        "apache-airflow-providers-common-sql",
        "apache-airflow-providers-postgres",
    ]


def test_a_provider_that_left_the_image_is_added() -> None:
    assert one("", "mwaa-3.0.6", modules=("airflow.providers.ftp.hooks.ftp",)).after.startswith(
        "apache-airflow-providers-ftp=="
    )


def test_a_major_jump_names_what_is_gone_and_imported_here() -> None:
    name = "airflow.providers.amazon.aws.hooks.ecs:should_retry_eni"
    used = one("apache-airflow-providers-amazon==8.0.0\n", HOSTED, names=(name,))
    assert used.notes == (
        "major jump from 8.0.0 to 9.34.0",
        "gone from it and imported here: airflow.providers.amazon.aws.hooks.ecs.should_retry_eni",
    )
    renamed = (
        "airflow.providers.http.operators.http:SimpleHttpOperator",
        "airflow.providers.http.hooks.http:HttpHook",
    )
    assert one("apache-airflow-providers-http==4.13.0\n", HOSTED, names=renamed).notes == (
        f"major jump from 4.13.0 to {PINS['apache-airflow-providers-http']}",
        "gone from it and imported here: airflow.providers.http.operators.http.SimpleHttpOperator "
        "(use airflow.providers.http.operators.http.HttpOperator)",
    )
    assert one("apache-airflow-providers-amazon==8.0.0\n", HOSTED).notes == used.notes[:1]
    assert one("apache-airflow-providers-amazon==9.1.0\n", HOSTED).notes == ()


@pytest.mark.parametrize("text", ["astronomer-cosmos==1.7.1", "astronomer-cosmos", "astronomer-cosmos>=1.5"])
def test_third_party_packages_are_lifted_to_their_first_release_for_airflow_3(text: str) -> None:
    request = request_of(f"{text}\n", HOSTED)
    (question,) = resolve(request, Answers()).open
    assert ">=1.10.0" in question.specifier
    decision = one(
        f"{text}\n",
        HOSTED,
        Answers(
            True, versions={"astronomer-cosmos": "1.15.1"}, needs_airflow=frozenset({"astronomer-cosmos"})
        ),
    )
    assert decision.after == "astronomer-cosmos==1.15.1"
    assert "1.10.0 is the first release" in decision.reason


def test_packages_tied_to_sqlalchemy_are_lifted_only_where_it_is_2() -> None:
    assert (
        resolve(request_of("sqlalchemy-redshift==0.8.14\n", "3.0.6"), Answers()).open[0].specifier
        == "==0.8.14"
    )


OUTSIDE = "some-package==1.0"


def test_without_an_index_the_rest_is_left_and_said() -> None:
    resolution = resolve(request_of(f"{OUTSIDE}\nother\npandas\n", HOSTED), Answers(why_not="offline"))
    assert resolution.unanswered == ("some-package", "other")
    assert not resolution.is_complete
    actions = {decision.name: (decision.action, decision.after) for decision in resolution.decisions}
    assert actions["some-package"] == ("keep", OUTSIDE)
    assert actions["other"] == ("manual", "other")
    assert actions["pandas"][0] == "pin"


@pytest.mark.parametrize(
    ("answers", "action", "after", "words"),
    [
        (Answers(True, versions={"some-package": "1.0"}), "keep", OUTSIDE, "resolved"),
        (Answers(True, versions={"some-package": "1.2"}, relaxed={"some-package": "==1.0"}), "change", "some-package==1.2", "==1.0 had to be lifted"),
        (Answers(True, versions={"some-package": "1.2"}, releases={"some-package": {"1.0": Release("broken", True), "1.2": Release(None, True)}}), "change", "some-package==1.2", "1.0 was yanked: broken"),
        (Answers(True, versions={"some-package": "1.2"}, releases={"some-package": {"1.0": Release(None, False, True), "1.2": Release(None, True)}}), "change", "some-package==1.2", "1.0 has no wheel for Python 3.12"),
        (Answers(True, versions={"some-package": "1.0"}, releases={"some-package": {"1.0": Release(None, False, True)}}), "keep", OUTSIDE, "built from source"),
        (Answers(True, releases={"some-package": {}}), "manual", OUTSIDE, "no such package"),
        (Answers(True, failures={"some-package": "because a needs b<2"}), "conflict", None, "because a needs b<2"),
        (Answers(True, versions={"some-package": "1.0"}, needs_airflow=frozenset({"some-package"})), "manual", OUTSIDE, "depends on apache-airflow"),
    ],
)  # fmt: skip
def test_answers_of_the_index(answers: Answers, action: str, after: str | None, words: str) -> None:
    decision = one(f"{OUTSIDE}\n", HOSTED, answers)
    assert (decision.action, decision.after) == (action, after)
    assert words in "; ".join((decision.reason, *decision.notes))


@pytest.mark.parametrize(
    ("name", "target", "words"),
    [
        ("airflow-multi-dagrun", HOSTED, "by its name it works inside Airflow"),
        ("own-tool", HOSTED, "it depends on apache-airflow"),
        ("other-tool", HOSTED, ""),
        ("airflowctl-like", HOSTED, ""),
        ("apache-airflow-providers-own", HOSTED, ""),
        ("airflow-clickhouse-plugin", HOSTED, ""),
    ],
)
def test_who_works_inside_airflow_is_left_to_a_person(name: str, target: str, words: str) -> None:
    answers = Answers(True, versions={name: "9.0"}, needs_airflow=frozenset({"own-tool"}))
    decision = one(f"{name}==9.0\n", target, answers)
    assert (decision.action, decision.kind == "imports_airflow") == (
        ("manual", True) if words else ("keep", False)
    )
    assert words in decision.reason


OLD = (
    "--constraint https://raw.githubusercontent.com/apache/airflow/constraints-2.10.3/constraints-3.11.txt\n"
)
NEW = OLD.replace("2.10.3", "3.3.1").replace("3.11", "3.12")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("pandas\n", NEW.strip()),
        (OLD, NEW.strip()),
        ("# top\n" + OLD, "# top"),
        ("pandas\n" + OLD, NEW.strip()),
        (NEW + "pandas\n", NEW.strip()),
        ("-c old-constraints.txt\npandas\n", NEW.strip()),
        (OLD.replace("3.11", "${PYTHON}"), NEW.strip()),
    ],
)
def test_the_targets_constraint_line_comes_first_and_once(text: str, first: str) -> None:
    request = request_of(text)
    new = new_text(request.documents[0], resolve(request, Answers(True)))
    assert new.splitlines()[0].split("  # airshift")[0] == first
    assert sum(line.startswith(("--constraint", "-c")) for line in new.splitlines()) == 1


LINES = st.sampled_from(
    ["pandas", "pandas<2", "boto3==1.0", "celery==5.3.0", "sklearn", "dataclasses", "some-package==1.0", "other>=2  # why", "apache-airflow[gcp,password]==2.10.3", "# note", "", OLD.strip(), "oops=1", "numpy==1.26.4 --hash=sha256:ab", f"pandas=={PINS['pandas']} --hash=sha256:cd", "git+https://h/r.git#egg=own", "astronomer-providers", "--pre", "requests \\\n  >=2"]
)  # fmt: skip


SPECIFIERS = st.sampled_from(
    ["", "==1.0", "===odd", "==1.*", "~=2.1", ">=1,<2", "!=3", "== 1!2.0+x", "<0", ">=9999"]
)
NAMES = st.sampled_from(
    ["pandas", "celery", "apache-airflow", "own", "sklearn", "airflow", "boto3", "dataclasses"]
)
WRITTEN = st.builds(
    lambda name, extras, specifier, tail: f"{name}{extras}{specifier}{tail}",
    NAMES,
    st.sampled_from(["", "[x]", "[aws,s3]"]),
    SPECIFIERS,
    st.sampled_from(
        ["", " ; python_version < '3.9'", " ; extra == 'x'", " --hash=sha256:ab", "  # c", " \\"]
    ),
)


@example(["boto3~=2.1"], "mwaa-3.0.6", "\n")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(LINES, WRITTEN), max_size=8),
    st.sampled_from(["mwaa-3.0.6", "mwaa-3.3.1", "3.3.1", "3.2.1"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_resolving_twice_gives_the_same_file(lines: list[str], target: str, ending: str) -> None:
    answers = Answers(
        True,
        versions={
            "some-package": "1.4",
            "other": "3.0",
            "flask-bcrypt": "1.0.1",
            "bcrypt": "4.0",
            "own": "2.0",
        },
    )
    modules = ("airflow.operators.bash", "airflow.providers.google.cloud.hooks.gcs")
    request = request_of(ending.join(lines), target, modules)
    once = new_text(request.documents[0], resolve(request, answers))
    again = request_of(once, target, modules)
    assert new_text(again.documents[0], resolve(again, answers)) == once
    assert resolve(request, answers) == resolve(request, answers)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(WRITTEN, LINES, st.text(max_size=30)), max_size=6),
    st.sampled_from(["mwaa-3.3.1", "3.0.6"]),
)
def test_whatever_stands_in_a_file_every_line_of_it_has_one_fate(lines: list[str], target: str) -> None:
    request = request_of("\n".join(lines), target)
    for answers in (
        Answers(),
        Answers(True),
        Answers(True, versions={"own": "2.0"}, failures={"other": "no"}),
    ):
        resolution = resolve(request, answers)
        places = [decision.line for decision in resolution.decisions if decision.line]
        assert len(places) == len(set(places))
        spoken = {line.number for line in request.documents[0].lines if not isinstance(line.entry, Blank)}
        assert set(places) == spoken
        assert all(decision.reason for decision in resolution.decisions)
        new_text(request.documents[0], resolution)


@pytest.mark.parametrize(("version", "python"), bundled())
@pytest.mark.parametrize("specifier", ["", "==0.0.1", ">=0"])
def test_every_pin_from_the_constraints_is_the_official_one(
    version: str, python: str, specifier: str
) -> None:
    official = load_bundled(version, python).versions
    text = "".join(f"{name}{specifier}\n" for name in official)
    request = request_of(text, version, python=python)
    new = parse_document(new_text(request.documents[0], resolve(request, Answers(True))), "x")
    pinned = {line.entry.key: line.entry.specifier for line in new.lines if isinstance(line.entry, Package)}
    assert pinned == {name: f"=={pin}" for name, pin in official.items()}
