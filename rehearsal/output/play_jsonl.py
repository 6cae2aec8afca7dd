"""A played scenario as JSON lines: its events, and after those of each tick the tick itself."""

from __future__ import annotations

import json
from typing import Any, TextIO

from rehearsal.simulated import PlayedTick, Scenario


class PlayedJsonLines:
    """Lines on `out`; with `named`, each has the scenario's name in front, to tell many apart."""

    def __init__(self, out: TextIO, *, named: bool = False) -> None:
        self._out = out
        self._named = named
        self._prefix: dict[str, Any] = {}

    def begin(self, scenario: Scenario) -> None:
        if self._named:
            self._prefix = {"scenario": scenario.name}

    def tick(self, tick: PlayedTick) -> None:
        for event in tick.events:
            self._line({"tick": tick.number, **event._asdict()})
        status, routes = tick.status, tick.routes
        self._line(
            {
                "tick": tick.number,
                "status": {
                    "phase": str(status.phase),
                    "canaryWeight": status.canary_weight,
                    "failedChecks": status.failed_checks,
                    "iterations": status.iterations,
                },
                "routes": {
                    "primary": routes.primary,
                    "canary": routes.canary,
                    "mirrored": routes.mirrored,
                },
                "hooks": list(tick.hooks),
            }
        )

    def end(self) -> None:
        """Nothing is left to say."""

    def _line(self, fields: dict[str, Any]) -> None:
        print(json.dumps(self._prefix | fields, separators=(",", ":")), file=self._out)
