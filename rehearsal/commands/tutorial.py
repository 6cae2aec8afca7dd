"""`rehearse tutorial`: the four acts of the tutorial, on this machine."""

import argparse
import asyncio
import signal
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from rehearsal.clock import ScaledClock, default_speed
from rehearsal.commands.flags import flag, port, positive
from rehearsal.commands.lint import remarks
from rehearsal.errors import RehearsalError, UserError
from rehearsal.flagger.canary.analysis import SUCCESS_RATE
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.parse import choose, load
from rehearsal.live.environment import Setting, check_programs, raised
from rehearsal.manifests import shipped_manifests
from rehearsal.output.picture import picture
from rehearsal.output.renderer import FORMATS
from rehearsal.output.renderer import choose as choose_show
from rehearsal.output.summary import all_as_told, opening, summary, write_report
from rehearsal.recording.event_log import Journal
from rehearsal.scenario.runner import Player
from rehearsal.scenario.step import Act
from rehearsal.scenario.target import Target
from rehearsal.scenario.tutorial import AUTOSCALER, CANARY, DEPLOYMENT, tutorial
from xray_local.drawing import drawing

_EXAMPLES = """\
examples:
  rehearse tutorial                          play it; a minute takes three seconds
  rehearse tutorial --speed 6                play it slower: a minute takes ten seconds
  rehearse tutorial --format json | jq .msg  what kubectl logs deploy/flagger | jq .msg would show
  rehearse tutorial --canary my-canary.yaml  the same acts under your own Canary
"""


def add(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "tutorial",
        help="play the tutorial end to end: bootstrap, promotion, rollback, retry",
        description="Play the tutorial end to end on this machine: a real Envoy, real replicas, and"
        " the webhooks of the Canary. Exit code 0 only if all acts ended as told.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_inputs(parser)
    _add_outputs(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play; returns the exit code. UserError for what can be known before anything starts."""
    found = load(arguments.canary)
    canary = choose(found, arguments.canary)
    acts = tutorial(canary)
    target = Target.read(canary, arguments.deployment, arguments.autoscaler)
    check_programs()
    setting = Setting(
        canary, found.templates, found.alert_providers, _free(arguments.port), arguments.visitors
    )
    notes = remarks(arguments.canary, found, canary)
    return asyncio.run(_signalled(_play(setting, acts, target, notes, arguments)))


async def _play(
    setting: Setting,
    acts: tuple[Act, ...],
    target: Target,
    notes: list[str],
    arguments: argparse.Namespace,
) -> int:
    clock = ScaledClock(arguments.speed or default_speed(setting.canary.spec.analysis.interval_s))
    show = choose_show(arguments.format, clock.started_at_s)
    journal = Journal(show)
    journal.narrate(opening(setting.canary, clock))
    for note in notes:
        journal.narrate(f"Note: {note}")
    player = Player(journal, target)
    try:
        async with raised(setting, clock, journal, arguments.keep_logs) as stage:
            show.watch(lambda: player.glance(stage))
            await player.play(stage, acts)
            journal.narrate(drawing(stage.traces, stage.daemon.malformed))
    finally:
        show.close()
        journal.narrate(summary(player.outcomes, acts))
        if arguments.report is not None:
            write_report(arguments.report, player.outcomes)
        if arguments.picture is not None:
            arguments.picture.write_text(_picture(setting.canary, player))
    return 0 if all_as_told(player.outcomes, acts) else 1


async def _signalled(work: Coroutine[Any, Any, int]) -> int:
    """The work's exit code; after SIGINT or SIGTERM it is cancelled, once, and cleans up."""
    task = asyncio.ensure_future(work)
    caught: list[int] = []

    def stop(number: int) -> None:
        if not caught:
            task.cancel()
        caught.append(number)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not caught:
            raise
        return 128 + caught[0]
    except BrokenPipeError:
        raise RehearsalError("nobody reads the output any more; stopped") from None


def _picture(canary: Canary, player: Player) -> str:
    goals = (m for m in canary.spec.analysis.metrics if m.name == SUCCESS_RATE)
    limits = next((m.threshold_range for m in goals if m.threshold_range), None)
    title = f"{canary.full_name}: {len(player.outcomes)} acts rehearsed"
    return picture(title, player.moments, limits.min_ if limits else None)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    tutorial_s = "(default: the tutorial's)"
    folder = shipped_manifests()
    flag(
        parser,
        "--canary",
        default=folder / CANARY,
        type=Path,
        metavar="FILE",
        help=f"the Canary to rehearse {tutorial_s}",
    )
    flag(
        parser,
        "--deployment",
        default=folder / DEPLOYMENT,
        type=Path,
        metavar="FILE",
        help=f"the Deployment it targets {tutorial_s}",
    )
    flag(
        parser,
        "--autoscaler",
        default=folder / AUTOSCALER,
        type=Path,
        metavar="FILE",
        help=f"the autoscaler it names {tutorial_s}",
    )
    flag(
        parser,
        "--speed",
        default=None,
        type=positive,
        metavar="N",
        help="how many times faster than the wall's the canary's clock runs (default: so many"
        " that an interval takes three seconds, at most 20)",
    )
    flag(
        parser,
        "--port",
        default=0,
        type=port,
        metavar="N",
        help="the mesh's port on loopback (default 0: any free one)",
    )
    flag(
        parser,
        "--visitors",
        default=40.0,
        type=positive,
        metavar="RATE",
        help="visits a second at the apex, on the wall's clock (default 40)",
    )


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    flag(
        parser,
        "--format",
        default=None,
        type=str,
        choices=FORMATS,
        help="how it is shown (default: live on a terminal, text in a pipe)",
    )
    flag(
        parser,
        "--report",
        default=None,
        type=Path,
        metavar="FILE",
        help="write the outcome of each act to FILE as JSON",
    )
    flag(
        parser,
        "--picture",
        default=None,
        type=Path,
        metavar="FILE",
        help="draw weights, success rate and errors over time to FILE as SVG",
    )
    flag(
        parser,
        "--keep-logs",
        default=None,
        type=Path,
        metavar="FOLDER",
        help="keep the logs of Envoy, replicas and load tester in FOLDER",
    )


def _free(number: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            raise UserError(
                f"--port {number}: {error.strerror}; choose another, or 0 for any free one"
            ) from None
    return number
