"""Recorded runs of Flagger's own controller, from `recordings/`."""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

FOLDER = Path(__file__).with_name("recordings")
FILES = ("curated", "ordinary", "plans", "odd", "edits", "probes")


@dataclass(frozen=True)
class Recording:
    """One run: what was set up, and what Flagger did."""

    scenario: Json
    flagger: Json

    @property
    def id(self) -> str:
        name: str = self.scenario["id"]
        return name


def recordings(file: str) -> Iterator[Recording]:
    """The runs of one of `FILES`."""
    with lzma.open(FOLDER / f"{file}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            run = json.loads(line)
            yield Recording(run["scenario"], run["flagger"])
