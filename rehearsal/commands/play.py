"""`rehearse play`: what a Canary does in a scripted world, and why one did what it did."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from commons.flags import Flag, add_flags, read_flags, with_twins
from commons.values import file_path, not_empty, one_of
from rehearsal.errors import UserError
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller import Flags
from rehearsal.manifests import as_canary, load_manifests
from rehearsal.output.play_jsonl import PlayedJsonLines
from rehearsal.output.play_text import PlayedRenderer, PlayedText
from rehearsal.output.replay_jsonl import ReplayJsonLines
from rehearsal.output.replay_text import ReplayText
from rehearsal.replay import Observed, read_events, replay
from rehearsal.simulated import Scenario, play_ticks

_EXAMPLES = """\
examples:
  rehearse play scenario.yaml
  rehearse play --format jsonl scenario.yaml | jq -r 'select(.message).message'

  kubectl get events -n prod -o json > events.json
  rehearse play --events events.json --canary canary.yaml
"""


FLAGS = (
    *with_twins(
        "REHEARSE_",
        (
            Flag("format", "text for people, jsonl for machines", "text", one_of("text", "jsonl")),
            Flag(
                "mesh-provider",
                "provider of a Canary that names none, as Flagger's flag",
                Flags().mesh_provider,
                not_empty("PROVIDER"),
            ),
        ),
    ),
    Flag(
        "events",
        "follow these events: kubectl get events -o json, or Flagger's JSON log",
        None,
        file_path(),
    ),
    Flag("canary", "the Canary that the events are of", None, file_path()),
    Flag("canary-name", "which Canary, where the file holds several", "", not_empty("NAME")),
)


def add(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "play",
        help="play a Canary in a scripted world, in milliseconds",
        description="Play the control loop on a virtual clock against the world that a scenario"
        " file scripts: metrics, webhooks, readiness, new revisions. Or follow the events of a"
        " cluster: why did it do that? Exit status: 0 played, or the events are as the model says;"
        " 1 cluster and model part; 2 a file is malformed.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "scenarios", nargs="*", type=Path, metavar="SCENARIO", help="a file, or - for stdin"
    )
    add_flags(parser, FLAGS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play scenarios, or follow events; UserError before anything is played."""
    values = read_flags(FLAGS, arguments, os.environ)
    flags = Flags(mesh_provider=values["mesh_provider"])
    events, canary = values["events"], values["canary"]
    if events is None and canary is None:
        if not arguments.scenarios:
            raise UserError("play: give a scenario file, or --events FILE with --canary FILE")
        return _play(arguments.scenarios, flags, values["format"])
    if arguments.scenarios or events is None or canary is None:
        raise UserError("play: --events FILE and --canary FILE go together, without a scenario")
    return _follow(events, _Chosen(canary, values["canary_name"]), flags, values["format"])


@dataclass(frozen=True)
class _Chosen:
    """A Canary among those of a file."""

    path: Path
    name: str


def _play(paths: list[Path], flags: Flags, format_name: str) -> int:
    scenarios = [Scenario.load(path) for path in paths]
    renderer: PlayedRenderer = PlayedText(sys.stdout, flags)
    if format_name == "jsonl":
        renderer = PlayedJsonLines(sys.stdout, named=len(scenarios) > 1)
    for scenario in scenarios:
        for note in scenario.notes:
            print(f"rehearse: note: {note}", file=sys.stderr)
    for scenario in scenarios:
        renderer.begin(scenario)
        for tick in play_ticks(scenario, flags):
            renderer.tick(tick)
        renderer.end()
    return 0


def _follow(path: Path, chosen: _Chosen, flags: Flags, format_name: str) -> int:
    found = load_manifests([chosen.path]).choose_canary(chosen.name or None)
    observed = read_events(path)
    canary, own = _of_canary(as_canary(found), found.has_namespace, observed, path)
    segments = replay(canary, own, flags)
    show = ReplayJsonLines if format_name == "jsonl" else ReplayText
    show(sys.stdout).show(str(path), canary, segments)
    return 1 if any(segment.parting for segment in segments) else 0


def _of_canary(
    canary: Canary, has_namespace: bool, observed: tuple[Observed, ...], path: Path
) -> tuple[Canary, tuple[Observed, ...]]:
    """The canary, in the namespace of the events if it names none, and its own events."""
    names = list(dict.fromkeys(one.canary for one in observed if one.canary))
    if names and not has_namespace:
        found = [name for name in names if name.partition(".")[0] == canary.name]
        if found:
            canary = replace(canary, namespace=found[0].partition(".")[2])
    own = tuple(one for one in observed if one.canary in ("", canary.full_name))
    if not own:
        others = ", ".join(names[:5])
        raise UserError(f"{path}: has no events of {canary.full_name}, only of {others}")
    return canary, own
