"""Recorded runs of Flagger as scenarios, where the format of scenarios can say them."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.flagger.canary.resources import MetricTemplate, MetricTemplateSpec
from rehearsal.flagger.controller import Flags
from tests.rehearsal.flagger.conformance.recording import Json, Recording

NAMESPACE = "flagger"
_SETUP = {
    *("id", "flags", "name", "spec", "target", "templates", "steps", "metric_templates"),
    *("alert_providers", "configs", "scaler", "hpa_min", "ingress", "route"),
}
_SELECTORS = {"app", "name", "app.kubernetes.io/name"}
_STEP = {"dt", "rev", "hooks", "prom", "target", "primary", "spec"}
_BUILTIN = {"request-success-rate": "success", "request-duration": "duration"}
_USUAL = {"success": 100.0, "duration": 0.1}


class UntranslatableError(Exception):
    """The format has no words for this."""


def translated(recording: Recording) -> Json:
    """The scenario of a recording, as plain values; raises UntranslatableError."""
    given = json.loads(json.dumps(recording.scenario).replace("NSNS", NAMESPACE))
    return _Translation(given, recording.flagger).scenario()


class _Translation:
    def __init__(self, given: Json, flagger: Json) -> None:
        self._given = given
        self._flagger = flagger
        self._kind = given["spec"]["targetRef"]["kind"]
        self._hooks: Json = {}
        self._metrics: Json = {}
        self._ready: Json = {}

    def scenario(self) -> Json:
        given = self._given
        extra = {key for key in given if given[key]} - _SETUP
        need(not extra, f"setup: {extra}")
        need("configMap" not in json.dumps(given["templates"]), "configs")
        need("secret" not in json.dumps(given["templates"]), "secrets")
        flags = {key for key, value in (given.get("flags") or {}).items() if value}
        need(flags <= {"mesh_provider", "cluster_name", "event_webhook"}, f"flags: {flags}")
        need(isinstance(given["target"].get("replicas"), int), "replicas")
        need("updateStrategy" not in given["target"], "update strategy")
        labels = given["target"]["selector"]["matchLabels"]
        need(bool(_SELECTORS & set(labels)), "selector")
        need("sync_error" not in self._flagger, "dropped")
        need("knative" not in given["spec"]["targetRef"]["apiVersion"], "knative")
        steps = given["steps"]
        return {
            "canary": {
                "metadata": {"name": given["name"], "namespace": NAMESPACE},
                "spec": given["spec"],
            },
            "ticks": len(steps),
            "replicas": given["target"]["replicas"],
            "world": [self._change(number, step) for number, step in enumerate(steps)],
        }

    def _change(self, number: int, step: Json) -> Json:
        need(set(step) <= _STEP, f"step: {set(step) - _STEP}")
        spec = self._given["spec"]
        change: Json = {
            "at": number,
            "metrics": self._values(step.get("prom") or {}),
            "hooks": {
                hook["name"]: self._behaviour(number, hook, step.get("hooks") or {})
                for hook in spec["analysis"].get("webhooks") or ()
            },
            "prometheus": "up" if "STUB" in spec.get("metricsServer", "STUB") else "down",
        }
        if number == 0 or "rev" in step:
            change["revision"] = step.get("rev", "v1")
        if step.get("spec") is not None:
            need("metrics" not in (step["spec"].get("analysis") or {}), "edited metrics")
            need("webhooks" not in (step["spec"].get("analysis") or {}), "edited webhooks")
            change["spec"] = step["spec"]
        if self._kind != "Service":
            change["ready"] = {
                "primary": self._primary(number, step.get("primary") or {}),
                "canary": self._readiness(step.get("target") or {}),
            }
        return change

    def _values(self, answers: Json) -> Json:
        need("online" not in answers, "availability")
        metrics = self._given["spec"]["analysis"].get("metrics") or ()
        names = [metric["name"] for metric in metrics]
        need(len(set(names)) == len(names), "two metrics of one name")
        return {metric["name"]: self._value(metric, answers) for metric in metrics}

    def _value(self, metric: Json, answers: Json) -> Any:
        custom = [key for key in ("query", "templateRef") if metric.get(key)]
        need(metric["name"] not in _BUILTIN or not custom, "a builtin metric with a query")
        kind = _BUILTIN.get(metric["name"]) or self._mark(metric)
        given = answers.get(kind) or [{"v": str(_USUAL.get(kind, 1.0))}]
        need(len(given) == 1, "answers in a row")
        (answer,) = given
        if answer.get("empty"):
            return None
        need("v" in answer and set(answer) == {"v"}, f"answer: {sorted(answer)}")
        return float(answer["v"])

    def _mark(self, metric: Json) -> str:
        query: str = metric.get("query") or ""
        if metric.get("templateRef"):
            name = metric["templateRef"]["name"]
            templates = self._given.get("metric_templates") or ()
            found = [one for one in templates if one["metadata"]["name"] == name]
            need(len(found) == 1, "a template that is missing")
            (template,) = found
            need(template["spec"]["provider"]["type"] == "prometheus", "provider")
            need("STUB" in template["spec"]["provider"].get("address", ""), "address")
            need("secretRef" not in template["spec"]["provider"], "secret")
            query = template["spec"]["query"]
        need("mk_" in query, "a query without a mark")
        mark = query.split("mk_")[1]
        return "".join(char for char in mark.split("_")[0].split("{")[0] if char.isalnum())

    def _behaviour(self, number: int, hook: Json, behaviours: Json) -> Any:
        need("STUB/hook/" in hook["url"], "url")
        name = hook["url"].rsplit("/hook/", 1)[1]
        given = behaviours.get(name) or [{"status": 200}]
        trace = self._flagger["ticks"][number]["trace"]
        calls = sum(one["k"] == "hook" and one["name"] == name for one in trace)
        need(calls < 2 or all(one == given[0] for one in given), "behaviours in a row")
        behaviour = given[0]
        need(not behaviour.get("close") and not behaviour.get("delay_ms"), "transport")
        need("retry_after" not in behaviour, "retry after")
        status = behaviour.get("status", 200)
        return {"status": status, "body": behaviour.get("body", "")}

    def _primary(self, number: int, status: Json) -> Any:
        """A primary that was not there when the step began is one that nobody has observed."""
        before = self._flagger["ticks"][number - 1] if number else self._flagger["sync"]
        if before["primary_template"] is None:
            return {"observed": False}
        return self._readiness(status)

    def _readiness(self, status: Json) -> Any:
        if not status:
            return True
        need(self._kind == "Deployment", "a DaemonSet that is not ready")
        conditions = status.get("conds") or ()
        exceeded = any(one.get("reason") == "ProgressDeadlineExceeded" for one in conditions)
        stuck = any(one.get("reason") == "MinimumReplicasUnavailable" for one in conditions)
        need(exceeded or not stuck, "a deadline of the clock")
        found = {
            name: status[name]
            for name in ("updated", "replicas", "available")
            if status.get(name) is not None
        }
        need(min(found.values(), default=0) >= 0, "negative counts")
        observed = (status.get("gen") or 5) <= (status.get("obs") or 5)
        return {**found, "observed": observed, "deadline_exceeded": exceeded}


def need(condition: bool, what: str) -> None:
    """Raise UntranslatableError unless the condition holds."""
    if not condition:
        raise UntranslatableError(what)


def templates_of(recording: Recording) -> tuple[MetricTemplate, ...]:
    """The MetricTemplates of a recording."""
    given = recording.scenario.get("metric_templates") or ()
    return tuple(
        MetricTemplate(
            one["metadata"]["name"],
            one["metadata"]["namespace"].replace("NSNS", NAMESPACE),
            MetricTemplateSpec.model_validate(one["spec"]),
        )
        for one in given
    )


def flags_of(recording: Recording) -> Flags:
    """The flags that Flagger was started with."""
    given = recording.scenario.get("flags") or {}
    return Flags(
        mesh_provider=given.get("mesh_provider") or "",
        cluster_name=given.get("cluster_name") or "",
        event_webhook=given.get("event_webhook") or "",
    )


def expected(recording: Recording) -> list[Json]:
    """What Flagger did on each tick, as far as a played scenario shows it."""
    return [
        {
            "events": [
                (e["type"], e["msg"], e["phase"]) for e in tick["trace"] if e["k"] == "event"
            ],
            "hooks": [e["name"] for e in tick["trace"] if e["k"] == "hook"],
            "status": [tick["status"][key] for key in ("phase", "w", "f", "i")],
            "routes": tick["routes"],
        }
        for tick in recording.flagger["ticks"]
    ]
