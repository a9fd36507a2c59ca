"""Sensors that wait for the warehouse."""
from airflow.sensors.base_sensor_operator import BaseSensorOperator
from airflow.utils.session import provide_session
from airflow.models import TaskInstance

from common.airflow_names import BaseHook


class PartitionSensor(BaseSensorOperator):
    """Wait until `table` has a partition for the day of the run."""

    template_fields = ["table"]

    def __init__(self, table, conn_id="warehouse", **kwargs):
        super().__init__(**kwargs)
        self.table = table
        self.conn_id = conn_id

    def poke(self, context):
        hook = BaseHook.get_hook(self.conn_id)
        day = context["tomorrow_ds"]
        return bool(hook.get_first(f"select 1 from partitions where name = '{self.table}' and day < '{day}'"))


class UpstreamHealthySensor(BaseSensorOperator):
    """Wait until no task of `watched_dag_id` is failed."""

    def __init__(self, watched_dag_id, **kwargs):
        super().__init__(**kwargs)
        self.watched_dag_id = watched_dag_id

    @provide_session
    def poke(self, context, session=None):
        failed = (
            session.query(TaskInstance)
            .filter(TaskInstance.dag_id == self.watched_dag_id, TaskInstance.state == "failed")
            .count()
        )
        return failed == 0
