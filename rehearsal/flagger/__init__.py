"""Flagger as a library: the Canary object, its control loop and its providers."""

from rehearsal.flagger.controller import Controller, Flags, Ports

__all__ = ["Controller", "Flags", "Ports"]
