"""What is found out about one DAG while its definition is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from airshift.serverless.model import ORDER, Ignored, Reason, Verdict
from airshift.serverless.ruleset import Unfit
from airshift.serverless.values import shown


@dataclass(slots=True)
class Notes:
    """Reasons and losses of a DAG; those of a task carry its id and line."""

    line: int
    task_id: str = ""
    reasons: list[Reason] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)

    def of_task(self, task_id: str, line: int) -> Notes:
        """The same notes, for what is said about a task."""
        return Notes(line, task_id, self.reasons, self.ignored)

    def needs(self, verdict: Verdict, text: str) -> None:
        """Something stands between the DAG and a definition."""
        self.reasons.append(Reason(verdict, text, self.line, self.task_id))

    def unfit(self, unfit: Unfit, more: str = "") -> None:
        """A rule says why."""
        self.needs(unfit.verdict, f"{unfit.text}; {more}" if more else unfit.text)

    def remark(self, text: str) -> None:
        """Something worth knowing that changes no verdict."""
        reason = Reason(Verdict.NATIVE, text, self.line, self.task_id)
        if reason not in self.reasons:
            self.reasons.append(reason)

    def loses(self, name: str, value: Any, effect: str) -> None:
        """An argument would silently be ignored."""
        self.ignored.append(Ignored(name, shown(value), self.line, self.task_id, effect))

    @property
    def verdict(self) -> Verdict:
        """The weightiest of all."""
        return max((reason.leads_to for reason in self.reasons), key=ORDER.index, default=Verdict.NATIVE)
