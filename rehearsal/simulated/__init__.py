"""The world of a canary without machinery: scripted ports on a virtual clock.

run = play(Scenario.load("scenario.yaml"))
assert run.promoted
"""

from rehearsal.simulated.changes import Change
from rehearsal.simulated.playing import play, play_ticks
from rehearsal.simulated.run import Check, PlayedEvent, PlayedTick, Run
from rehearsal.simulated.scenario import Scenario
from rehearsal.simulated.simulation import Simulation
from rehearsal.simulated.source import ScenarioError

__all__ = [
    "Change",
    "Check",
    "PlayedEvent",
    "PlayedTick",
    "Run",
    "Scenario",
    "ScenarioError",
    "Simulation",
    "play",
    "play_ticks",
]
