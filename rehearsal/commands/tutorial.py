"""`rehearse tutorial`: the four steps of the tutorial, on this machine."""

import argparse
import os
import shutil
from pathlib import Path
from typing import Any

from commons.flags import Flag, add_flags, read_flags, with_twins
from commons.values import file_path
from rehearsal.commands.live_flags import LIVE_FLAGS, read_metric_values, read_speed, trace_percent
from rehearsal.commands.outputs import OUTPUT_FLAGS, open_outputs
from rehearsal.commands.rehearsing import Rehearsal, rehearse
from rehearsal.commands.told_traces import told_traces
from rehearsal.commands.web import WEB_FLAGS, open_web
from rehearsal.errors import UserError
from rehearsal.live.environment import Environment
from rehearsal.live.preparation import Options, prepare
from rehearsal.live.stand_ins import check_programs
from rehearsal.live.traffic_plan import TrafficPlan
from rehearsal.manifests import CanaryManifest, load_manifests, shipped_manifests
from rehearsal.output.verdict import judge_steps
from rehearsal.scenario import load_scenario, shipped_scenarios

CANARY = "overlays/appmesh/canary.yaml"
DEPLOYMENT = "base/detail/deployment.yaml"
AUTOSCALER = "base/detail/hpa.yaml"
_TRACE_PERCENT = 50.0
"""Many, for the tutorial has little traffic and ends with its traces."""
_CATALOG = TrafficPlan(paths=(("/catalogDetail", 1),))
_WAITS = ("confirm-rollout", "confirm-promotion", "confirm-traffic-increase", "rollback")
_EXAMPLES = """\
examples:
  rehearse tutorial                          play it; a minute takes three seconds
  rehearse tutorial --speed 6                play it slower: a minute takes ten seconds
  rehearse tutorial --format json | jq .msg  what kubectl logs deploy/flagger | jq .msg would show
  rehearse tutorial --canary my-canary.yaml  the same steps under your own Canary
"""
FLAGS = with_twins(
    "REHEARSE_",
    (
        Flag("canary", "the Canary to rehearse", None, file_path(), default_text="the tutorial's"),
        Flag("deployment", "the Deployment it targets", None, file_path(),
             default_text="the tutorial's"),
        Flag("autoscaler", "the autoscaler it names", None, file_path(),
             default_text="the tutorial's"),
    ),
)  # fmt: skip


def add(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "tutorial",
        help="play the tutorial end to end: bootstrap, promotion, rollback, retry",
        description="Play the tutorial end to end on this machine: a real Envoy, real replicas, and"
        " the webhooks of the Canary. Exit status: 0 all steps passed, 1 some did not, 2 bad input,"
        " 4 came to no end, 5 this machine was too slow to say, 130 interrupted.",
        epilog=_EXAMPLES,
    )
    add_flags(parser, (*FLAGS, *LIVE_FLAGS, *OUTPUT_FLAGS, *WEB_FLAGS))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play; the exit code. UserError for what can be known before anything starts."""
    values = read_flags((*FLAGS, *LIVE_FLAGS, *OUTPUT_FLAGS, *WEB_FLAGS), arguments, os.environ)
    outputs = open_outputs(values)
    folder = shipped_manifests()
    files = _files(values, folder)
    manifests = load_manifests(list(dict.fromkeys(files)))
    canary = manifests.choose_canary(None)
    if not values["web"]:
        _refuse_waiting(canary)
    missing = check_programs()
    options = Options(
        mesh_provider=values["mesh_provider"],
        port=values["port"],
        traffic=TrafficPlan(values["traffic_rate"], _CATALOG.paths),
        frontend=True,
        trace_percent=trace_percent(values, _TRACE_PERCENT),
        metric_values=read_metric_values(values),
        prometheus=values["prometheus"],
        envoy=values["envoy"],
    )
    prepared = prepare(manifests, [canary], options)
    return rehearse(
        Rehearsal(
            prepared=prepared,
            notes=missing,
            scenario=load_scenario(shipped_scenarios()["tutorial"]),
            outputs=outputs,
            judge=judge_steps,
            speed=read_speed(values, canary),
            manifest_folder=folder,
            closing=_traces,
            web=open_web(values),
        )
    )


def _files(values: dict[str, Any], folder: Path) -> list[Path]:
    """The Canary's files; a Canary of one's own brings the templates in its folder along."""
    return [
        values["canary"] or folder / CANARY,
        values["deployment"] or folder / DEPLOYMENT,
        values["autoscaler"] or folder / AUTOSCALER,
    ]


def _refuse_waiting(canary: CanaryManifest) -> None:
    for index, hook in enumerate(canary.spec.analysis.webhooks):
        if hook.type in _WAITS:
            where = canary.locate("spec", "analysis", "webhooks", index, "type")
            raise UserError(
                f"{where}: spec.analysis.webhooks[{index}].type: {hook.type!r} waits for a person;"
                " the tutorial plays without one, use --web, whose page opens its gate, or"
                " `rehearse run --open-after N`"
            )


def _traces(environment: Environment) -> str:
    width = shutil.get_terminal_size((100, 24)).columns
    return "\n".join(told_traces(environment.traces, width))
