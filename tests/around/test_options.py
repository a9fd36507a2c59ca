"""What becomes of options on each target, in every kind of file."""

from __future__ import annotations

import json
import time
from textwrap import dedent

import pytest

from airshift.around.options import Fate, Options, name_of
from airshift.findings import Applicability, Severity
from airshift.targets import parse_target
from around.checking import findings, fixed, found


@pytest.mark.parametrize(
    ("option", "target", "fate", "to"),
    [
        ("webserver.base_url", "3.0.6", Fate.IGNORED, "api.base_url"),
        ("webserver.base_url", "3.1.8", Fate.HONOURED, "api.base_url"),
        ("webserver.page_size", "3.0.6", Fate.PRESENT, None),
        ("webserver.page_size", "3.1.8", Fate.HONOURED, "api.page_size"),
        ("webserver.page_size", "3.3.1", Fate.IGNORED, "api.fallback_page_limit"),
        ("webserver.access_logfile", "3.0.6", Fate.HONOURED, "api.access_logfile"),
        ("webserver.access_logfile", "3.3.1", Fate.IGNORED, "api.log_config"),
        ("webserver.cookie_secure", "3.0.6", Fate.REMOVED, None),
        ("webserver.cookie_secure", "3.3.1", Fate.IGNORED, "fab.cookie_secure"),
        ("scheduler.statsd_allow_list", "3.0.6", Fate.IGNORED, "metrics.metrics_allow_list"),
        ("core.load_default_connections", "3.3.1", Fate.REMOVED, None),
        ("core.mp_start_method", "3.1.8", Fate.REMOVED, None),
        ("core.mp_start_method", "3.3.2", Fate.PRESENT, None),
        ("kubernetes.namespace", "3.3.1", Fate.IGNORED, "kubernetes_executor.namespace"),
        ("core.executor", "3.3.1", Fate.PRESENT, None),
        ("core.donot_pickle", "3.0.6", Fate.PRESENT, None),
        ("core.donot_pickle", "3.3.9", Fate.REMOVED, None),
        ("my_provider.own_option", "3.3.1", Fate.PRESENT, None),
    ],
)
def test_the_fate_of_an_option(option: str, target: str, fate: Fate, to: str | None) -> None:
    verdict = Options.load().verdict(name_of(option), parse_target(target))
    assert (verdict.fate, ".".join(verdict.to) if verdict.to else None) == (fate, to)


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [
        ("cfg", "airflow.cfg", "[scheduler]\nmin_file_process_interval = 60\n"),
        ("cfg below a comment", "config/airflow.cfg.template", "[scheduler]\nmin_file_process_interval: 60\n"),
        ("env", ".env", "# dev\nAIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL=60\n"),
        ("env export", "dev.env", "\nexport AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL='60'\n"),
        ("dockerfile", "Dockerfile", "FROM x\nENV A=1 AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL=60\n"),
        ("dockerfile, old form", "app.Dockerfile", "FROM x\nENV AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL 60\n"),
        ("dockerfile, ARG", "Dockerfile.dev", "FROM x\nARG AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL=60\n"),
        ("shell", "run.sh", "set -e\nexport AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL=60\n"),
        ("shell, for one command", "x.sh", "\nAIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL=6 airflow version\n"),
        ("script without a suffix", "entrypoint", "#!/usr/bin/env bash\nexport AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL=6\n"),
        ("compose mapping", "docker-compose.yml", "environment:\n  AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL: 60\n"),
        ("compose list", "compose.yaml", "environment:\n  - AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL=60\n"),
        ("helm env", "values.yaml", "env: [\n {name: AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL, value: '60'}]\n"),
        ("helm config", "values.yaml", "config: {scheduler: {\n  min_file_process_interval: 60}} # airflow\n"),
        ("chart template", "templates/x.yaml", "env: {{ airflow }}\n  - name: AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL\n    value: 1\n"),
        ("workflow", ".github/workflows/ci.yml", "env:\n  AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL: '60'\n"),
        ("terraform", "mwaa.tf", 'airflow_configuration_options = {\n  "scheduler.min_file_process_interval" = "60"\n}\n'),
        ("terraform, merged", "mwaa.tf", 'airflow_configuration_options = merge(var.x, {\n "scheduler.min_file_process_interval" = 60 })\n'),
        ("terraform, container", "ecs.tf", 'environment = [\n{ name = "AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL", value = "60" }]\n'),
        ("cloudformation", "stack.yaml", "AirflowConfigurationOptions:\n  scheduler.min_file_process_interval: !Ref X\n"),
        ("get-environment", "env.json", '{"Environment": {"AirflowConfigurationOptions": {\n\t"scheduler.min_file_process_interval": "60"}}}'),
        ("cdk", "stack.py", 'CfnEnvironment(airflow_configuration_options={\n  "scheduler.min_file_process_interval": "60"})\n'),
        ("cdk in typescript", "stack.ts", "airflowConfigurationOptions: {\n  'scheduler.min_file_process_interval': '60' }\n"),
        ("os.environ", "conftest.py", 'import os\nos.environ["AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL"] = "60"\n'),
    ],
    ids=lambda value: value if " " in str(value) and len(str(value)) < 40 and "\n" not in str(value) else None,
)  # fmt: skip
def test_an_ignored_option_is_found_and_renamed_in(name: str, path: str, text: str) -> None:
    hits = [hit for hit in found(path, text) if hit[0] == "AS801"]
    assert hits == [("AS801", 2, "scheduler.min_file_process_interval")]
    after = fixed(path, text)
    if name in ("helm config",):
        assert after == text
    else:
        assert after != text
        assert [hit for hit in found(path, after) if hit[0] == "AS801"] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("airflow.cfg", "[core]\nexecutor = CeleryExecutor\n", id="a celery executor"),
        pytest.param(
            "airflow.cfg", "[core]\nexecutor = LocalExecutor,KubernetesExecutor\n", id="several executors"
        ),
        pytest.param(
            "airflow.cfg", "[core]\nhide_sensitive_var_conn_fields = True\n", id="a name that is current"
        ),
        pytest.param(
            "airflow.cfg",
            "[scheduler]\n# min_file_process_interval = 60\n; parsing_processes = 2\n",
            id="commented",
        ),
        pytest.param("airflow.cfg", "[scheduler]\ncatchup_by_default = True\n", id="an explicit default"),
        pytest.param("airflow.cfg", "[core]\nparallelism = 10\n", id="parallelism above 0"),
        pytest.param(
            "airflow.cfg",
            "[email]\nemail_backend = airflow.utils.email.send_email_smtp\n",
            id="the smtp backend",
        ),
        pytest.param(
            "airflow.cfg", "[api]\nbase_url = x\n[dag_processor]\nparsing_processes = 2\n", id="new names"
        ),
        pytest.param("airflow.cfg", "[core]\nsomething = a\n  check_slas = True\n", id="a continuation line"),
        pytest.param("setup.cfg", "[scheduler]\nmin_file_process_interval = 60\n", id="another cfg file"),
        pytest.param(
            ".env", "# AIRFLOW__CORE__CHECK_SLAS=True\nAIRFLOW_HOME=/x\n", id="a comment in an env file"
        ),
        pytest.param(
            "run.sh",
            "  # export AIRFLOW__CORE__CHECK_SLAS=True\necho $AIRFLOW__CORE__CHECK_SLAS\n",
            id="only read",
        ),
        pytest.param(
            "values.yaml", "config:\n  scheduler: nothing\nairflow: 1\n", id="a config key of something else"
        ),
        pytest.param(
            "x.json", '{"airflow": 1, "options": {"core.check_slas": "x"}}', id="dotted keys elsewhere"
        ),
        pytest.param("x.tf", '# airflow\nother = { "core.check_slas" = "x" }', id="another terraform map"),
        pytest.param("x.py", 'import airflow\nX = {"core.check_slas": 1}', id="another dict"),
        pytest.param("x.py", 'S = "AIRFLOW__CORE__CHECK_SLAS"\n', id="a name that sets nothing"),
        pytest.param("logo.svg", "AIRFLOW__CORE__CHECK_SLAS=True", id="a file of another kind"),
        pytest.param("airflow.cfg", "[core]\nenable\n= \n[unclosed\n\x00", id="garbage"),
        pytest.param("airflow.cfg", "", id="an empty file"),
    ],
)
def test_silent(path: str, text: str) -> None:
    assert found(path, text) == []


@pytest.mark.parametrize(
    ("option", "value", "instead"),
    [
        ("core.executor", "SequentialExecutor", "LocalExecutor"),
        ("core.executor", "LocalExecutor,SequentialExecutor", "LocalExecutor,LocalExecutor"),
        ("core.executor", "airflow.executors.celery_executor.CeleryExecutor", "CeleryExecutor"),
        ("core.executor", "CeleryKubernetesExecutor", None),
        ("core.parallelism", "0", None),
        ("core.hostname_callable", "socket:getfqdn", None),
        ("logging.log_filename_template", "{{ ti.dag_id }}/{{ ts }}.log", None),
        ("celery.celery_config_options", "airflow.config_templates.default_celery.DEFAULT_CELERY_CONFIG",
         "airflow.providers.celery.executors.default_celery.DEFAULT_CELERY_CONFIG"),
        ("secrets.backend", "airflow.contrib.secrets.aws_secrets_manager.SecretsManagerBackend", None),
        ("fab.auth_backends", "airflow.api.auth.backend.session",
         "airflow.providers.fab.auth_manager.api.auth.backend.session"),
    ],
)  # fmt: skip
def test_a_value_that_no_longer_works(option: str, value: str, instead: str | None) -> None:
    section, name = option.split(".")
    text = f"[{section}]\n{name} = {value.replace('%', '%%')}\n"
    (finding,) = findings("airflow.cfg", text)
    assert (finding.code, finding.place.line, finding.place.column) == ("AS804", 2, len(name) + 4)
    assert fixed("airflow.cfg", text) == text
    assert fixed("airflow.cfg", text, unsafe=True) == (
        text if instead is None else f"[{section}]\n{name} = {instead}\n"
    )


def test_options_given_indirectly_are_the_same_option() -> None:
    text = "AIRFLOW__WEBSERVER__SECRET_KEY_CMD='cat key'\nAIRFLOW__API_AUTH__JWT_SECRET=x\n"
    assert found(".env", text) == [("AS802", 1, "webserver.secret_key")]
    assert fixed(".env", text) == "AIRFLOW__API__SECRET_KEY_CMD='cat key'\nAIRFLOW__API_AUTH__JWT_SECRET=x\n"


def test_a_loss_that_changes_nothing_is_information() -> None:
    severities = [
        findings("airflow.cfg", f"[core]\nenable_xcom_pickling = {value}\n")[0].severity
        for value in ("True", "False")
    ]
    assert severities == [Severity.ERROR, Severity.INFO]


def test_mwaa_sets_some_options_itself() -> None:
    text = '{"AirflowConfigurationOptions": {"core.load_examples": "x", "webserver.secret_key": "y", "core.parallelism": "4"}}'
    assert found("env.json", text, "mwaa-3.3.1") == [
        ("AS806", 1, "core.load_examples"),
        ("AS802", 1, "webserver.secret_key"),
    ]
    assert found("env.json", text, "3.3.1") == [("AS802", 1, "webserver.secret_key")]
    startup = "export AIRFLOW__CORE__LOAD_EXAMPLES=False\n"
    assert found("startup.sh", startup, "mwaa-3.3.1") == [("AS806", 1, "core.load_examples")]
    assert found("local.sh", startup, "mwaa-3.3.1") == []


def test_moving_keeps_comments_and_creates_each_section_once() -> None:
    before = """\
    # ours
    [core]
    dag_file_processor_timeout = 120
    # speed
    parallelism = 8

    [scheduler]
    # seconds
    min_file_process_interval = 60
    scheduler_zombie_task_threshold = 600
    [webserver]
    base_url = https://x
    navbar_color = #fff
    """
    after = """\
    # ours
    [core]
    # speed
    parallelism = 8

    [scheduler]
    # seconds
    task_instance_heartbeat_timeout = 600
    [webserver]

    [dag_processor]
    dag_file_processor_timeout = 120
    min_file_process_interval = 60

    [api]
    base_url = https://x

    [fab]
    navbar_color = #fff
    """
    assert fixed("airflow.cfg", before) == dedent(after)


def test_moving_into_a_section_that_is_there_takes_continuation_lines_along() -> None:
    before = "[api]\nport = 1\n\n[webserver]\nbase_url =\n  https://x\nexpose_config = True"
    after = "[api]\nport = 1\nbase_url =\n  https://x\nexpose_config = True\n\n[webserver]\n"
    assert fixed("airflow.cfg", before) == after


def test_an_old_name_beside_the_new_one_goes() -> None:
    before = "[scheduler]\nscheduler_zombie_task_threshold = 1\ntask_instance_heartbeat_timeout = 2\n"
    assert fixed("airflow.cfg", before) == "[scheduler]\ntask_instance_heartbeat_timeout = 2\n"


def test_two_old_names_of_one_option_are_left_to_a_person() -> None:
    text = "AIRFLOW__SCHEDULER__MAX_THREADS=2\nAIRFLOW__SCHEDULER__PARSING_PROCESSES=3\n"
    assert [finding.applicability for finding in findings(".env", text)] == [Applicability.MANUAL] * 2
    assert fixed(".env", text) == text


def test_a_variable_that_the_file_also_reads_is_not_renamed_by_a_safe_fix() -> None:
    text = 'export AIRFLOW__WEBSERVER__BASE_URL=http://x\ncurl "$AIRFLOW__WEBSERVER__BASE_URL/login"\n'
    assert fixed("run.sh", text) == text
    assert fixed("run.sh", text, unsafe=True).startswith("export AIRFLOW__API__BASE_URL=http://x\n")


def test_removing_leaves_no_empty_mapping_behind() -> None:
    alone = "environment:\n  AIRFLOW__CORE__CHECK_SLAS: 'True'\n"
    assert fixed("compose.yaml", alone) == alone
    two = "environment:\n  AIRFLOW__CORE__CHECK_SLAS: 'True'  # gone\n  A: b\n"
    assert fixed("compose.yaml", two) == "environment:\n  A: b\n"


def test_line_ends_encoding_and_byte_order_mark_stay() -> None:
    from airshift.around.fix import fix_file

    target = parse_target("3.3.1")
    windows = "﻿[core]\r\n# é\r\ncheck_slas = True\r\nparallelism = 2".encode()
    assert fix_file("airflow.cfg", windows, target).after == "﻿[core]\r\n# é\r\nparallelism = 2".encode()
    latin = "[core]\n# é\ndag_concurrency = 2\n".encode("latin-1")
    assert fix_file(
        "airflow.cfg", latin, target
    ).after == "[core]\n# é\nmax_active_tasks_per_dag = 2\n".encode("latin-1")


def test_a_configuration_file_held_in_a_manifest() -> None:
    text = """
        kind: ConfigMap
        data:
          airflow.cfg: |
            [webserver]
            # the address
            base_url = https://a

            [core]
            check_slas = True
          other.cfg: |-
            [api]
            auth_backends = airflow.api.auth.backend.session
        """
    assert found("manifests/config.yaml", text) == [
        ("AS802", 7, "webserver.base_url"),
        ("AS803", 10, "core.check_slas"),
        ("AS801", 13, "api.auth_backends"),
        ("AS804", 13, "api.auth_backends"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "image: apache/airflow\nname: AIRFLOW__WEBSERVER__BASE_URL\nvalue: a\n",
        '{"airflow_configuration_options": {"webserver.base_url": "a"}}',
        "AIRFLOW_CONFIGURATION_OPTIONS:\n  webserver.base_url: a\n",
        "airflow: x\nconfig:\n  core: {a: b}\n  webserver:\n    base_url: a\n",
        '"config" : {"core": {}, "webserver": {"base_url": "airflow"}}',
        "airflow:\n  webserver.cfg: |\n    [webserver]\n    base_url = a\n",
    ],
)
def test_every_way_to_set_an_option_passes_the_byte_filter(text: str) -> None:
    assert [symbol for _, _, symbol in found("some.yaml", text)] == ["webserver.base_url"]


def test_a_long_file_that_can_set_nothing_is_not_parsed() -> None:
    """A megabyte of JSON takes a second to parse."""
    long = json.dumps([{"message": "airflow", "rows": [1, 2, 3]}] * 30_000)
    started = time.perf_counter()
    assert found("data.json", long) == []
    assert time.perf_counter() - started < 0.3
