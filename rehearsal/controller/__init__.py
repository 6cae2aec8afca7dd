"""Flagger's control loop: pure, one tick at a time, over a store and five ports."""

from rehearsal.controller.flags import Flags
from rehearsal.controller.loop import Controller
from rehearsal.controller.ports import Ports

__all__ = ["Controller", "Flags", "Ports"]
