"""Flagger's control loop: pure, one tick at a time, over a store and five ports."""

from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.loop import Controller
from rehearsal.flagger.controller.ports import Ports

__all__ = ["Controller", "Flags", "Ports"]
