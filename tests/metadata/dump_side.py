"""Runs in a side's own Airflow: prints its decrypted pools, variables and connections, and the DAGs' pause state, as JSON."""

from __future__ import annotations

import json

from airflow.models import Connection, DagModel, Pool, Variable
from airflow.utils.session import create_session

FIELDS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")


def main():
    with create_session() as session:
        print(
            json.dumps(
                {
                    "pools": {
                        pool.pool: [pool.slots, pool.description, pool.include_deferred]
                        for pool in session.query(Pool)
                        if pool.pool != "default_pool"
                    },
                    "variables": {one.key: [one.val, one.description] for one in session.query(Variable)},
                    "connections": {
                        one.conn_id: {name: getattr(one, name) for name in FIELDS}
                        for one in session.query(Connection)
                    },
                    "paused": {dag.dag_id: dag.is_paused for dag in session.query(DagModel)},
                }
            )
        )


if __name__ == "__main__":
    main()
