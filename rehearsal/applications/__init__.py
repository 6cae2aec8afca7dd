"""How a pod template becomes something that runs: one file per kind of application."""

from rehearsal.applications.base import Application, Launch, LaunchContext
from rehearsal.applications.registry import Applications

__all__ = ["Application", "Applications", "Launch", "LaunchContext"]
