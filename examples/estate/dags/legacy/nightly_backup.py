"""Nightly backup of the old warehouse. Paused since 2021."""
from airflow import DAG
from airflow.operators.bash_operator import BashOperator
from datetime import datetime

dag = DAG('nightly_backup', schedule_interval='0 23 * * *', start_date=datetime(2019, 1, 1))

print 'building backup tasks'

for name in ('orders', 'stock'):
    BashOperator(task_id='dump_%s' % name, bash_command='pg_dump %s' % name, dag=dag)
