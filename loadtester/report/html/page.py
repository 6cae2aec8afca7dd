"""The page that holds the charts and the tables together."""

import datetime
import json
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from commons.durations import format_duration_s
from commons.units import NS_PER_S
from loadtester.load.measuring.result import RunResult
from loadtester.report.base import Report
from loadtester.report.html import over_time, quantiles, tables

PUBLIC_HEADERS = frozenset({"accept", "accept-encoding", "content-type", "user-agent"})
HIDDEN = "(hidden)"


def render(report: Report) -> str:
    """The whole file."""
    result = report.result
    request = result.plan.get("request", {})
    target = f"{request.get('method', 'GET')} {request.get('url', '')}".strip()
    title = report.title or target
    return _template("page.html").substitute(
        title=escape(title),
        style=_read("style.css"),
        heading=escape(title),
        target=f"<code>{escape(target)}</code>" if report.title else "",
        facts="".join(f"<li>{escape(fact)}</li>" for fact in _facts(result)),
        verdict=tables.verdict(report),
        tiles=tables.tiles(result),
        thresholds=tables.thresholds(report),
        over_time=over_time.latency_over_time(result) if result.timeline else _nothing(),
        responses=over_time.responses_over_time(result) if result.timeline else _nothing(),
        by_quantile=quantiles.latency_by_quantile(report) if result.service_time else _nothing(),
        statuses=tables.statuses(result),
        percentiles=tables.percentiles(result),
        counts=tables.counts(result),
        phases=tables.phases(result),
        plan=escape(json.dumps(_shown_plan(result.plan), indent=2)),
    )


def _shown_plan(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan without the values of headers that could be somebody's secret."""
    request = plan.get("request", {})
    headers = [
        [name, value if name.lower() in PUBLIC_HEADERS else HIDDEN]
        for name, value in request.get("headers", [])
    ]
    return {**plan, "request": {**request, "headers": headers}}


def _facts(result: RunResult) -> list[str]:
    pacing: dict[str, Any] = result.plan.get("pacing", {})
    facts = [_started(result), f"{format_duration_s(round(result.wall_ns / NS_PER_S, 3))} long"]
    if result.is_open:
        facts.append(f"open model, {pacing.get('schedule', '')}")
    else:
        facts.append("closed model")
    facts.append(f"{pacing.get('connections', 0)} connections")
    if qps := pacing.get("qps_per_connection"):
        facts.append(f"{qps:g} requests a second each")
    if (processes := result.plan.get("processes", 1)) > 1:
        facts.append(f"{processes} processes")
    if result.interrupted:
        facts.append("interrupted")
    return [fact for fact in facts if fact]


def _started(result: RunResult) -> str:
    if not result.started_unix_ns:
        return ""
    when = datetime.datetime.fromtimestamp(result.started_unix_ns // 10**9, datetime.UTC)
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def _nothing() -> str:
    return '<p class="none">Nothing was measured.</p>'


def _template(name: str) -> Template:
    return Template(_read(name))


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
