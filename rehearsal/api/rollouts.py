"""`rehearse` and `simulate`: one rollout of a candidate, in either world."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from commons import __version__
from rehearsal.api.inputs import Paths, listed
from rehearsal.api.results import RolloutResult, result_of
from rehearsal.applications import Application, Applications
from rehearsal.applications.registry import parse_application
from rehearsal.commands.live_flags import read_speed
from rehearsal.commands.outputs import Outputs
from rehearsal.commands.rehearsing import Rehearsal, rehearse_silently
from rehearsal.errors import UserError
from rehearsal.faults import Fault, parse_fault
from rehearsal.flagger.controller import Flags
from rehearsal.live.hosts import parse_host_option
from rehearsal.live.preparation import Options, choose_provider, prepare
from rehearsal.live.stand_ins import check_programs
from rehearsal.live.traffic_plan import TrafficSource, parse_traffic, shows_weights
from rehearsal.manifests import CanaryManifest, Manifests, as_canary, load_manifests, target_of
from rehearsal.output.reports import ReportDocument
from rehearsal.output.verdict import judge_ending
from rehearsal.scenario import Scenario, ScenarioRunner
from rehearsal.scenario.gates import open_waiting_gates
from rehearsal.scenario.rollout import rollout_scenario
from rehearsal.simulated.world import MOST_SPEED, RATE_PER_S, SimulatedWorld
from rehearsal.world import TargetChange

T = TypeVar("T")
AnyFault = str | Fault

MOST_TRAFFIC_PER_S = 1_000_000.0


def rehearse(
    manifests: Paths,
    *,
    stable: str = "",
    candidate: str = "",
    image: str = "",
    env: Mapping[str, str] | None = None,
    images: Mapping[str, str] | None = None,
    faults: Iterable[AnyFault] = (),
    load: Iterable[str] = (),
    traffic: str | float = "100/s",
    metrics: Mapping[str, str | float] | None = None,
    hosts: Iterable[str] = (),
    canary: str = "",
    mesh_provider: str = "",
    speed: float | None = None,
    open_gates_after: int | None = None,
) -> RolloutResult:
    """Roll a candidate out in the live world: Envoy, processes, webhooks and traffic on loopback.

    `stable` and `candidate` are the commands of the target's programs, with `{port}` in them;
    `image` and `env` change the target's pod template besides, and `images` says how images run.
    `faults` are in front of the candidate, written as `errors=5%,path=/x`. `traffic` is the
    background traffic at the apex, a rate per second or `RATE/s@PATH` or `none`. All parameters
    mean what the flags of `rehearse run` mean that are called like them (docs/rehearsal.md).

    UserError for what can be known before anything starts, RehearsalError when a part of the world
    broke. It may be called from any thread, with an event loop running in it or not.
    """
    found = load_manifests(listed(manifests))
    chosen = found.choose_canary(canary or None)
    change = TargetChange(image=image, env=dict(env or {}), candidate=bool(candidate))
    if change == TargetChange():
        raise UserError("nothing changes: say what the candidate is with candidate, image or env")
    check_programs()
    targets = [parse_host_option(one) for one in hosts]
    options = Options(
        applications=Applications(
            stable=_application(stable, "stable"),
            candidate=_application(candidate, "candidate"),
            images={k: parse_application(v, f"images[{k!r}]") for k, v in (images or {}).items()},
        ),
        mesh_provider=mesh_provider,
        hosts={target.host: target for target in targets},
        traffic=_traffic(traffic),
        metric_values={name: str(value) for name, value in (metrics or {}).items()},
    )
    rehearsal = Rehearsal(
        prepared=prepare(found, [chosen], options),
        scenario=rollout_scenario(
            change, _faults(faults), tuple(load), weights=shows_weights(options.traffic)
        ),
        outputs=Outputs("text", (), None, None),
        judge=lambda outcomes: judge_ending(outcomes, None),
        speed=read_speed({"speed": speed}, chosen),
        open_after=open_gates_after,
    )
    return result_of(_run(lambda: rehearse_silently(rehearsal)))


def simulate(
    manifests: Paths,
    *,
    faults: Iterable[AnyFault] = (),
    traffic: float = RATE_PER_S,
    metrics: Mapping[str, float] | None = None,
    canary: str = "",
    mesh_provider: str = "",
    open_gates_after: int | None = None,
) -> RolloutResult:
    """Roll a new revision out in the simulated world, in milliseconds: nothing runs.

    Webhooks accept, pods are ready at once, background traffic is counted by the weights in force,
    and the checks see what `faults` make of it. `metrics` are the values of metrics that are not
    builtin, by name; without one a value is taken that passes. UserError for a malformed input.
    """
    found = load_manifests(listed(manifests))
    chosen = found.choose_canary(canary or None)
    if not 0 < traffic <= MOST_TRAFFIC_PER_S:
        most = f"{MOST_TRAFFIC_PER_S:g}"
        raise UserError(f"traffic {traffic:g}: give a rate above 0 and up to {most}/s")
    provider, _ = choose_provider(chosen, mesh_provider)
    scenario = rollout_scenario(TargetChange(candidate=True), _faults(faults))
    world = SimulatedWorld(
        [as_canary(chosen)],
        templates=_templates(chosen, found),
        metric_templates=found.templates(),
        metrics=metrics,
        rate_per_s=traffic,
        flags=Flags(mesh_provider=provider),
    )
    runner = ScenarioRunner(
        world, scenario, chosen.full_name, provider, lambda _: {}, templates=found.templates()
    )
    _run(lambda: _play_simulated(runner, world, open_gates_after))
    return result_of(_document(runner, scenario, world, provider))


def _application(command: str, name: str) -> Application | None:
    return parse_application(command, name) if command else None


def _faults(faults: Iterable[AnyFault]) -> tuple[Fault, ...]:
    if isinstance(faults, str):
        faults = (faults,)
    return tuple(one if isinstance(one, Fault) else parse_fault(one) for one in faults)


def _traffic(traffic: str | float) -> TrafficSource | None:
    return parse_traffic(traffic if isinstance(traffic, str) else f"{traffic:g}/s")


def _templates(
    chosen: CanaryManifest, manifests: Manifests
) -> Mapping[str, Mapping[str, Any]] | None:
    target = target_of(chosen, manifests)
    return None if target is None else {chosen.full_name: target.raw["spec"]["template"]}


async def _play_simulated(
    runner: ScenarioRunner, world: SimulatedWorld, open_gates_after: int | None
) -> None:
    beside = [asyncio.create_task(_sample(runner, world))]
    if open_gates_after is not None:
        beside.append(asyncio.create_task(open_waiting_gates(world, open_gates_after)))
    try:
        await runner.play()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)


async def _sample(runner: ScenarioRunner, world: SimulatedWorld) -> None:
    """A snapshot whenever time has passed."""
    before_s = -1.0
    while True:
        if world.now_s() > before_s:
            before_s = world.now_s()
            for name in world.canaries:
                step = runner.present
                now = world.snapshot(name)
                known = replace(now, step=step.name, title=step.title) if step else now
                world.recording.append(known)
        await asyncio.sleep(0)


def _document(
    runner: ScenarioRunner, scenario: Scenario, world: SimulatedWorld, provider: str
) -> ReportDocument:
    (name,) = world.canaries
    return ReportDocument(
        version=__version__,
        canary=name,
        provider=provider,
        scenario=scenario.name,
        started_at_s=time.time(),
        speed=MOST_SPEED,
        outcomes=runner.outcomes,
        records=world.recording.since(),
        exit_code=judge_ending(runner.outcomes, None),
        canaries=[(world.canary(name), provider)],
    )


def _run(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run it to its end, in a thread of its own where an event loop is running in this one."""
    if not _is_in_loop():
        return asyncio.run(make())
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(make())).result()


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
