"""What happens when a DAG is first unpaused in a new Airflow that has no history of it."""

from __future__ import annotations

from airshift.simulate.forecast import Simulation, simulate
from airshift.simulate.model import Action, Forecast, Green, Hazard, Step

__all__ = ["Action", "Forecast", "Green", "Hazard", "Simulation", "Step", "simulate"]
