"""What becomes of blue's fields: golden requests by class and version, and every field with its reason."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from airshift.environments.limits import environment_table
from airshift.environments.model import Outcome, with_texts
from airshift.environments.service_model import create, documented_classes, service
from airshift.errors import UsageError
from environments.blues import CLASSES, TARGETS, description, green

GOLDEN = Path(__file__).parent / "golden"
FILES = {"PluginsS3ObjectVersion", "RequirementsS3ObjectVersion", "StartupScriptS3ObjectVersion"}


def outcomes(made: Any) -> dict[str, str]:
    return {change.field: change.outcome.value for change in made.changes}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("environment_class", CLASSES)
def test_golden(environment_class: str, target: str) -> None:
    made = green(description(environment_class), target)
    rows = [[one.field, one.outcome.value, one.before, one.after, one.reason] for one in made.changes]
    text = (
        json.dumps({"request": with_texts(made.request), "changes": rows, "notes": made.notes}, indent=1)
        + "\n"
    )
    file = GOLDEN / f"{environment_class}-{target}.json"
    if os.environ.get("AIRSHIFT_WRITE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    assert "never to be seen" not in text


def test_every_field_of_the_service_model_is_decided_in_the_table_or_in_code() -> None:
    output = service().operation_model("GetEnvironment").output_shape.members["Environment"].members
    taken = set(create().input_shape.members)
    table = environment_table()
    assert set(table["drop"]) == set(output) - taken
    in_code = {
        "Name",
        "SourceBucketArn",
        "AirflowVersion",
        "ExecutionRoleArn",
        "AirflowConfigurationOptions",
        "KmsKey",
        "Teams",
    }
    assert set(table["keep"]) | in_code | FILES == taken
    assert documented_classes() == set(table["classes"])


def test_every_field_of_blue_has_a_reason() -> None:
    made = green()
    told = {change.field.partition("[")[0].partition(".")[0] for change in made.changes}
    assert told == set(description())
    assert all(change.reason for change in made.changes)


def test_the_options_of_the_request() -> None:
    old = green(target="mwaa-3.0.6").request["AirflowConfigurationOptions"]
    new = green(target="mwaa-3.3.1").request["AirflowConfigurationOptions"]
    assert old["core.max_active_tasks_per_dag"] == new["core.max_active_tasks_per_dag"] == "16"
    assert old["dag_processor.min_file_process_interval"] == "60"
    assert old["webserver.instance_name"] == new["api.instance_name"] == "Blue"
    for gone in (
        "core.dag_concurrency",
        "webserver.default_ui_timezone",
        "core.fernet_key",
        "api.secret_key",
    ):
        assert gone not in old and gone not in new
    assert old["core.max_num_rendered_ti_fields_per_task"] == "30"
    assert "core.num_dag_runs_to_retain_rendered_fields" not in new  # it counts something else
    assert (
        outcomes(green())['AirflowConfigurationOptions["core.max_num_rendered_ti_fields_per_task"]']
        == "decide"
    )
    assert new["my_team.api"].placeholder == "AIRSHIFT-SECRET(my_team.api)"


def test_the_new_name_wins_over_the_old_one() -> None:
    options = {"core.dag_concurrency": "1", "core.max_active_tasks_per_dag": "2"}
    made = green(description(AirflowConfigurationOptions=options))
    assert made.request["AirflowConfigurationOptions"] == {"core.max_active_tasks_per_dag": "2"}
    assert outcomes(made)['AirflowConfigurationOptions["core.dag_concurrency"]'] == "dropped"


def test_options_known_to_mwaa_are_dropped_only_where_mwaa_sets_them() -> None:
    options = {
        "core.executor": "x",
        "core.auth_manager": "x",
        "core.multi_team": "True",
        "metrics.statsd_host": "h",
    }
    kept = {
        target: green(description(AirflowConfigurationOptions=options), target).request for target in TARGETS
    }
    assert set(kept["mwaa-3.0.6"]["AirflowConfigurationOptions"]) == {
        "core.multi_team",
        "metrics.statsd_host",
    }
    assert set(kept["mwaa-3.3.1"]["AirflowConfigurationOptions"]) == {"metrics.statsd_host"}


def test_options_given_indirectly_keep_their_suffix() -> None:
    options = {"core.sql_alchemy_conn_secret": "prod/db", "webserver.base_url": "https://x"}
    made = green(description(AirflowConfigurationOptions=options))
    assert "AirflowConfigurationOptions" not in made.request  # MWAA sets both itself
    options = {"webserver.instance_name_secret": "prod/name"}
    made = green(description(AirflowConfigurationOptions=options))
    assert list(made.request["AirflowConfigurationOptions"]) == ["api.instance_name_secret"]


def test_values_that_no_longer_work_are_corrected() -> None:
    options = {"email.email_backend": "airflow.contrib.utils.sendgrid.send_email"}
    made = green(description(AirflowConfigurationOptions=options))
    corrected = {"email.email_backend": "airflow.providers.sendgrid.utils.emailer.send_email"}
    assert made.request["AirflowConfigurationOptions"] == corrected


def test_what_a_blue_without_options_needs_not() -> None:
    small = dict.fromkeys(("AirflowConfigurationOptions", "Tags", "KmsKey", "LoggingConfiguration"))
    files = {
        f"{kind}S3{part}": None
        for kind in ("Plugins", "Requirements", "StartupScript")
        for part in ("Path", "ObjectVersion")
    }
    made = green(description(**small, **files))
    assert not made.later
    assert not set(small) & set(made.request)


def test_tags_of_aws_are_dropped_and_an_empty_map_is_not_sent() -> None:
    made = green()
    assert made.request["Tags"] == {"team": "data"}
    assert outcomes(made)['Tags["aws:cloudformation:stack-name"]'] == "dropped"
    for tags in ({}, {"aws:x": "y"}):
        assert "Tags" not in green(description(Tags=tags)).request


def test_an_s3_address_becomes_a_key() -> None:
    made = green(description(StartupScriptS3Path="s3://blue-bucket/scripts/startup.sh"))
    assert made.request["StartupScriptS3Path"] == "scripts/startup.sh"


def test_one_scheduler_of_airflow_1_becomes_two() -> None:
    made = green(description(AirflowVersion="1.10.12", Schedulers=1))
    assert made.request["Schedulers"] == 2
    assert outcomes(made)["Schedulers"] == "changed"


def test_a_key_of_another_account_and_a_bucket_of_a_team_have_to_be_decided() -> None:
    key = "arn:aws:kms:eu-central-1:999999999999:key/12345678-1234-1234-1234-123456789012"
    assert [one.field for one in green(description(KmsKey=key, AirflowConfigurationOptions=None)).open] == [
        "KmsKey"
    ]
    teams = {
        "one": {"SourceBucketArn": "arn:aws:s3:::blue-bucket", "DagS3Path": "one"},
        "two": {"SourceBucketArn": "arn:aws:s3:::their-bucket", "DagS3Path": "two"},
    }
    center = {"StartUrl": "https://d-1234567890.awsapps.com/start", "IdentityStoreId": "d-1234567890"}
    made = green(
        description(Teams=teams, IdentityCenterConfiguration=center, AirflowConfigurationOptions=None)
    )
    assert made.request["Teams"]["one"]["SourceBucketArn"] == "arn:aws:s3:::green-bucket"
    assert [one.field for one in made.open] == ['Teams["two"]']


def test_customer_endpoints_are_announced() -> None:
    assert any("72 hours" in note for note in green(description(EndpointManagement="CUSTOMER")).notes)
    assert not any("72 hours" in note for note in green().notes)


def test_a_field_that_botocore_does_not_know_has_to_be_decided() -> None:
    made = green(description(Telepathy="on"))
    assert outcomes(made)["Telepathy"] == Outcome.DECIDE
    assert "Telepathy" not in made.request


def test_defaults_of_3_that_nobody_set_are_told() -> None:
    told = " ".join(green().notes)
    assert "scheduler.create_cron_data_intervals" in told
    options = {"scheduler.create_cron_data_intervals": "True"}
    told = " ".join(green(description(AirflowConfigurationOptions=options)).notes)
    assert "scheduler.create_cron_data_intervals" not in told
    told = " ".join(green(description(AirflowVersion="3.0.6")).notes)
    assert "scheduler.create_cron_data_intervals" not in told


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"name": "blue"}, "green needs another one"),
        ({"bucket": "blue-bucket"}, "green needs one of its own"),
        ({"bucket": "ab"}, "3 to 63"),
        ({"name": "1green"}, "Name: has to match"),
        ({"bucket": "Green_Bucket"}, "SourceBucketArn: has to match"),
        ({"role": "green-role"}, "ExecutionRoleArn: has to match"),
    ],
)
def test_wishes_that_cannot_be(wish: dict[str, str], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        green(**wish)


def test_govcloud_and_china_are_places_too() -> None:
    for partition, region in (("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")):
        made = green(
            description(
                Arn=f"arn:{partition}:airflow:{region}:123456789012:environment/blue",
                ExecutionRoleArn=f"arn:{partition}:iam::123456789012:role/r",
                KmsKey=f"arn:{partition}:kms:{region}:123456789012:key/12345678-1234-1234-1234-123456789012",
            )
        )
        assert made.request["SourceBucketArn"] == f"arn:{partition}:s3:::green-bucket"
