"""How many scenarios a second one core plays: `python -m benchmarks.play_speed [--rounds N]`.

The scenarios are those of a typical question: one Canary, nine ticks from its bootstrap to the end
of a rollout, and a world that differs from scenario to scenario in when and how checks fail. Each
is played once a round, in one process, without its output. Time is CPU time of the process, so that
neighbours on the machine change little; the best of the rounds is told, beside their median.

`played` begins with scenarios that were read before; `read and played` reads each from its YAML;
`all different` gives every scenario a Canary of its own, so that nothing remembered of another one
helps.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import yaml

from rehearsal.simulated import Scenario, play

COUNT = 200
AIM = 2_000

CANARY = """\
canary:
  apiVersion: flagger.app/v1beta1
  kind: Canary
  metadata: {{name: {name}, namespace: flagger}}
  spec:
    provider: {provider}
    targetRef: {{apiVersion: apps/v1, kind: Deployment, name: {name}}}
    service: {{port: 3000}}
    analysis:
      interval: 1m
      threshold: 2
      stepWeight: 10
      maxWeight: 30
      metrics:
        - {{name: request-success-rate, thresholdRange: {{min: 99}}, interval: 1m}}
        - {{name: request-duration, thresholdRange: {{max: 500}}, interval: 1m}}
      webhooks:
        - {{name: acceptance-test, type: pre-rollout, url: "http://flagger-loadtester.flagger/"}}
        - name: load-test
          type: rollout
          url: http://flagger-loadtester.flagger/
          metadata: {{cmd: "hey -z 1m -q 5 -c 2 http://{name}-canary.flagger:3000/"}}
ticks: 9
world:
  - at: 0
    revision: v1
    metrics: {{request-success-rate: 100, request-duration: 20}}
  - at: 1
    revision: v{number}
"""
CHANGES = (
    "",
    "  - {at: 3, metrics: {request-success-rate: 97.5}}\n",
    "  - {at: 4, metrics: {request-duration: 800}}\n",
    "  - {at: 4, metrics: {request-success-rate: null}}\n",
    "  - {at: 2, hooks: {acceptance-test: 500}}\n",
    "  - {at: 4, hooks: {load-test: {status: 400, body: denied}}}\n",
    "  - {at: 5, ready: {primary: false}}\n  - {at: 6, ready: {primary: true}}\n",
    "  - {at: 3, metrics: {request-success-rate: 50}}\n"
    "  - {at: 4, metrics: {request-success-rate: 100}}\n",
)


def texts(*, same_canary: bool) -> list[str]:
    """The scenarios as YAML."""
    return [
        CANARY.format(
            name="detail" if same_canary else f"detail-{number}",
            provider="istio" if same_canary else ("istio", "nginx", "linkerd")[number % 3],
            number=number + 2,
        )
        + CHANGES[number % len(CHANGES)]
        for number in range(COUNT)
    ]


def rates(work: Callable[[], object], rounds: int) -> list[float]:
    """Scenarios a second of CPU time, for each round."""
    found = []
    for _ in range(rounds):
        before_s = time.process_time()
        work()
        found.append(COUNT / (time.process_time() - before_s))
    return found


def tell(name: str, found: Sequence[float]) -> None:
    best, median = max(found), statistics.median(found)
    print(f"{name:<18} {best:>8.0f} scenarios/s (median {median:.0f})", flush=True)


def main() -> int:
    """Print the rates; exit status 1 when the first is below the least that is promised."""
    parser = argparse.ArgumentParser(description="Scenarios played per second on one core.")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    same, different = texts(same_canary=True), texts(same_canary=False)
    read = [Scenario.parse(text) for text in same]
    others = [Scenario.parse(text) for text in different]
    ticks = sum(len(play(scenario).ticks) for scenario in read)
    print(f"{COUNT} scenarios of {ticks / COUNT:g} ticks, {rounds} rounds")
    played = rates(lambda: [play(scenario) for scenario in read], rounds)
    tell("played", played)
    tell("all different", rates(lambda: [play(scenario) for scenario in others], rounds))
    tell("read and played", rates(lambda: [play(Scenario.parse(text)) for text in same], 3))
    tell("YAML alone", rates(lambda: [yaml.load(t, yaml.CSafeLoader) for t in same], 3))
    return 0 if max(played) >= AIM else 1


if __name__ == "__main__":
    raise SystemExit(main())
