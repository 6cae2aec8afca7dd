"""`rehearse play`: what a Canary does in a scripted world, on a virtual clock."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from rehearsal.commands.flags import flag
from rehearsal.flagger.controller import Flags
from rehearsal.output.play_jsonl import PlayedJsonLines
from rehearsal.output.play_text import PlayedRenderer, PlayedText
from rehearsal.simulated import Scenario, play_ticks

_FORMATS = ("jsonl", "text")
_EXAMPLES = """\
examples:
  rehearse play scenario.yaml
  rehearse play --format jsonl scenario.yaml | jq -r 'select(.message).message'
"""


def add(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "play",
        help="play a Canary in a scripted world, in milliseconds",
        description="Play the control loop on a virtual clock against the world that a scenario"
        " file scripts: metrics, webhooks, readiness, new revisions. Exit status: 0 played,"
        " 2 the scenario is malformed.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="+", type=Path, metavar="SCENARIO")
    flag(
        parser,
        "--format",
        default="text",
        type=str,
        choices=_FORMATS,
        help="text for people, jsonl for machines (default text)",
    )
    flag(
        parser,
        "--mesh-provider",
        default=Flags().mesh_provider,
        type=str,
        metavar="PROVIDER",
        help="provider of a Canary that names none, as Flagger's flag (default istio)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play every scenario; ScenarioError for one that is malformed, before any is played."""
    scenarios = [Scenario.load(path) for path in arguments.scenarios]
    flags = Flags(mesh_provider=arguments.mesh_provider)
    renderer = _renderer(arguments.format, flags, named=len(scenarios) > 1)
    for scenario in scenarios:
        for note in scenario.notes:
            print(f"rehearse: note: {note}", file=sys.stderr)
    for scenario in scenarios:
        renderer.begin(scenario)
        for tick in play_ticks(scenario, flags):
            renderer.tick(tick)
        renderer.end()
    return 0


def _renderer(name: str, flags: Flags, *, named: bool) -> PlayedRenderer:
    if name == "jsonl":
        return PlayedJsonLines(sys.stdout, named=named)
    return PlayedText(sys.stdout, flags)
