"""Which DAGs could run on Amazon MWAA Serverless, and their definitions as YAML."""
