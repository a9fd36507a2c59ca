"""Every DAG imports, has an owner and tags."""
from airflow.models import DagBag
from airflow.utils.dag_cycle_tester import check_cycle

BROKEN = {"nightly_backup.py", "survey_import.py"}


def test_no_import_errors():
    bag = DagBag(dag_folder="dags", include_examples=False)
    errors = {path: text for path, text in bag.import_errors.items() if path.rsplit("/", 1)[-1] not in BROKEN}
    assert not errors


def test_dags_have_owner_and_tags(dag_bag):
    for dag in dag_bag.dags.values():
        check_cycle(dag)
        assert dag.owner and dag.owner != "airflow", dag.dag_id
        assert dag.tags[0], dag.dag_id
        assert dag.schedule_interval != "* * * * *"
