"""Open a running Airflow: `mwaa:NAME`, `mwaa:NAME@region` or the address of a web server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from airshift.clients.mwaa import PREFIX, MwaaTransport, mwaa_client, parse_where
from airshift.clients.running import RunningAirflow

if TYPE_CHECKING:
    from airshift.clients.api import AirflowApi


def connect(where: str, *, side: str = "live", environ: Mapping[str, str] = os.environ) -> AirflowApi:
    """The Airflow at a place; nothing is asked of it yet. Raise UsageError when it is no place.

    `side` (`live`, `blue`, `green`) names the variables of a login at an address: AIRSHIFT_BLUE_TOKEN, or
    AIRSHIFT_BLUE_USER and AIRSHIFT_BLUE_PASSWORD, and AIRSHIFT_LIVE_... where these are not set. For MWAA the
    caller's AWS credentials count.
    """
    if where.startswith(PREFIX):
        name, region = parse_where(where)
        return RunningAirflow(MwaaTransport(name, region, mwaa_client(region)))
    from airshift.clients.airflow_rest import Credentials, RestTransport

    return RunningAirflow(RestTransport(where, Credentials.of(environ, side)))
