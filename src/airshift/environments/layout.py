"""What has to lie in green's bucket, and where."""

from __future__ import annotations

from dataclasses import dataclass

from airshift.environments.limits import FILES
from airshift.environments.model import Green

_LOCAL = {"Plugins": "plugins.zip", "Requirements": "requirements.txt", "StartupScript": "startup.sh"}


@dataclass(frozen=True, slots=True)
class Place:
    """One object or folder of the bucket."""

    local: str
    """Where it is expected in the fixed estate."""
    key: str
    field: str
    """The version field of CreateEnvironment that belongs to it; empty for the DAG folder."""
    what: str


def layout(green: Green) -> tuple[Place, ...]:
    """The DAG folder, then the files whose versions green is created with."""
    places = [Place("dags", green.request["DagS3Path"].strip("/"), "", "DAG files, and .airflowignore")]
    for kind in FILES:
        key = green.request.get(f"{kind}S3Path")
        if key is not None:
            local = _LOCAL[kind]
            places.append(Place(local, key.lstrip("/"), f"{kind}S3ObjectVersion", local))
    return tuple(places)
