"""The controller's ports as a recording scripts them, and a trace of everything that is done."""

import base64
import copy
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

from rehearsal.clock import VirtualClock
from rehearsal.flagger.canary.model import Canary, CanarySpec, CanaryStatus
from rehearsal.flagger.canary.resources import (
    AlertProvider,
    AlertProviderSpec,
    MetricTemplate,
    MetricTemplateSpec,
)
from rehearsal.flagger.controller.checks.source import ONLINE_QUERY
from rehearsal.flagger.controller.delivery import Answer, TransportError, deliver
from rehearsal.flagger.controller.errors import NoValuesFound, PortError, QueryFailed
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import (
    Alert,
    Applied,
    Event,
    Gauge,
    HookRequest,
    LogLine,
    MetricSource,
    Ports,
)
from rehearsal.flagger.controller.routing import SERVICES, MemoryRoutes, RoutingObject
from rehearsal.flagger.controller.store import MemoryStore
from rehearsal.flagger.controller.workload import (
    Config,
    ConfigKind,
    DaemonSetStatus,
    DeploymentCondition,
    DeploymentStatus,
    Workload,
)
from tests.rehearsal.flagger.conformance.recording import Json

NAMESPACE = "flagger"
EPOCH_S = 1.7e9
START_S = 1000.0

_MARK = re.compile(r"mk_([a-z0-9]+)")
_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    422: "Unprocessable Entity",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}
_NOT_GRAPHITE = (
    "error unmarshaling result: json: cannot unmarshal object into Go value of type"
    """ providers.graphiteResponse, '{"status":"success","data":{"resultType":"vector","""
    """"result":[{"metric":{},"value":[1545905245.458,"100"]}]}}'"""
)
"""What Flagger says of a Prometheus that it takes for a Graphite."""
_SCALAR = (
    "error unmarshaling result: json: cannot unmarshal number into Go struct field .Data.Result"
    r' of type struct { Metric struct { Name string "json:\"name\"" }; Value []interface {}'
    r' "json:\"value\""; Values []interface {} "json:\"values\"" },'
    """ '{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}'"""
)
_REFUSED = "dial tcp 127.0.0.1:1: connect: connection refused"


class Trace:
    """What was done since the last look, in order."""

    def __init__(self) -> None:
        self._entries: list[Json] = []
        self.muted = False

    def add(self, kind: str, **fields: Any) -> None:
        if not self.muted:
            self._entries.append({"k": kind, **fields})

    def take(self) -> list[Json]:
        entries, self._entries = self._entries, []
        return entries


class ScriptedStore(MemoryStore):
    """The objects of a recording; every status write is traced."""

    def __init__(self, scenario: Json, trace: Trace) -> None:
        templates = scenario.get("metric_templates") or []
        providers = scenario.get("alert_providers") or []
        super().__init__(
            Canary(scenario["name"], NAMESPACE, CanarySpec.model_validate(scenario["spec"])),
            [
                MetricTemplate(
                    **_identity(one), spec=MetricTemplateSpec.model_validate(one["spec"])
                )
                for one in templates
            ],
            [
                AlertProvider(**_identity(one), spec=AlertProviderSpec.model_validate(one["spec"]))
                for one in providers
            ],
            secrets=_secrets(scenario),
            backends=_backends(scenario),
        )
        self._trace = trace
        self.is_deleted = False

    def delete(self) -> None:
        super().delete()
        self.is_deleted = True

    def put_status(self, status: CanaryStatus) -> None:
        self._trace.add(
            "status",
            phase=str(status.phase),
            w=status.canary_weight,
            f=status.failed_checks,
            i=status.iterations,
        )
        super().put_status(status)


def _backends(scenario: Json) -> dict[tuple[str, str], tuple[str, ...]]:
    """The owner's objects: each leads to the apex, or where the recording says."""
    apex = scenario["spec"]["service"].get("name") or scenario["spec"]["targetRef"]["name"]
    backends = (scenario.get("backend") or apex,)
    owned = {
        ("ingresses.networking.k8s.io", scenario.get("ingress")): backends,
        ("apisixroutes.apisix.apache.org", scenario.get("route")): backends,
    }
    return {(resource, name): one for (resource, name), one in owned.items() if name}


def _secrets(scenario: Json) -> dict[tuple[str, str], dict[str, bytes]]:
    return {
        (NAMESPACE, one["name"]): {
            key: base64.b64decode(value) for key, value in (one.get("data") or {}).items()
        }
        for one in scenario.get("configs") or ()
        if one["kind"] == "secret"
    }


def _identity(obj: Json) -> Json:
    return {key: obj["metadata"][key] for key in ("name", "namespace")}


class ScriptedEvents:
    """Traces everything; keeps the last value of each of Flagger's own metrics."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self.gauges: dict[str, float] = {}

    def log(self, line: LogLine) -> None:
        self._trace.add(
            "log", level=line.level, msg=line.msg, canary=line.canary, caller=line.caller
        )

    def event(self, event: Event) -> None:
        phase = str(event.canary.status.phase)
        self._trace.add(
            "event", type=event.type, msg=event.message, phase=phase, reason=event.reason
        )

    def alert(self, alert: Alert) -> None:
        provider = alert.provider.name if alert.provider else None
        fields = [list(field) for field in alert.fields]
        self._trace.add(
            "alert", provider=provider, severity=alert.severity, msg=alert.message, fields=fields
        )

    def gauge(self, gauge: Gauge) -> None:
        labels = ",".join(f"{key}={value}" for key, value in sorted(gauge.labels.items()))
        key = f"{gauge.name}{{{labels}}}"
        before = self.gauges.get(key, 0.0) if gauge.name.endswith("_total") else 0.0
        self.gauges[key] = before + gauge.value


class Script:
    """Behaviours by name: each is used once, the last one stays."""

    def __init__(self) -> None:
        self._behaviours: dict[str, list[Json]] = {}

    def replace(self, behaviours: Json | None) -> None:
        self._behaviours = copy.deepcopy(behaviours or {})

    def next(self, name: str, default: Json) -> Json:
        behaviours = self._behaviours.get(name) or [default]
        return behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]


class ScriptedHooks(Script):
    """Webhook receivers at `http://STUB/hook/<name>`; nobody listens anywhere else."""

    def __init__(self, trace: Trace, clock: VirtualClock) -> None:
        super().__init__()
        self._trace = trace
        self._clock = clock

    def call(self, request: HookRequest) -> None:
        deliver(request, self._attempt, lambda _: None, lambda: EPOCH_S + self._clock.now_s())

    def _attempt(self, request: HookRequest) -> Answer:
        if "STUB" not in request.url:
            raise TransportError(_REFUSED)
        name = request.url.rsplit("/hook/", 1)[-1]
        body = request.body.decode("utf-8", "surrogatepass")
        self._trace.add("hook", name=name, body=body, method="POST")
        behaviour = self.next(name, {"status": 200})
        if behaviour.get("delay_ms", 0) / 1000 > request.timeout_s > 0:
            waiting = "(Client.Timeout exceeded while awaiting headers)"
            raise TransportError(f"context deadline exceeded {waiting}")
        if behaviour.get("close"):
            raise TransportError("EOF")
        status = behaviour.get("status", 200)
        text = "" if status == 204 else behaviour.get("body", "")
        return Answer(status, text.encode(), behaviour.get("retry_after") or None)


class ScriptedMetrics(Script):
    """A Prometheus at `http://STUB/<source>`; queries are told apart by what they contain."""

    def __init__(self, trace: Trace) -> None:
        super().__init__()
        self._trace = trace

    def query(self, source: MetricSource, promql: str, metric: str = "") -> float:
        url = f"{source.address.rstrip('/')}/api/v1/query?query={quote_plus(promql)}"
        if "STUB" not in source.address:
            raise QueryFailed(f'request failed: Get "{url}": {_REFUSED}')
        name = source.address.split("STUB/", 1)[-1].split("/")[0]
        if source.type == "graphite":
            self._trace.add("query", src=name, q="")
            is_probe = promql == ONLINE_QUERY
            raise QueryFailed(
                f"running query failed: {_NOT_GRAPHITE}" if is_probe else _NOT_GRAPHITE
            )
        self._trace.add("query", src=name, q=promql)
        kind = _kind(promql)
        usual = {"online": "1", "success": "100", "duration": "0.1"}.get(kind, "1")
        return _answer(self.next(kind, {"v": usual}), url)


def _kind(promql: str) -> str:
    if promql == ONLINE_QUERY:
        return "online"
    mark = _MARK.search(promql)
    if mark:
        return mark[1]
    is_duration = "histogram_quantile" in promql or "seconds_sum" in promql
    return "duration" if is_duration else "success"


def _answer(behaviour: Json, url: str) -> float:
    if behaviour.get("close"):
        raise QueryFailed(f'request failed: Get "{url}": EOF')
    status = behaviour.get("status") or 0
    if status >= 400:
        reason = f"{status} {_REASONS.get(status, '')}"
        raise QueryFailed(f"error response: Status {reason}: {behaviour.get('body', '')}")
    if behaviour.get("empty"):
        raise NoValuesFound
    if behaviour.get("scalar"):
        raise QueryFailed(_SCALAR)
    if behaviour.get("matrix"):
        raise QueryFailed("query returned multiple values")
    value = float(behaviour["multi"][-1] if behaviour.get("multi") else behaviour["v"])
    if value != value:
        raise NoValuesFound
    return value


class ScriptedRoutes(MemoryRoutes):
    """The generated objects, whose HTTPRoutes may not be accepted yet."""

    def __init__(self) -> None:
        super().__init__()
        self.not_ready: Json | None = None

    def check_accepted(self, obj: RoutingObject) -> None:
        if self.not_ready:
            raise PortError(
                f"HTTPRoute {obj.name}.{NAMESPACE} parent {self.not_ready['parent']} is not ready"
                f" (status: {self.not_ready['status']},"
                f" observed generation: {self.not_ready['observed']},"
                f" current generation: {self.not_ready['current']})"
            )


def _template(scenario: Json, name: str) -> Json:
    """A revision; a Service's ports are written with the zero that Go fills in."""
    template: Json = scenario["templates"][name]
    ports = [{"targetPort": 0, **port} for port in template.get("ports") or ()]
    return {**template, "ports": ports} if ports else template


class ScriptedWorkloads:
    """The target, its primary, what they mount and what scales them."""

    def __init__(self, scenario: Json, clock: VirtualClock) -> None:
        target = scenario.get("target") or {}
        self._clock = clock
        self._scenario = scenario
        self.kind: str = scenario["spec"]["targetRef"]["kind"]
        self.name: str = scenario["spec"]["targetRef"]["name"]
        apart = ("replicas", "selector", "template")
        self.target_workload: Workload | None = Workload(
            self.name,
            _template(scenario, "v1"),
            (target.get("selector") or {}).get("matchLabels") or {},
            target.get("replicas"),
            settings={key: value for key, value in target.items() if key not in apart},
        )
        self.primary_workload: Workload | None = None
        self.is_off = False
        self._configs: dict[tuple[str, str], Config] = {}
        for config in scenario.get("configs") or ():
            self.put_config(config)
        self.scaler: str = scenario.get("scaler") or ""
        self.has_scaler = bool(self.scaler)
        self.min_replicas: int | None = scenario.get("hpa_min")
        self.is_paused = False
        self._primary_scaler: int | str | None = "absent"

    # What the controller asks.

    def target(self) -> Workload | None:
        return self.target_workload

    def primary(self) -> Workload | None:
        return self.primary_workload

    def apply_primary(self, workload: Workload) -> None:
        before = self.primary_workload
        if before is not None:
            self.primary_workload = replace(workload, status=before.status)
        else:
            is_daemon_set = self.kind == "DaemonSet"
            status = DaemonSetStatus() if is_daemon_set else DeploymentStatus()
            self.primary_workload = replace(workload, generation=1, status=status)

    def scale_target(self, replicas: int) -> None:
        if self.kind == "DaemonSet":
            self.is_off = replicas == 0
        elif self.target_workload is not None:
            self.target_workload = replace(self.target_workload, replicas=replicas)

    def config(self, kind: ConfigKind, name: str) -> Config | None:
        return self._configs.get((kind, name))

    def apply_config(self, config: Config) -> None:
        self._configs[config.kind, config.name] = config

    def scaler_min_replicas(self) -> int | None:
        return self.min_replicas if self.has_scaler else None

    def apply_primary_scaler(self, *, update: bool) -> Applied:
        self._require_scaler()
        wanted = self._primary_min_replicas()
        before, is_update = self._primary_scaler, self._primary_scaler != "absent"
        if is_update and (not update or before == wanted):
            return "unchanged"
        self._primary_scaler = wanted
        return "updated" if is_update else "created"

    def _primary_min_replicas(self) -> int | None:
        reference = self._scenario["spec"]["autoscalerRef"]
        own = (reference.get("primaryScalerReplicas") or {}).get("minReplicas", self.min_replicas)
        return 1 if own is None and self.scaler[0] == "H" else own

    def pause_target_scaler(self) -> None:
        self._set_paused(True)

    def resume_target_scaler(self) -> None:
        self._set_paused(False)

    def _set_paused(self, paused: bool) -> None:
        if self._scenario["spec"]["autoscalerRef"]["kind"] == "ScaledObject":
            self._require_scaler()
            self.is_paused = paused

    def _require_scaler(self) -> None:
        if self.has_scaler:
            return
        title, resource = "HorizontalPodAutoscaler", "horizontalpodautoscalers.autoscaling"
        if self._scenario["spec"]["autoscalerRef"]["kind"] == "ScaledObject":
            title, resource = "Keda ScaledObject", "scaledobjects.keda.sh"
        absent = f'{resource} "scaler" not found'
        raise PortError(f"{title} scaler.{NAMESPACE} get query error: {absent}")

    # What happens in a step.

    def put_config(self, config: Json) -> None:
        key: tuple[ConfigKind, str] = config["kind"], config["name"]
        if config.get("delete"):
            self._configs.pop(key, None)
            return
        self._configs[key] = Config(
            *key,
            data=config.get("data") or {},
            type=config.get("type") or "Opaque",
            annotations=config.get("annotations") or {},
        )

    def change_target(self, **fields: Any) -> None:
        if self.target_workload is not None:
            self.target_workload = replace(self.target_workload, **fields)

    def report(self, target: Json | None, primary: Json | None) -> None:
        """What the rollouts look like from now on."""
        if self.kind == "Service":
            return
        if self.target_workload is not None:
            self.target_workload = self._reported(self.target_workload, target or {})
        if self.primary_workload is not None:
            self.primary_workload = self._reported(self.primary_workload, primary or {})

    def _reported(self, workload: Workload, given: Json) -> Workload:
        given = {key: value for key, value in given.items() if value is not None}
        generation, observed = given.get("gen", 5), given.get("obs", 5)
        if self.kind == "DaemonSet":
            counts = (given.get(key, 3) for key in ("desired", "updated", "available"))
            status: DaemonSetStatus | DeploymentStatus = DaemonSetStatus(observed, *counts)
        else:
            ready = workload.replicas or 0
            status = DeploymentStatus(
                observed,
                given.get("replicas", ready),
                given.get("updated", ready),
                given.get("available", ready),
                tuple(map(self._condition, given.get("conds") or ())),
            )
        return replace(workload, generation=generation, status=status)

    def _condition(self, given: Json) -> DeploymentCondition:
        updated_s = self._clock.now_s() - given.get("ago", 0)
        return DeploymentCondition(
            given["type"], given["status"], given.get("reason", ""), updated_s
        )


class World:
    """All ports of one recording."""

    def __init__(self, scenario: Json) -> None:
        scenario = json.loads(json.dumps(scenario).replace("NSNS", NAMESPACE))
        self.scenario: Json = scenario
        self.spec: Json = scenario["spec"]
        self.trace = Trace()
        self.clock = VirtualClock()
        self.clock.advance(START_S)
        self.store = ScriptedStore(scenario, self.trace)
        self.workloads = ScriptedWorkloads(scenario, self.clock)
        self.hooks = ScriptedHooks(self.trace, self.clock)
        self.metrics = ScriptedMetrics(self.trace)
        self.events = ScriptedEvents(self.trace)
        self.routes = ScriptedRoutes()
        self.flags = _flags(scenario.get("flags") or {})
        self.ports = Ports(
            self.store,
            self.workloads,
            self.routes,
            self.metrics,
            self.hooks,
            self.events,
            self.clock,
        )

    def happen(self, step: Json) -> None:
        """Bring about what a step says, before its tick."""
        self.clock.advance(step.get("dt", 0))
        self._edit_canary(step)
        self._edit_workloads(step)
        self.workloads.report(step.get("target"), step.get("primary"))
        self.hooks.replace(step.get("hooks"))
        self.metrics.replace(step.get("prom"))
        not_ready = step.get("gw_not_ready")
        refs = self.spec["service"].get("gatewayRefs") or [{"name": ""}]
        self.routes.not_ready = not_ready and {**not_ready, "parent": refs[0]["name"]}

    def _edit_canary(self, step: Json) -> None:
        if step.get("spec") is not None:
            self.spec = _merged(self.spec, step["spec"])
            if not self.store.is_deleted:
                self.store.put_spec(CanarySpec.model_validate(self.spec))
        if step.get("del_canary"):
            self.store.delete()

    def _edit_workloads(self, step: Json) -> None:
        workloads = self.workloads
        for config in step.get("configs") or ():
            workloads.put_config(config)
        if step.get("rev"):
            workloads.change_target(template=_template(self.scenario, step["rev"]))
        if step.get("replicas") is not None and workloads.kind == "Deployment":
            workloads.change_target(replicas=step["replicas"])
        if step.get("del_target"):
            workloads.target_workload = None
        if step.get("del_primary"):
            workloads.primary_workload = None
            if workloads.kind == "Service":
                self.routes.delete(SERVICES, f"{workloads.name}-primary")
        if step.get("hpa_min") is not None:
            workloads.min_replicas = step["hpa_min"]
        if step.get("del_scaler"):
            workloads.has_scaler = False


def _flags(given: Json) -> Flags:
    labels = given.get("selector_labels")
    return Flags(
        mesh_provider=given.get("mesh_provider", ""),
        metrics_server=given.get("metrics_server") or "http://STUB/prom",
        event_webhook=given.get("event_webhook", ""),
        cluster_name=given.get("cluster_name", ""),
        no_cross_namespace_refs=given.get("no_cross_namespace_refs", False),
        epoch_s=EPOCH_S,
        **({} if labels is None else {"selector_labels": tuple(labels)}),
    )


def _merged(target: Any, patch: Any) -> Any:
    """A JSON merge patch."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged
