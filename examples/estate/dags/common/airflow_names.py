"""Airflow names that we import from here, so that the next upgrade is one file to change."""
from airflow.hooks.base_hook import BaseHook  # noqa: F401
from airflow.operators.bash_operator import BashOperator  # noqa: F401
from airflow.operators.dummy_operator import DummyOperator  # noqa: F401
from airflow.operators.python_operator import BranchPythonOperator, PythonOperator  # noqa: F401
from airflow.sensors.external_task import ExternalTaskMarker, ExternalTaskSensor  # noqa: F401
from airflow.utils.trigger_rule import TriggerRule  # noqa: F401

NoOp = DummyOperator
