"""What makes one plan better than another (docs/plan.md gives the reasons for each weight)."""

from __future__ import annotations

from dataclasses import dataclass

WAVE = 4.0
"""Each wave."""
INVERSION = 20.0
"""Pairs in the wrong order, for each DAG of the estate."""
IMBALANCE = 1.0
"""Work above the even share, in even shares."""
CUT = 1.0
"""Each point of a cut edge (see `coupling.COST`)."""
WINDOW = 1.0
"""Each DAG whose runs leave no gap in the cutover slot of its wave."""
TOGETHER = 0.5
"""A pair of different levels in one wave is half an inversion: the less critical DAG gives no warning."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What the terms are measured in; the same for every plan of one instance."""

    dags: int
    share: int
    """Minutes of a wave when the work is spread evenly over the fewest waves that the limits allow."""

    def inversions(self, pairs: float) -> float:
        """The cost of so many pairs in the wrong order, each times the difference of the levels' places."""
        return INVERSION * pairs / max(1, self.dags)

    def imbalance(self, minutes: int) -> float:
        """The cost of a wave's work."""
        return IMBALANCE * max(0, minutes - self.share) / max(1, self.share)


def even_share(minutes: int, dags: int, max_dags: int, max_minutes: int) -> int:
    """Minutes of a wave when the work is spread evenly over the fewest waves."""
    waves = max(1, -(-dags // max_dags), -(-minutes // max_minutes))
    return max(1, -(-minutes // waves))
