"""Followed events as JSON lines: one for each observed event, in the order of the file."""

from __future__ import annotations

import json
from typing import Any, TextIO

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.explanations import explain
from rehearsal.flagger.messages import take_apart
from rehearsal.replay import Observed, Segment
from rehearsal.replay.guided import modern
from rehearsal.replay.hints import hints


class ReplayJsonLines:
    """`agrees` says whether the model said the same; if not, `expected` is what it said."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, path: str, canary: Canary, segments: tuple[Segment, ...]) -> None:
        """The whole file."""
        del path
        parted: Observed | None = None
        for segment in segments:
            for step in segment.steps:
                if step.observed is parted:
                    continue
                why = explain(take_apart(modern(step.observed.message), step.canary), step.canary)
                self._line({**_plain(step.observed), "agrees": True, "why": why})
            parting = segment.parting
            parted = parting.observed if parting else None
            if parting:
                self._line(
                    {
                        **_plain(parting.observed),
                        "agrees": False,
                        "expected": parting.expected or None,
                        "phase": str(parting.canary.status.phase),
                        "hints": list(hints(parting, canary)),
                    }
                )
            for one in segment.passed_over:
                self._line({**_plain(one), "agrees": False, "expected": None, "hints": []})

    def _line(self, fields: dict[str, Any]) -> None:
        print(json.dumps(fields, separators=(",", ":")), file=self._out)


def _plain(observed: Observed) -> dict[str, Any]:
    return {"line": observed.line, "type": observed.type or None, "message": observed.message}
