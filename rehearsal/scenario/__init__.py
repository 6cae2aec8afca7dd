"""Scenarios: what is done to a canary step by step, and what should come of it."""

from rehearsal.scenario.loader import load_scenario, shipped_scenarios
from rehearsal.scenario.outcome import StepOutcome, StepState
from rehearsal.scenario.runner import ScenarioRunner
from rehearsal.scenario.step import Scenario, Step

__all__ = [
    "Scenario",
    "ScenarioRunner",
    "Step",
    "StepOutcome",
    "StepState",
    "load_scenario",
    "shipped_scenarios",
]
