"""The folder that an Airflow under test gets on its path: it holds one package and nothing else."""
