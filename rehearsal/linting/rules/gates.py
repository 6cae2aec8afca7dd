"""Rules on gates: webhooks that wait for somebody, or that bring a canary back."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.rules.examples import load_tester
from rehearsal.linting.subject import ANALYSIS, Subject
from rehearsal.manifests.workloads import DeploymentSpec
from rehearsal.webhooks.calls import CONFIRMATIONS, Call, address_of
from rehearsal.webhooks.shell import addresses

_LOADTESTER = "flagger pkg/loadtester/server.go"
_GATE = "http://flagger-loadtester.flagger/gate/check"
_ONLY_GATE = f"analysis: {{webhooks: [{{name: gate, type: confirm-promotion, url: {_GATE}}}]}}\n"
_GATED = f"""\
analysis:
  iterations: 2
  webhooks:
    - name: load-test
      type: rollout
      url: http://flagger-loadtester.flagger/
      metadata: {{cmd: "hey -z 2m http://detail-canary.flagger:3000/"}}
    - {{name: gate, type: confirm-promotion, url: {_GATE}}}
"""
_NOTIFIED = ("slack", "hook", "notif", "event", "alert", "teams", "discord", "chat")


@rule(
    "gate-by-hand",
    "info",
    reason="The load tester's gates are closed until somebody opens them. Nobody is told but by"
    " Flagger's event and alert, and the canary waits as long as it takes.",
    remedy="Tell whoever releases how to open it, as the message says; or call a receiver that"
    " decides by itself.",
    bad=f"analysis: {{webhooks: [{{name: gate, type: confirm-promotion, url: {_GATE}}}]}}",
    good="analysis: {webhooks: [{name: gate, type: confirm-promotion, url: http://decider.ci/}]}",
    source=("flagger docs, webhooks: manual gating", "fluxcd/flagger#1344"),
)
def gate_by_hand(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks(*CONFIRMATIONS):
        call = Call(hook)
        if call.gate_route == "/gate/check" and not _opened_by_task(subject):
            body = f'{{"name": "{subject.manifest.name}", "namespace": "{subject.namespace}"}}'
            open_url = hook.url.replace("/check", "/open")
            text = f"waits until somebody opens the gate: curl -d '{body}' {open_url}"
            yield Hit(subject.manifest, (*path, "url"), text)


def _opened_by_task(subject: Subject) -> bool:
    return any(True for _ in gate_opened_by_task.check(subject))


@rule(
    "gate-without-end",
    "info",
    reason="A confirmation may wait for ever: its timeout is that of one call,"
    " progressDeadlineSeconds does not count meanwhile, and a refusal is no failed check. Without a"
    " rollback webhook only a new revision or a change of the Canary ends it.",
    remedy="Add a rollback webhook, by which a waiting canary can be brought back.",
    bad="analysis: {webhooks: [{name: gate, type: confirm-promotion, url: http://decider.ci/}]}",
    good="""\
analysis:
  webhooks:
    - {name: gate, type: confirm-promotion, url: http://decider.ci/}
    - {name: back, type: rollback, url: "http://flagger-loadtester.flagger/rollback/check"}
""",
    source=("fluxcd/flagger#1450", "fluxcd/flagger#738"),
)
def gate_without_end(subject: Subject) -> Iterator[Hit]:
    if any(True for _ in subject.webhooks("rollback")):
        return
    for path, hook in subject.webhooks("confirm-rollout", "confirm-promotion"):
        if not Call(hook).gate_route:
            text = "no time ends the waiting, and a refusal is no failed check"
            yield Hit(subject.manifest, path, text)


@rule(
    "gate-never-opens",
    "error",
    reason="The route /gate/halt answers 403 to everybody at every time, and a task without"
    " metadata 400: the canary waits for ever.",
    remedy="Call /gate/check, whose gate can be opened and closed.",
    bad="analysis: {webhooks: [{name: gate, type: confirm-rollout,"
    " url: http://flagger-loadtester.flagger/gate/halt}]}",
    good=f"analysis: {{webhooks: [{{name: gate, type: confirm-rollout, url: {_GATE}}}]}}",
    source=(_LOADTESTER, "fluxcd/flagger#1017"),
)
def gate_never_opens(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks(*CONFIRMATIONS):
        if Call(hook).gate_route == "/gate/halt":
            yield Hit(subject.manifest, (*path, "url"), "always answers 403: waits for ever")


@rule(
    "gate-always-open",
    "warning",
    reason="A confirmation waits for a status other than 200, 201 and 202. The route /gate/approve"
    " always answers 200, and the load tester answers a task of type cmd with 202 before it has"
    " run: nothing is ever waited for.",
    remedy="Call /gate/check; or let a task of type bash decide by its exit code.",
    bad="""\
analysis:
  webhooks:
    - name: gate
      type: confirm-promotion
      url: http://flagger-loadtester.flagger/
      metadata: {cmd: "curl -f http://decider.ci/"}
""",
    good="""\
analysis:
  webhooks:
    - name: gate
      type: confirm-promotion
      url: http://flagger-loadtester.flagger/
      metadata: {type: bash, cmd: "curl -f http://decider.ci/"}
""",
    source=_LOADTESTER,
)
def gate_always_open(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks(*CONFIRMATIONS):
        call = Call(hook)
        if call.gate_route == "/gate/approve":
            yield Hit(subject.manifest, (*path, "url"), "always answers 200: nothing is waited for")
        elif call.answers_at_once and hook.metadata:
            text = f"a task of type {call.task} is answered 202 at once: nothing is waited for"
            yield Hit(subject.manifest, (*path, "metadata"), text)


@rule(
    "gate-wrong-route",
    "error",
    reason="The load tester has routes that ask (/gate/check, /rollback/check) and routes that"
    " change (open, close). A webhook that calls a changing route always passes, and opens or"
    " closes the gate by it. A rollback webhook that asks the confirmation gate rolls back when"
    " that is opened.",
    remedy="Confirmations call /gate/check, rollback webhooks /rollback/check.",
    bad="analysis: {webhooks: [{name: gate, type: confirm-promotion,"
    " url: http://flagger-loadtester.flagger/gate/open}]}",
    good=f"analysis: {{webhooks: [{{name: gate, type: confirm-promotion, url: {_GATE}}}]}}",
    source=(_LOADTESTER, "fluxcd/flagger#1447"),
)
def gate_wrong_route(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks():
        call = Call(hook)
        kind = hook.type or "rollout"
        if call.gate_route.endswith(("/open", "/close")) and kind not in ("event", "post-rollout"):
            text = f"{call.gate_route} changes the gate and always passes; ask a route .../check"
            yield Hit(subject.manifest, (*path, "url"), text)
        elif kind == "rollback" and call.gate_route == "/gate/check":
            text = "rolls back when the gate is opened; call /rollback/check"
            yield Hit(subject.manifest, (*path, "url"), text)
        elif kind in CONFIRMATIONS and call.gate_route == "/rollback/check":
            text = "asks the rollback gate; call /gate/check"
            yield Hit(subject.manifest, (*path, "url"), text)


@rule(
    "gate-opened-by-task",
    "warning",
    reason="A webhook that opens the gate which another one of the same Canary waits for is an"
    " approval that gives itself.",
    remedy="Remove one of the two.",
    bad=f"""\
analysis:
  webhooks:
    - name: open
      type: rollout
      url: http://flagger-loadtester.flagger/
      metadata: {{type: bash, cmd: "curl -f http://flagger-loadtester.flagger/gate/open"}}
    - {{name: gate, type: confirm-promotion, url: {_GATE}}}
""",
    good=f"analysis: {{webhooks: [{{name: gate, type: confirm-promotion, url: {_GATE}}}]}}",
    source="public Canaries",
)
def gate_opened_by_task(subject: Subject) -> Iterator[Hit]:
    waits = any(Call(hook).gate_route == "/gate/check" for _, hook in subject.webhooks())
    for path, hook in subject.webhooks():
        for command in Call(hook).commands if waits else ():
            opened = [url for url in addresses(command) if address_of(url).path == "/gate/open"]
            if opened:
                text = "opens the gate that this Canary itself waits for"
                yield Hit(subject.manifest, (*path, "metadata", "cmd"), text)


@rule(
    "traffic-gate-hides-failures",
    "warning",
    reason="While confirm-traffic-increase waits, metrics are still checked and failed checks"
    " counted, but Flagger stops each tick before it compares them with the threshold"
    " (reported as still open): a failing canary keeps its weight until the gate opens. At weight"
    " 0 the analysis starts again on every tick.",
    remedy="Watch failedChecks while the gate is closed, and add a rollback webhook to bring the"
    " canary back by hand.",
    bad=f"analysis: {{webhooks: [{{name: gate, type: confirm-traffic-increase, url: {_GATE}}}]}}",
    good=f"""\
analysis:
  webhooks:
    - {{name: gate, type: confirm-traffic-increase, url: {_GATE}}}
    - {{name: back, type: rollback, url: "http://flagger-loadtester.flagger/rollback/check"}}
""",
    source=("fluxcd/flagger#1801", "fluxcd/flagger#1248"),
)
def traffic_gate_hides_failures(subject: Subject) -> Iterator[Hit]:
    if any(True for _ in subject.webhooks("rollback")):
        return
    for path, _ in subject.webhooks("confirm-traffic-increase"):
        text = "while it waits the threshold is not applied, and nothing can bring the canary back"
        yield Hit(subject.manifest, path, text)


@rule(
    "promotion-gate-of-one",
    "warning",
    reason="While a promotion waits, Flagger sets the iterations back by one. With one iteration"
    " that is 0, and the whole analysis with its pre-rollout webhooks starts again on every other"
    " tick.",
    remedy="Write two iterations or more.",
    bad=_GATED.replace("iterations: 2", "iterations: 1"),
    good=_GATED,
    source=("fluxcd/flagger#1141", "fluxcd/flagger#1151"),
)
def promotion_gate_of_one(subject: Subject) -> Iterator[Hit]:
    gated = any(True for _ in subject.webhooks("confirm-promotion"))
    if gated and subject.analysis.iterations == 1:
        text = "is 1: while the promotion waits, the analysis and its pre-rollout start over"
        yield Hit(subject.manifest, (*ANALYSIS, "iterations"), text)


@rule(
    "rollback-hook-fires",
    "error",
    reason="A rollback webhook is called on every tick, and any 200, 201 or 202 rolls the canary"
    " back at once. It is a question, not a notification.",
    remedy="Use type event or post-rollout to be notified; call /rollback/check to roll back by"
    " hand.",
    bad="analysis: {webhooks: [{name: notify, type: rollback, url: http://hooks.chat.example/T1}]}",
    good="analysis: {webhooks: [{name: notify, type: event, url: http://hooks.chat.example/T1}]}",
    source=("flagger pkg/controller/scheduler.go, runRollbackHooks", "public Canaries"),
)
def rollback_hook_fires(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks("rollback"):
        call = Call(hook)
        address = hook.url.lower()
        if call.gate_route == "/gate/approve" or (call.answers_at_once and hook.metadata):
            text = "always passes: every run is rolled back on its first tick"
            yield Hit(subject.manifest, path, text)
        elif not call.is_load_tester and any(word in address for word in _NOTIFIED):
            text = "any 2xx rolls back at once; use type event to be notified"
            yield Hit(subject.manifest, (*path, "type"), text)


@rule(
    "gates-forget",
    "warning",
    reason="Flagger's load tester keeps its gates in memory. With several replicas a gate that was"
    " opened in one stays closed in the others, and every call meets another replica.",
    remedy="Run one replica, or a load tester that shares its gates.",
    bad=_ONLY_GATE + load_tester(2),
    good=_ONLY_GATE + load_tester(1),
    source="flagger pkg/loadtester/gate.go",
)
def gates_forget(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks():
        call = Call(hook)
        if not call.gate_route.endswith("/check"):
            continue
        namespace = call.address.namespace or subject.namespace
        tester = subject.find("Deployment", call.address.service, namespace)
        spec = tester.spec if tester is not None else None
        if not isinstance(spec, DeploymentSpec) or (spec.replicas or 1) <= 1:
            continue
        if any("flagger-loadtester" in one.image for one in spec.template.spec.containers):
            text = f"the load tester has {spec.replicas} replicas, each with gates of its own"
            yield Hit(subject.manifest, (*path, "url"), text)
