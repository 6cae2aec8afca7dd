"""The page that holds the charts and the tables together."""

import base64
import functools
import hashlib
import json
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from commons.durations import format_duration_s
from commons.units import NS_PER_S
from loadtester.load.measuring.result import RunResult
from loadtester.report.base import Report
from loadtester.report.html import over_time, quantiles, tables

PUBLIC_HEADERS = frozenset({"accept", "accept-encoding", "content-type", "user-agent"})
HIDDEN = "(hidden)"


def render(report: Report) -> str:
    """The whole file. Whatever stands in it was escaped by the template or is ours."""
    result = report.result
    return (
        _environment()
        .get_template("page.html")
        .render(
            policy=content_security_policy(),
            style=Markup(style()),
            report=report,
            title=report.title or report.target,
            facts=_facts(report),
            verdict=tables.verdict(report),
            tiles=tables.tiles(result),
            thresholds=tables.thresholds(report),
            over_time=over_time.latency_over_time(result) if result.timeline else "",
            responses=over_time.responses_over_time(result) if result.timeline else "",
            by_quantile=quantiles.latency_by_quantile(report) if result.service_time else "",
            statuses=tables.statuses(result),
            percentiles=tables.percentiles(result),
            counts=tables.counts(result),
            phases=tables.phases(result),
            plan=json.dumps(_shown_plan(result.plan), indent=2, ensure_ascii=False),
        )
    )


@functools.cache
def content_security_policy() -> str:
    """What a browser may do with the page: show it with its own style sheet, nothing else.

    A server that hands the page out can send the same as a header.
    """
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@functools.cache
def style() -> str:
    """The style sheet of the page."""
    return files(__package__).joinpath("templates/style.css").read_text(encoding="utf-8")


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _shown_plan(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan without the values of headers that could be somebody's secret."""
    request = plan.get("request", {})
    headers = [
        [name, value if name.lower() in PUBLIC_HEADERS else HIDDEN]
        for name, value in request.get("headers", [])
    ]
    return {**plan, "request": {**request, "headers": headers}}


def _facts(report: Report) -> list[str]:
    result = report.result
    made_by = result.provenance
    facts = [
        report.origin or report.started,
        made_by.command,
        made_by.system,
        f"{format_duration_s(round(result.wall_ns / NS_PER_S, 3))} long",
        *_pacing(result),
        "interrupted" if result.interrupted else "",
    ]
    return [fact for fact in facts if fact]


def _pacing(result: RunResult) -> list[str]:
    pacing: dict[str, Any] = result.plan.get("pacing", {})
    model = f"open model, {pacing.get('schedule', '')}" if result.is_open else "closed model"
    facts = [model, f"{pacing.get('connections', 0)} connections"]
    if qps := pacing.get("qps_per_connection"):
        facts.append(f"{qps:g} requests a second each")
    if (processes := result.plan.get("processes", 1)) > 1:
        facts.append(f"{processes} processes")
    return facts
