"""Default arguments, one place for all teams."""
from datetime import datetime, timedelta

from airflow.models import Variable
from airflow.utils.dates import days_ago  # noqa: F401  re-exported, half of the DAGs import it from here

from common.callbacks import notify_failure, report_sla_miss  # noqa: F401

ENVIRONMENT = Variable.get("environment", default_var="dev")

DEFAULT_ARGS = {
    "owner": "data-platform",
    "depends_on_past": False,
    "start_date": datetime(2022, 1, 1),
    "email": ["data-alerts@tidewater.example"],
    "email_on_failure": ENVIRONMENT == "prod",
    "email_on_retry": False,
    "retries": 2,
    "retry_delay": timedelta(minutes=5),
    "on_failure_callback": notify_failure,
    "provide_context": True,
}


def team_args(owner, **overrides):
    """The defaults with the team's owner, e.g. `team_args("finance", retries=0)`."""
    return {**DEFAULT_ARGS, "owner": owner, **overrides}
