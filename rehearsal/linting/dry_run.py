"""Asks a real Prometheus what Flagger would ask it, and says what Flagger would make of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2

from commons.units import NS_PER_MS
from rehearsal.errors import UserError
from rehearsal.flagger.canary.analysis import DURATION, METRIC_INTERVAL, SUCCESS_RATE, Metric
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller import templates
from rehearsal.flagger.controller.checks import limits
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.golang import format_float
from rehearsal.flagger.providers import queries_of
from rehearsal.linting.subject import Options, Subject
from rehearsal.manifests import Manifests, as_canary

_TIMEOUT_S = 5.0
_LONGEST_RESPONSE = 10_000_000
_LONGEST_QUERY = 2_000


@dataclass(frozen=True)
class Answer:
    """What a query gave: the value that Flagger would take, of how many series, and its verdict.

    `reason` is why the check fails; empty when it passes.
    """

    canary: str
    metric: str
    query: str
    series: int
    value: float | None
    reason: str

    @property
    def passes(self) -> bool:
        """Whether Flagger would let the canary advance."""
        return not self.reason

    def __str__(self) -> str:
        value = "no value" if self.value is None else format_float(self.value)
        verdict = "passes" if self.passes else f"fails: {self.reason}"
        return (
            f"{self.canary}: {self.metric}: {value} ({self.series} series): {verdict}\n"
            f"  {self.query}"
        )


def dry_run(manifests: Manifests, address: str, mesh_provider: str) -> Iterator[Answer]:
    """Ask every Prometheus query of every Canary; UserError when nobody answers at the address."""
    options = Options(mesh_provider=mesh_provider)
    with httpx2.Client(timeout=_TIMEOUT_S, follow_redirects=False) as client:
        prometheus = _Prometheus(client, address)
        for manifest in manifests.canaries:
            yield from _canary(Subject(manifest, manifests, options), prometheus)


def _canary(subject: Subject, prometheus: _Prometheus) -> Iterator[Answer]:
    canary = as_canary(subject.manifest)
    for _, metric in subject.metrics():
        if metric.is_builtin:
            yield _builtin(canary, metric, subject.provider, prometheus)
        if metric.query:
            yield _custom(canary, metric, metric.query, metric.interval or "1m", prometheus)
        template = subject.template_of(metric)
        if metric.template_ref is not None and template is None:
            reason = "its MetricTemplate was not given"
            yield Answer(canary.full_name, metric.name, "", 0, None, reason)
        elif template is not None and template.spec.provider.type == "prometheus":
            text = template.spec.query
            yield _custom(canary, metric, text, metric.interval, prometheus)


def _builtin(canary: Canary, metric: Metric, provider: str, prometheus: _Prometheus) -> Answer:
    builtin = queries_of(provider)
    template = builtin.success_rate if metric.name == SUCCESS_RATE else builtin.duration
    interval = metric.interval or METRIC_INTERVAL
    model = builtin.adapt(templates.model_of(canary, metric, interval))
    query = templates.collapse(templates.render(template, model)).strip()
    count, value, reason = prometheus.ask(query)
    if value is None:
        return Answer(canary.full_name, metric.name, query, count, None, reason)
    if metric.name == DURATION:
        duration_ns = builtin.duration_ns(value)
        reason = limits.duration(metric, duration_ns) or ""
        value = duration_ns / NS_PER_MS
    else:
        reason = limits.success_rate(metric, value) or ""
    return Answer(canary.full_name, metric.name, query, count, value, reason)


def _custom(
    canary: Canary, metric: Metric, template: str, interval: str, prometheus: _Prometheus
) -> Answer:
    try:
        model = templates.model_of(canary, metric, interval)
        query = templates.collapse(templates.render(template, model)).strip()
    except PortError as error:
        text = template.strip()[:_LONGEST_QUERY]
        return Answer(canary.full_name, metric.name, text, 0, None, str(error))
    count, value, reason = prometheus.ask(query)
    if value is not None:
        reason = limits.custom(metric, value) or ""
    return Answer(canary.full_name, metric.name, query, count, value, reason)


class _Prometheus:
    """The HTTP API of one Prometheus."""

    def __init__(self, client: httpx2.Client, address: str) -> None:
        self._client = client
        self._address = address.rstrip("/")

    def ask(self, query: str) -> tuple[int, float | None, str]:
        """How many series, the value of the last, and why there is none."""
        url = f"{self._address}/api/v1/query"
        try:
            with self._client.stream("GET", url, params={"query": query}) as response:
                body = b"".join(_bounded(response))
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise UserError(f"--prometheus {self._address}: {reason}") from None
        return _read(response.status_code, body)


def _bounded(response: httpx2.Response) -> Iterator[bytes]:
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > _LONGEST_RESPONSE:
            raise ValueError("the response is larger than 10 MB")
        yield part


def _read(status: int, body: bytes) -> tuple[int, float | None, str]:
    try:
        document = json.loads(body)
        if status >= 400 or document["status"] != "success":
            return 0, None, f"error response: {status}: {document.get('error', '')}"[:300]
        result = document["data"]["result"]
        if document["data"]["resultType"] != "vector":
            return 0, None, f"answers a {document['data']['resultType']}, not a vector"
        values = [float(element["value"][1]) for element in result]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return 0, None, f"answers {status} with something that no Prometheus says"
    if not values or math.isnan(values[-1]):
        return len(values), None, "no values found"
    return len(values), values[-1], ""
