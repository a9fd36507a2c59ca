"""The next runs of a DAG, as its own Airflow's timetable plans them."""

from __future__ import annotations

import contextlib
import datetime
import importlib
from typing import Any

from .describe import first_date, moment


def next_runs(
    dag: Any, serialized: dict[str, Any], after: datetime.datetime, count: int
) -> list[dict[str, Any]]:
    """Up to `count` runs that become due after `after`, oldest first; none for what no clock starts."""
    from airflow.timetables.base import TimeRestriction

    timetable = _timetable(dag, serialized)
    if not getattr(timetable, "can_be_scheduled", True):
        return []
    start = first_date(dag) or after
    restriction = TimeRestriction(earliest=start, latest=dag.end_date, catchup=True)
    last = _before(timetable, start, after) if start < after else None
    found: list[dict[str, Any]] = []
    while len(found) < count:
        info = _following(timetable, last, restriction)
        if info is None or (last is not None and info.run_after <= last.run_after):
            break
        last = info
        found.append(
            {
                "run_after": moment(info.run_after),
                "logical_date": moment(info.logical_date),
                "data_interval_start": moment(info.data_interval and info.data_interval.start),
                "data_interval_end": moment(info.data_interval and info.data_interval.end),
            }
        )
    return found


def _before(timetable: Any, start: datetime.datetime, after: datetime.datetime) -> Any:
    """The last run that is due at `after`, where a timetable can tell; a plain period counts from its start."""
    from airflow.timetables.base import DagRunInfo, DataInterval

    period = getattr(timetable, "_delta", None) or getattr(timetable, "delta", None)
    if isinstance(period, datetime.timedelta) and period:
        end = start + (after - start) // period * period
        interval = DataInterval(end - period, end)
    else:
        interval = timetable.infer_manual_data_interval(run_after=after)
    return DagRunInfo(run_after=interval.end, data_interval=interval)


def _following(timetable: Any, last: Any, restriction: Any) -> Any:
    """What comes after `last`; the second form of the question exists since Airflow 3.2."""
    if hasattr(timetable, "next_dagrun_info_v2"):
        return timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)
    interval = last and last.data_interval
    return timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)


def serialized(dag: Any) -> dict[str, Any]:
    """The DAG as Airflow stores it; raises what would be an import error."""
    data = _serializer().to_dict(dag)
    return dict(data)


def _timetable(dag: Any, stored: dict[str, Any]) -> Any:
    """The scheduler's timetable: from Airflow 3.2 on it is another object than the DAG author's."""
    encoded = stored["dag"].get("timetable")
    for module in ("airflow.serialization.decoders", "airflow.serialization.serialized_objects"):
        with contextlib.suppress(ImportError, AttributeError):
            decode = importlib.import_module(module).decode_timetable
            return decode(encoded) if encoded else dag.timetable
    return dag.timetable


def _serializer() -> Any:
    """The class that stores DAGs: it got a name of its own in Airflow 3.2."""
    from airflow.serialization import serialized_objects

    return getattr(serialized_objects, "DagSerialization", None) or serialized_objects.SerializedDAG
