"""Rules on load and tests: traffic that misses the canary, ends too early, or is not there."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.yamltext import Path
from rehearsal.linting.rule import Hit, rule
from rehearsal.linting.subject import ANALYSIS, Subject
from rehearsal.webhooks.calls import HEALTH_PATHS, Address, Call
from rehearsal.webhooks.load_duration import duration_s, flag_value

_SUFFIXES = ("-canary", "-primary")


def _webhook(kind: str, metadata: str) -> str:
    return f"""\
    - name: {kind}
      type: {kind}
      url: http://flagger-loadtester.flagger/
      timeout: 20s
      metadata: {metadata}
"""


def _hooks(kind: str, metadata: str, *, plan: str = "stepWeight: 10", metrics: bool = True) -> str:
    checks = "  metrics: [{name: request-success-rate, thresholdRange: {min: 99}, interval: 1m}]\n"
    return (
        f"analysis:\n  {plan}\n{checks if metrics else ''}  webhooks:\n{_webhook(kind, metadata)}"
    )


_CANARY = "http://detail-canary.flagger:3000/"
_APEX = "http://detail.flagger:3000/"
_LOAD = f'{{cmd: "hey -z 2m -q 5 -c 2 {_CANARY}"}}'


@rule(
    "nothing-checked",
    "error",
    reason="Without metrics and without a webhook that can fail, every build whose pods become"
    " ready is promoted. A load generator is no check: its task is answered before it runs, and it"
    " ends with 0 whatever it meets.",
    remedy="Add a metric, or a webhook of type pre-rollout or rollout whose task can fail (bash).",
    bad="""\
analysis:
  metrics: []
  webhooks:
    - name: load
      type: rollout
      url: http://flagger-loadtester.flagger/
      metadata: {cmd: "hey -z 2m http://detail-canary.flagger:3000/"}
""",
    good="""\
analysis:
  metrics: []
  webhooks:
    - name: test
      type: rollout
      url: http://flagger-loadtester.flagger/
      metadata: {type: bash, cmd: "curl -sf http://detail-canary.flagger:3000/"}
""",
    source=("fluxcd/flagger#431", "11 of 206 public Canaries"),
)
def nothing_checked(subject: Subject) -> Iterator[Hit]:
    if subject.spec.skip_analysis or subject.analysis.metrics:
        return
    hooks = [Call(hook) for _, hook in subject.webhooks("pre-rollout", "rollout", "rollback")]
    if any(not call.answers_at_once for call in hooks):
        return
    loads = any(call.makes_load for call in hooks)
    only = "load is all there is, and it cannot fail" if loads else "no metric and no test"
    text = f"{only}: every build that becomes ready is promoted"
    yield Hit(subject.manifest, ANALYSIS, text)


@rule(
    "no-load",
    "warning",
    reason="Flagger judges the canary by its requests. Where no user meets it (Blue/Green, and"
    " everything on kubernetes) and no webhook makes load, the builtin metrics find `no values`,"
    " which is a failed check; or only the probes, which are always well.",
    remedy="Add a webhook of type rollout that makes load at T-canary.",
    bad="""\
provider: kubernetes
analysis:
  iterations: 5
  metrics: [{name: request-success-rate, thresholdRange: {min: 99}, interval: 1m}]
  webhooks: []
""",
    good="provider: kubernetes\n" + _hooks("rollout", _LOAD, plan="iterations: 5"),
    source=("fluxcd/flagger#883", "fluxcd/flagger#1035", "5 of 206 public Canaries"),
)
def no_load(subject: Subject) -> Iterator[Hit]:
    builtins = any(metric.is_builtin for metric in subject.analysis.metrics)
    unmet = subject.is_blue_green and not subject.analysis.mirror
    if builtins and unmet and not _has_load(subject) and not subject.spec.skip_analysis:
        text = "no user meets the canary, and no webhook makes load: no values, or probes alone"
        yield Hit(subject.manifest, (*ANALYSIS, "metrics"), text)


def _has_load(subject: Subject) -> bool:
    """Whether a webhook makes load, or calls something that may."""
    for _, hook in subject.webhooks("pre-rollout", "rollout"):
        call = Call(hook)
        tests = call.task == "bash" and hook.type != "pre-rollout"
        if call.makes_load or not call.is_load_tester or tests:
            return True
    return False


@rule(
    "relies-on-users",
    "info",
    reason="The builtin metrics need requests at the canary in each window. Without load from a"
    " webhook they come from users alone, of whom a step of 5 % sees one in twenty: a quiet"
    " hour is `no values found`, a failed check.",
    remedy="Add a webhook of type rollout that makes load, or see `rehearse odds --traffic`.",
    bad="""\
analysis:
  stepWeight: 5
  metrics: [{name: request-success-rate, thresholdRange: {min: 99}, interval: 1m}]
  webhooks: []
""",
    good=_hooks("rollout", _LOAD, plan="stepWeight: 5"),
    source=("fluxcd/flagger#1689", "fluxcd/flagger#1035"),
)
def relies_on_users(subject: Subject) -> Iterator[Hit]:
    builtins = any(metric.is_builtin for metric in subject.analysis.metrics)
    known = subject.options.chances is not None
    if builtins and not known and not subject.is_blue_green and not _has_load(subject):
        text = "without load from a webhook, an interval without requests is a failed check"
        yield Hit(subject.manifest, (*ANALYSIS, "metrics"), text)


@rule(
    "first-check-without-traffic",
    "warning",
    reason="The load of a rollout webhook starts in the same tick as the first metric check, which"
    " looks back over a window in which nothing came: `no values found` is one failed check, and"
    " with a threshold of 1 that is the rollback.",
    remedy="Write a threshold of 2 or more, or start the load in a pre-rollout webhook.",
    bad=_hooks("rollout", _LOAD, plan="threshold: 1"),
    good=_hooks("rollout", _LOAD, plan="threshold: 2"),
    source=("flagger pkg/controller/scheduler.go, runAnalysis", "fluxcd/flagger#1689"),
)
def first_check_without_traffic(subject: Subject) -> Iterator[Hit]:
    analysis = subject.analysis
    mesh = subject.provider_facts.source == "mesh"
    if analysis.failed_checks_limit > 1 or not mesh or subject.options.chances is not None:
        return
    if not any(metric.is_builtin for metric in analysis.metrics):
        return
    early = any(Call(hook).makes_load for _, hook in subject.webhooks("pre-rollout"))
    rollout = [Call(hook) for _, hook in subject.webhooks("rollout")]
    blocking = any(not call.answers_at_once for call in rollout)
    if any(call.makes_load for call in rollout) and not early and not blocking:
        text = "is 1, and the load starts with the first check: without users it finds no values"
        yield Hit(subject.manifest, (*ANALYSIS, "threshold"), text)


@rule(
    "load-misses-canary",
    "warning",
    reason="In Blue/Green the apex Service leads to the primary until the promotion, and always on"
    " kubernetes. In an A/B test only requests with the header or cookie go to the canary. Load"
    " elsewhere exercises the version that already runs.",
    remedy="Make load at T-canary, or send the header of the match.",
    bad="provider: kubernetes\n"
    + _hooks("rollout", f'{{cmd: "hey -z 2m {_APEX}"}}', plan="iterations: 5"),
    good="provider: kubernetes\n" + _hooks("rollout", _LOAD, plan="iterations: 5"),
    source=("flagger docs, deployment strategies: Blue/Green", "3 of 206 public Canaries"),
)
def load_misses_canary(subject: Subject) -> Iterator[Hit]:
    headers = {name.lower() for match in subject.analysis.match for name in match.headers}
    for path, hook in subject.webhooks("rollout", "pre-rollout"):
        call = Call(hook)
        if not call.makes_load or subject.analysis.mirror or subject.is_weighted:
            continue
        apex = [one for one in call.targets() if _is_service(subject, one, "")]
        if not apex or any(_is_service(subject, one, "-canary") for one in call.targets()):
            continue
        if subject.is_blue_green:
            text = f"{apex[0].host} leads to the primary; make load at {subject.apex}-canary"
            yield Hit(subject.manifest, (*path, "metadata"), text)
        elif headers and not _sends(call, headers):
            text = f"no request carries {', '.join(sorted(headers))}: all go to the primary"
            yield Hit(subject.manifest, (*path, "metadata"), text)


def _is_service(subject: Subject, address: Address, suffix: str) -> bool:
    return address.may_be_service and address.service == f"{subject.apex}{suffix}"


def _sends(call: Call, headers: set[str]) -> bool:
    text = " ".join(word for command in call.commands for word in command.words).lower()
    metadata = " ".join((call.hook.metadata or {}).keys()).lower()
    return any(header in text or header in metadata for header in headers)


@rule(
    "load-at-primary",
    "warning",
    reason="Requests to T-primary meet the version that already runs, whatever the weights are."
    " They heat it up and say nothing of the canary.",
    remedy="Make load at T-canary, or at the apex where weights are shifted.",
    bad=_hooks("rollout", '{cmd: "hey -z 2m http://detail-primary.flagger:3000/"}'),
    good=_hooks("rollout", _LOAD),
    source="public Canaries",
)
def load_at_primary(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks("rollout", "pre-rollout"):
        for address in Call(hook).targets():
            if _is_service(subject, address, "-primary"):
                text = f"{address.host} is the version that already runs"
                yield Hit(subject.manifest, (*path, "metadata"), text)
                break


@rule(
    "test-misses-canary",
    "warning",
    reason="Before the first step the canary has weight 0: a pre-rollout test at the apex is"
    " answered by the primary, and passes whatever the new version is like.",
    remedy="Test T-canary.",
    bad=_hooks("pre-rollout", f'{{type: bash, cmd: "curl -sf {_APEX}"}}'),
    good=_hooks("pre-rollout", f'{{type: bash, cmd: "curl -sf {_CANARY}"}}'),
    source=("4 of 206 public Canaries", "fluxcd/flagger#1716"),
)
def test_misses_canary(subject: Subject) -> Iterator[Hit]:
    for path, hook in subject.webhooks("pre-rollout"):
        call = Call(hook)
        addresses = tuple(call.targets())
        if call.makes_load or any(_is_service(subject, one, "-canary") for one in addresses):
            continue
        for address in addresses:
            if _is_service(subject, address, ""):
                text = f"{address.host} is answered by the primary; test {subject.apex}-canary"
                yield Hit(subject.manifest, (*path, "metadata"), text)
                break


@rule(
    "load-elsewhere",
    "warning",
    reason="A Service is named NAME.NAMESPACE and listens on spec.service.port. In another"
    " namespace or on another port there is nothing, or something else, and the load tester does"
    " not tell Flagger that nobody answered.",
    remedy="Use the canary's namespace and spec.service.port.",
    bad=_hooks("rollout", '{cmd: "hey -z 2m http://detail-canary.default:80/"}'),
    good=_hooks("rollout", _LOAD),
    source="public Canaries",
)
def load_elsewhere(subject: Subject) -> Iterator[Hit]:
    names = {f"{subject.apex}{suffix}" for suffix in ("", *_SUFFIXES)}
    port = subject.spec.service.port
    for path, hook in subject.webhooks("rollout", "pre-rollout"):
        call = Call(hook)
        for address in call.targets():
            if not address.may_be_service or address.service not in names:
                continue
            namespace = address.namespace or call.address.namespace or subject.namespace
            known = subject.manifest.has_namespace
            if known and namespace != subject.namespace:
                text = f"{address.host} is in {namespace}, the Canary in {subject.namespace}"
                yield Hit(subject.manifest, (*path, "metadata"), text)
                break
            if port and address.port != port and not subject.spec.service.port_discovery:
                text = f"{address.host} listens on {port}, not on {address.port}"
                yield Hit(subject.manifest, (*path, "metadata"), text)
                break


@rule(
    "load-ends-early",
    "warning",
    reason="Load is started anew on each tick. Where it ends before the interval does, each window"
    " of a metric holds a stretch without requests, and a short window may hold nothing else.",
    remedy="Let the load last at least one interval.",
    bad=_hooks("rollout", f'{{cmd: "hey -z 10s {_CANARY}"}}'),
    good=_hooks("rollout", f'{{cmd: "hey -z 1m {_CANARY}"}}'),
    source="flagger docs, webhooks: load testing",
)
def load_ends_early(subject: Subject) -> Iterator[Hit]:
    interval_s = subject.analysis.interval_s
    for path, hook in subject.webhooks("rollout"):
        call = Call(hook)
        if call.task != "cmd" or not call.generators:
            continue
        lengths = [duration_s(command) for command in call.generators]
        known = [length for length in lengths if length is not None]
        if len(known) == len(lengths) and sum(known) < interval_s:
            text = f"lasts {sum(known):g}s, and an interval is {interval_s:g}s"
            yield Hit(subject.manifest, (*path, "metadata", "cmd"), text)


@rule(
    "load-keeps-connections",
    "info",
    reason="hey keeps its connections, and a Service balances connections, not requests: two"
    " workers meet at most two pods, perhaps the same one, for the whole run. A canary of which one"
    " pod is broken may look well, or wholly broken.",
    remedy="Use -disable-keepalive, or --reuse 10 with this project's hey, or more workers.",
    bad="provider: kubernetes\n" + _hooks("rollout", _LOAD, plan="iterations: 5"),
    good="provider: kubernetes\n"
    + _hooks(
        "rollout",
        f'{{cmd: "hey -z 2m -q 5 -c 2 -disable-keepalive {_CANARY}"}}',
        plan="iterations: 5",
    ),
    source="seen on a cluster of two pods, one of them answering 500",
)
def load_keeps_connections(subject: Subject) -> Iterator[Hit]:
    if subject.provider_facts.shifts_traffic:
        return
    for path, hook in subject.webhooks("rollout"):
        for command in Call(hook).generators:
            renewed = command.has_flag("-disable-keepalive", "--disable-keepalive", "--reuse")
            if command.name == "hey" and not renewed:
                workers = flag_value(command.words, ("-c",)) or "50"
                text = f"hey keeps {workers} connections, and a Service balances only connections"
                yield Hit(subject.manifest, (*path, "metadata", "cmd"), text)


@rule(
    "load-at-health-path",
    "warning",
    reason="Health paths answer 200 as long as the process lives. Load on them alone makes the"
    " success rate say that it lives: a build whose other paths fail is promoted.",
    remedy="Make load on the paths that users call.",
    bad=_hooks("rollout", '{cmd: "hey -z 2m http://detail-canary.flagger:3000/healthz"}'),
    good=_hooks("rollout", _LOAD),
    source=("eksworkshop.com, advanced/340_appmesh_flagger", "public Canaries"),
)
def load_at_health_path(subject: Subject) -> Iterator[Hit]:
    builtins = any(metric.is_builtin for metric in subject.analysis.metrics)
    paths: list[tuple[Path, str]] = []
    for path, hook in subject.webhooks("rollout"):
        call = Call(hook)
        if call.makes_load:
            paths += [((*path, "metadata"), address.path) for address in call.targets()]
    if builtins and paths and all(one in HEALTH_PATHS for _, one in paths):
        text = f"{paths[0][1]} answers 200 whatever else fails: the checks see nothing but that"
        yield Hit(subject.manifest, paths[0][0], text)


@rule(
    "load-tester-elsewhere",
    "warning",
    reason="A webhook's host is NAME.NAMESPACE. Where no Service of that name is in that namespace,"
    " every call fails, and with it the check.",
    remedy="Write the namespace that the load tester is in.",
    bad=_hooks("rollout", _LOAD).replace("flagger-loadtester.flagger", "flagger-loadtester.test")
    + """\
---
apiVersion: v1
kind: Service
metadata: {name: flagger-loadtester, namespace: flagger}
spec: {selector: {app: flagger-loadtester}, ports: [{port: 80, targetPort: 8080}]}
""",
    good=_hooks("rollout", _LOAD)
    + """\
---
apiVersion: v1
kind: Service
metadata: {name: flagger-loadtester, namespace: flagger}
spec: {selector: {app: flagger-loadtester}, ports: [{port: 80, targetPort: 8080}]}
""",
    source="3 of 206 public Canaries",
)
def load_tester_elsewhere(subject: Subject) -> Iterator[Hit]:
    services = subject.manifests.of_kind("Service")
    for path, hook in subject.webhooks():
        address = Call(hook).address
        if not address.host or not address.may_be_service:
            continue
        namespace = address.namespace or subject.namespace
        named = [one for one in services if one.name == address.service and one.has_namespace]
        if named and all(one.namespace != namespace for one in named):
            places = ", ".join(sorted({one.namespace for one in named}))
            text = f"{address.service} is in {places}, not in {namespace}"
            yield Hit(subject.manifest, (*path, "url"), text)
