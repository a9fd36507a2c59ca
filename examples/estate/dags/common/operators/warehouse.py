"""Load a warehouse table from a SQL template."""
from airflow.models import BaseOperator, BaseOperatorLink
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.utils.decorators import apply_defaults


class TableLink(BaseOperatorLink):
    name = "Table"

    def get_link(self, operator, dttm):
        return f"https://catalog.tidewater.example/tables/{operator.table}?at={dttm.isoformat()}"


class WarehouseLoadOperator(BaseOperator):
    """Run `sql` on the warehouse, then store the number of rows of `table`."""

    template_fields = ("sql", "table")
    template_ext = (".sql",)
    ui_color = "#d5e8f0"
    operator_extra_links = (TableLink(),)

    @apply_defaults
    def __init__(self, sql, table, postgres_conn_id="warehouse", *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.sql = sql
        self.table = table
        self.postgres_conn_id = postgres_conn_id

    def execute(self, context):
        hook = PostgresHook(postgres_conn_id=self.postgres_conn_id)
        hook.run(self.sql)
        rows = hook.get_first(f"select count(*) from {self.table}")[0]
        self.xcom_push(context, key="rows", value=rows)
        self.log.info("%s holds %s rows at %s", self.table, rows, context["execution_date"])
        return rows


class IncrementalLoadOperator(WarehouseLoadOperator):
    """Like its parent, one task at a time."""

    def __init__(self, *, watermark="updated_at", **kwargs):
        super().__init__(task_concurrency=1, **kwargs)
        self.watermark = watermark

    def pre_execute(self, context):
        self.log.info("loading %s to %s", context["prev_ds"], context["next_ds"])
