"""`rehearse run`: any Canary, with any application, on this machine."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from commons.flags import Flag, add_flags, read_flags, with_twins
from commons.values import ValueParser, file_path, one_of, text, whole_number
from rehearsal.applications import Applications
from rehearsal.applications.registry import parse_application, parse_image_option
from rehearsal.commands.live_flags import (
    LIVE_FLAGS,
    read_metric_values,
    read_pair,
    read_speed,
    trace_percent,
)
from rehearsal.commands.outputs import OUTPUT_FLAGS, open_outputs
from rehearsal.commands.rehearsing import Rehearsal, rehearse
from rehearsal.commands.web import WEB_FLAGS, open_web
from rehearsal.errors import UserError
from rehearsal.faults import parse_fault
from rehearsal.live.hosts import parse_host_option
from rehearsal.live.mesh.tracing import TRACE_PERCENT
from rehearsal.live.preparation import Options, prepare
from rehearsal.live.stand_ins import check_programs
from rehearsal.live.traffic_plan import TrafficPlan, TrafficSource, parse_traffic, shows_weights
from rehearsal.manifests import CanaryManifest, Manifests, load_manifests
from rehearsal.output.verdict import judge_ending, judge_steps
from rehearsal.scenario import Scenario, StepOutcome, load_scenario, shipped_scenarios
from rehearsal.scenario.rollout import rollout_scenario
from rehearsal.world import TargetChange

_EXAMPLES = """\
examples:
  rehearse run -f k8s/ --stable './shop --port {port}' --candidate './shop-new --port {port}'
  rehearse run -f canary.yaml -f deployment.yaml --image shop='./shop {args}' --set image=2.0
  rehearse run -f canary.yaml --stable 'python3 -m http.server {port}' \\
               --candidate 'python3 -m http.server {port}' --fault errors=20% --expect rolled-back
  helm template ./chart | rehearse run -f - --image registry/app='image:registry/app:{tag}'
"""
_TEXT: ValueParser[str] = text("TEXT")
FLAGS = with_twins(
    "REHEARSE_",
    (
        Flag("file", "manifests: a file, a folder, Markdown, a shell script, or - for stdin", (),
             text("PATH"), repeatable=True, short="f"),
        Flag("values", "a values file for a Helm chart", (), file_path(), repeatable=True),
        Flag("canary", "the Canary to play, of several, by its name or FILE:LINE (default: all"
             " are played)", "", text("NAME")),
        Flag("stable", "what runs the target at first: a command, or image:NAME", "",
             text("CMD")),
        Flag("candidate", "what the candidate runs", "", text("CMD")),
        Flag("image", "what runs an image: REPO[:TAG]=CMD", (), _TEXT, repeatable=True),
        Flag("set", "what changes in the target: image=[REPO:]TAG or env.NAME=VALUE", (), _TEXT,
             repeatable=True),
        Flag("fault", "a fault in front of the candidate, such as errors=5%,path=/x", (), _TEXT,
             repeatable=True),
        Flag("traffic", "background traffic: RATE/s[@PATH or @FILE of paths], an access log"
             " LOG[@SPEEDx], or none", "", text("TRAFFIC")),
        Flag("load", "a shell command run beside the analysis, in the load tester", (), text("CMD"),
             repeatable=True),
        Flag("expect", "the ending that makes the exit status 0", None,
             one_of("promoted", "rolled-back")),
        Flag("scenario", "a scenario file, or the name of a shipped one", "", text("FILE")),
        Flag("host", "where a host in a hook's command leads: NAME=apex|canary|primary|URL", (),
             _TEXT, repeatable=True),
        Flag("hook-host", "send the webhooks there instead of to our load tester", "",
             text("URL")),
        Flag("open-after", "open a gate once it has waited so many intervals", None,
             whole_number(0, 1000)),
        Flag("service-port", "container port of a target made up from --stable", None,
             whole_number(1, 65535)),
        Flag("replicas", "replicas of a target made up from --stable", 2, whole_number(1, 50)),
        Flag("explain", "say how every check came out, with its query", "", one_of("", "checks")),
    ),
)  # fmt: skip
_ALL = (*FLAGS, *LIVE_FLAGS, *OUTPUT_FLAGS, *WEB_FLAGS)


def add(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "run",
        help="rehearse any Canary with any application on this machine",
        description="Roll a candidate out under your own Canary on this machine: Flagger's control"
        " loop, a real Envoy, your application as processes or containers, your webhooks. Exit"
        " status: 0 promoted or as expected, 1 not as expected, 2 bad input, 3 rolled back, 4 came"
        " to no end, 5 this machine was too slow to say, 130 interrupted.",
        epilog=_EXAMPLES,
    )
    add_flags(parser, _ALL)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play; the exit code. UserError for what can be known before anything starts."""
    values = read_flags(_ALL, arguments, os.environ)
    if not all(values["file"]) or not values["file"]:
        raise UserError("-f: name the manifests of the Canary: a file, a folder, or -")
    outputs = open_outputs(values)
    manifests = load_manifests(list(values["file"]), values=values["values"])
    canaries = _chosen(manifests, values["canary"])
    options = _options(values)
    scenario = _scenario(values, shows_weights(options.traffic))
    missing = check_programs()
    prepared = prepare(manifests, canaries, options)
    expected: str | None = values["expect"]

    def judge(outcomes: list[StepOutcome]) -> int:
        by_steps = values["scenario"] and expected is None
        return judge_steps(outcomes) if by_steps else judge_ending(outcomes, expected)

    return rehearse(
        Rehearsal(
            prepared=prepared,
            notes=missing,
            scenario=scenario,
            outputs=outputs,
            judge=judge,
            speed=read_speed(values, canaries[0]),
            manifest_folder=scenario.path.parent,
            explain=values["explain"] == "checks",
            open_after=values["open_after"],
            web=open_web(values),
        )
    )


def _chosen(manifests: Manifests, name: str) -> Sequence[CanaryManifest]:
    if name or len(manifests.canaries) <= 1:
        return [manifests.choose_canary(name or None)]
    for one in manifests.canaries:
        manifests.choose_canary(one.full_name)
    return manifests.canaries


def _options(values: Mapping[str, Any]) -> Options:
    hosts = [parse_host_option(one) for one in values["host"]]
    return Options(
        applications=_applications(values),
        mesh_provider=values["mesh_provider"],
        hosts={target.host: target for target in hosts},
        hook_host=values["hook_host"],
        port=values["port"],
        traffic=_traffic(values),
        envoy=values["envoy"],
        trace_percent=trace_percent(values, TRACE_PERCENT),
        metric_values=read_metric_values(values),
        prometheus=values["prometheus"],
        service_port=values["service_port"],
        replicas=values["replicas"],
    )


def _applications(values: Mapping[str, Any]) -> Applications:
    stable, candidate = values["stable"], values["candidate"]
    return Applications(
        stable=parse_application(stable, "--stable") if stable else None,
        candidate=parse_application(candidate, "--candidate") if candidate else None,
        images=dict(parse_image_option(one) for one in values["image"]),
    )


def _traffic(values: Mapping[str, Any]) -> TrafficSource | None:
    given: str = values["traffic"]
    if not given:
        return TrafficPlan(values["traffic_rate"])
    return parse_traffic(given)


def _scenario(values: Mapping[str, Any], weights: bool) -> Scenario:
    name: str = values["scenario"]
    change = _change(values)
    faults = tuple(parse_fault(one) for one in values["fault"])
    if not name:
        if change == TargetChange() and not values["manual"]:
            raise UserError(
                "nothing changes: say what the candidate is with --candidate CMD, --set image=TAG"
                " or --set env.NAME=VALUE"
            )
        load, expected = tuple(values["load"]), values["expect"]
        scenario = rollout_scenario(change, faults, load, expected, weights)
        return scenario if change != TargetChange() else replace(scenario, steps=scenario.steps[:1])
    if change != TargetChange() and change != TargetChange(candidate=True):
        raise UserError("--set: a scenario says itself what changes; leave --set out")
    if faults or values["load"]:
        raise UserError("--scenario: faults and load stand in the scenario; leave the flags out")
    shipped = shipped_scenarios()
    return load_scenario(shipped.get(name) or Path(name))


def _change(values: Mapping[str, Any]) -> TargetChange:
    change = TargetChange(candidate=bool(values["candidate"]))
    for one in values["set"]:
        key, value = read_pair(one, "--set")
        if key == "image":
            change = replace(change, image=value)
        elif key.startswith("env.") and len(key) > len("env."):
            change = replace(change, env={**change.env, key.removeprefix("env."): value})
        else:
            raise UserError(f"--set {one!r}: write image=[REPO:]TAG or env.NAME=VALUE")
    return change
