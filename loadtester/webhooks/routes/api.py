"""`/api`: gates and runs as JSON, for the page and for programs."""

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from loadtester.load.measuring.result_json import decode_result
from loadtester.report.base import Report
from loadtester.report.html.page import content_security_policy
from loadtester.report.registry import REPORTS
from loadtester.thresholds.verdict import judge, read_thresholds
from loadtester.webhooks.gates import GateState
from loadtester.webhooks.routes.page import html_headers
from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.runs.selection import RunSelection
from loadtester.webhooks.service import Service

_NO_RUN: dict[int | str, dict[str, Any]] = {404: {"description": "There is no run with that id"}}
RunId = Annotated[str, PathParameter(pattern="^[0-9a-f]{12}$")]


class Gate(BaseModel):
    """A gate, and when it was last asked about (Unix seconds; null if not since the start)."""

    name: str
    kind: str
    canary: str
    open: bool
    asked_at: float | None


class GateChange(BaseModel):
    """What a gate is to be."""

    model_config = ConfigDict(extra="forbid", strict=True)
    open: bool


class Status(BaseModel):
    """The server itself."""

    version: str
    store: str
    draining: bool
    running: int
    max_tasks: int
    now: float
    allow_targets: list[str]
    """Patterns of what load may be sent to; empty where it may be sent anywhere."""


class RunSummary(BaseModel):
    """A run without its output and its raw measurements; times are Unix seconds."""

    id: str
    canary: str
    type: str
    title: str
    phase: str
    checksum: str
    state: RunState
    started_at: float
    ended_at: float | None
    error: str
    failed: list[str]
    summary: dict[str, Any] | None
    live: dict[str, Any] | None


class RunDetail(RunSummary):
    """A run with everything that is kept of it."""

    output: str
    report: dict[str, Any] | None


def router(service: Service) -> APIRouter:
    """All routes under `/api`."""
    made = APIRouter(prefix="/api", tags=["api"])

    @made.get("/status")
    async def status() -> Status:
        """The server: version, store, how much it is doing."""
        return Status(
            version=service.version,
            store=service.settings.store,
            draining=service.runner.draining,
            running=len(service.runner.active()),
            max_tasks=service.settings.max_tasks,
            now=time.time(),
            allow_targets=list(service.policy.allow_targets),
        )

    @made.get("/gates")
    async def gates() -> list[Gate]:
        """Every gate that is known: those that hold somebody back first, then open ones."""
        return [_gate(state) for state in await service.gates.states()]

    @made.put("/gates/{name:path}", responses={503: {"description": "The store failed"}})
    async def set_gate(name: str, change: GateChange) -> Gate:
        """Open or close a gate: `NAME.NAMESPACE`, or `rollback.NAME.NAMESPACE`."""
        await service.gates.change(name, change.open)
        return _gate(GateState(name, change.open))

    @made.get("/runs")
    async def runs(
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
        q: Annotated[str, Query(max_length=200)] = "",
        state: Annotated[list[RunState], Query()] = [],  # noqa: B006
    ) -> list[RunSummary]:
        """Runs under way and past ones, newest first: those with `q` in their title, canary, type
        or id, and of one of the states given; `limit` of them after the first `offset`."""
        selection = RunSelection(q, frozenset(state))
        return [_summary(run) for run in await service.latest_runs(limit, offset, selection)]

    @made.get("/runs/{run_id}", responses=_NO_RUN)
    async def run(run_id: RunId) -> RunDetail:
        """One run with its output and its whole report."""
        found = await _found(service, run_id)
        fields = _summary(found).model_dump()
        return RunDetail(**fields, output=found.output, report=_plain(found.report))

    @made.get("/runs/{run_id}/report", response_class=Response, responses=_NO_RUN)
    async def report(run_id: RunId) -> Response:
        """The report of a load run by our engine as one offline HTML page."""
        page = await asyncio.to_thread(report_page, await _found(service, run_id))
        return Response(
            page, headers=html_headers(content_security_policy()), media_type="text/html"
        )

    @made.post("/runs/{run_id}/stop", status_code=202, responses=_NO_RUN)
    async def stop(run_id: RunId) -> dict[str, str]:
        """Ask a run under way to stop and report."""
        for active in service.runner.active():
            if active.record.id == run_id:
                active.stop("stopped by a caller of the API")
                return {"stopping": run_id}
        raise HTTPException(404, f"no run {run_id} is under way here")

    return made


async def _found(service: Service, run_id: str) -> Run:
    run = await service.find_run(run_id)
    if run is None:
        raise HTTPException(404, f"there is no run {run_id}")
    return run


def _gate(state: GateState) -> Gate:
    return Gate(
        name=state.name,
        kind=state.kind,
        canary=state.canary,
        open=state.is_open,
        asked_at=state.asked_at,
    )


def _summary(run: Run) -> RunSummary:
    report = run.report or {}
    return RunSummary(
        **{name: getattr(run, name) for name in RunSummary.model_fields if hasattr(run, name)},
        summary=report.get("summary"),
    )


def _plain(report: Any) -> dict[str, Any] | None:
    return None if report is None else dict(report)


def report_page(run: Run) -> str:
    """The report of a load run as HTML; HTTPException 404 if it has none that can be shown."""
    report = run.report or {}
    document = report.get("document")
    if not isinstance(document, dict) or report.get("kind") != "hey":
        raise HTTPException(404, f"run {run.id} has no report of our engine")
    try:
        result = decode_result(document["result"])
        texts = [item["threshold"] for item in document["thresholds"]]
        verdict = judge(read_thresholds(texts), result)
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise HTTPException(404, f"the report of run {run.id} cannot be read") from error
    return REPORTS["html"](Report(result, verdict, run.title))
