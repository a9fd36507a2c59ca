"""Pools, variables, connections and roles: what an Airflow keeps in its database and a new one has to get."""

from __future__ import annotations
