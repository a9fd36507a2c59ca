"""airshift: assess, fix, pin, plan, prove and carry out a move from Airflow 2 to Airflow 3."""

from __future__ import annotations

__version__ = "0.1.0"
