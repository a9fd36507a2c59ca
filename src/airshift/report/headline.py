"""The report in three sentences."""

from __future__ import annotations

from airshift.report.model import Assessment, Verdict
from airshift.report.statistics import hours, verdict_counts


def headline(assessment: Assessment) -> tuple[str, ...]:
    """What a reader has to know who reads nothing else."""
    total = len(assessment.dags)
    if not total:
        return ("No DAG was found here.", *_unread(assessment))
    counts = verdict_counts(assessment)
    ready, fixed = counts[Verdict.READY], counts[Verdict.AUTO_FIXABLE]
    left = total - ready - fixed
    version = assessment.target.version
    sentences = [f"{ready} of {total} DAGs {_one(ready, 'is', 'are')} ready for Airflow {version}."]
    if fixed:
        sentences.append(f"`airshift fix` brings that to {ready + fixed}.")
    if left:
        spent = hours(assessment.effort.total)
        sentences.append(
            f"{left} {_one(left, 'needs', 'need')} people; the whole estate takes about {spent} hours."
        )
    return (*sentences, *_unread(assessment))


def _unread(assessment: Assessment) -> tuple[str, ...]:
    count = len(assessment.problems)
    if not count:
        return ()
    files = _one(count, "file", "files")
    return (f"{count} {files} could not be read; what {_one(count, 'it holds', 'they hold')} comes on top.",)


def _one(count: int, singular: str, plural: str) -> str:
    return singular if count == 1 else plural
