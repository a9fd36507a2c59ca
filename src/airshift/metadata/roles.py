"""Where an Airflow keeps its roles, and which of them are its users' own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airshift.clients.api import AirflowApi
from airshift.clients.mwaa import PREFIX

AIRFLOW_ROLES = frozenset({"Admin", "Op", "User", "Viewer", "Public"})
"""Roles that every Airflow makes and keeps up to date itself; they differ between versions and stay as they are."""
UNREACHABLE = "Airflow 3 keeps them outside of /api/v2, where MWAA gives no access: use the web interface"
REFUSED = "the server does not list them ({status}): use `airflow roles export` and `airflow roles import`"
_BESIDE_THE_API = "/../../auth/fab/v1/roles"
"""Airflow 3 has them in the provider fab, next to `/api/v2`; versions of it before 3.8 refuse tokens there."""


def roles_path(api: AirflowApi) -> str:
    """The path of the roles, relative to the API; nothing where there is no way to them."""
    if api.major < 3:
        return "/roles"
    return "" if api.label.startswith(PREFIX) else _BESIDE_THE_API


def permissions(record: Mapping[str, Any]) -> str:
    """The permissions of a role as lines, sorted."""
    pairs = {
        (str(pair["action"]["name"]), str(pair["resource"]["name"])) for pair in record.get("actions") or ()
    }
    return "\n".join(f"{action} on {resource}" for action, resource in sorted(pairs))
