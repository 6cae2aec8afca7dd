"""Type `locust`: a locust run in a process of its own; its statistics become the verdict."""

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import loadtester.locust
from commons.errors import UsageError
from commons.values import shown
from loadtester.hey.time_scale import time_scale
from loadtester.locust import totals as locust_totals
from loadtester.thresholds.errors import ThresholdError
from loadtester.thresholds.grammar import Threshold
from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.processes.running import Finished
from loadtester.webhooks.tasks import metadata as read
from loadtester.webhooks.tasks.base import (
    SHOWN_FAILURE,
    Field,
    Job,
    Outcome,
    RunContext,
    TaskType,
    VerdictMode,
)
from loadtester.webhooks.tasks.hey import progress_reader, read_report
from loadtester.webhooks.tasks.urls import check_http_url

_FOLDER = Path(loadtester.locust.__file__).parent
_SHAPES = ("steps", "spike", "soak")
_MOST_USERS = 100_000
_LONGEST_THRESHOLD = 200
_LOST = "the process that watched it was killed"
_MODES = ("headless", "master", "worker")


@dataclass(frozen=True)
class LocustJob:
    """One locust process. `script` is an inline locustfile, else `files` names them."""

    title: str
    key: str
    arguments: Sequence[str]
    files: Sequence[str]
    script: str | None
    thresholds: Sequence[Threshold]
    is_worker: bool = False
    places: int = 1

    async def run(self, context: RunContext) -> Outcome:
        with tempfile.TemporaryDirectory(prefix="loadtester-") as name:
            folder = Path(name)
            report = folder / "report.json"
            argv = [sys.executable, "-P", "-m", "loadtester.locust", str(report)]
            argv += ["-f", ",".join(self._files(folder)), *self.arguments]
            finished = await context.run_command(
                argv, cwd=folder, keep=progress_reader(context.show)
            )
            return self._outcome(finished, read_report(report))

    def _files(self, folder: Path) -> list[str]:
        if self.script is None:
            return list(self.files)
        (folder / "locustfile.py").write_text(self.script)
        return [str(folder / "locustfile.py"), *self.files]

    def _outcome(self, finished: Finished, document: Mapping[str, Any] | None) -> Outcome:
        if finished.lost:
            return Outcome(False, finished.output, interruption=_LOST)
        if self.is_worker:  # its numbers went to the master, and so does the verdict
            error = "" if finished.ok else finished.error
            return Outcome(finished.ok, finished.output, error)
        report = self._report(document)
        failed = self._failures(finished, report)
        if not failed:
            return Outcome(True, finished.output, report=report)
        body = f"{self.title} failed: {'; '.join(failed)}".encode()
        error = "" if report else finished.error
        return Outcome(False, finished.output, error, body, failed, report)

    def _report(self, document: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """None as well for a document that a script has spoilt."""
        try:
            return self._normalise(document) if document else None
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
            return None

    def _failures(self, finished: Finished, report: Mapping[str, Any] | None) -> tuple[str, ...]:
        """With thresholds they alone decide; without, locust's exit code (any failure is one)."""
        if finished.timed_out:
            return ("the run did not end before its deadline",)
        if report is None:
            last = finished.output.decode("utf-8", "replace").strip().splitlines()[-1:]
            return (f"locust gave no report ({finished.error}): {''.join(last)}",)
        if not report["summary"]["requests"]:
            return ("no request was made",)
        if self.thresholds:
            kept = report["thresholds"]
            return tuple(f"{t['threshold']} (was {t['actual']})" for t in kept if not t["ok"])
        if finished.returncode:
            errors = report["summary"]["errors"]
            return (f"{errors} of {report['summary']['requests']} requests failed",)
        return ()

    def _normalise(self, document: Mapping[str, Any]) -> dict[str, Any]:
        totals = document["totals"]

        def at(quantile: float) -> float | None:
            return locust_totals.quantile_s(totals, quantile)

        rate = totals["requests"] / totals["duration_s"] if totals["duration_s"] else 0.0
        return {
            "kind": "locust",
            "summary": {
                "requests": totals["requests"],
                "errors": totals["failures"],
                "duration_s": totals["duration_s"],
                "requests_per_s": rate,
                "p50_s": at(0.5),
                "p90_s": at(0.9),
                "p95_s": at(0.95),
                "p99_s": at(0.99),
                "max_s": at(1.0),
            },
            "thresholds": locust_totals.judge(self.thresholds, totals),
            "document": dict(document),
        }


def prepare(payload: Payload, policy: Policy) -> Job:
    """The job of a `locust` task."""
    given = payload.metadata
    if find_spec("locust") is None:
        raise BadTaskError("type: locust is not installed here (pip install locust)", 500)
    script = given.get("script")
    files = _files(given, policy)
    arguments = _arguments(given, policy)
    thresholds = _thresholds(given)
    what = "inline script" if script is not None else Path(files[0]).name
    title = f"locust {what} {given.get('host', '')}".strip()
    key = repr((arguments, files, script, [str(threshold) for threshold in thresholds]))
    is_worker = given.get("mode") == "worker"
    return LocustJob(title, key, arguments, files, script, thresholds, is_worker)


def _files(given: Mapping[str, str], policy: Policy) -> list[str]:
    files: list[str] = []
    if "script" in given:
        policy.check_code("script")
        if "locustfile" in given:
            raise BadTaskError("locustfile: either this or script, not both")
    else:
        files.append(_locustfile(given.get("locustfile", ""), policy))
    if (shape := given.get("shape")) is not None:
        if shape not in _SHAPES:
            raise BadTaskError(f"shape: {shown(shape)} is not one of {', '.join(_SHAPES)}")
        files.append(str(_FOLDER / "shapes" / f"{shape}.py"))
    return files


def _locustfile(text: str, policy: Policy) -> str:
    if not text:
        return str(_FOLDER / "locustfile.py")
    path = str(policy.check_file("locustfile", text))
    if "," in path or not path.endswith(".py"):
        raise BadTaskError("locustfile: must end in .py, with no comma in its path")
    return path


def _arguments(given: Mapping[str, str], policy: Policy) -> list[str]:
    mode = given.get("mode", "headless")
    if mode not in _MODES:
        raise BadTaskError(f"mode: {shown(mode)} is not one of {', '.join(_MODES)}")
    arguments = ["--only-summary", "--stop-timeout", "10", "--loglevel", "WARNING"]
    if mode == "worker":
        if policy.allow_targets:
            raise RefusedError("mode: a worker loads what its master says, whatever is allowed")
        return [*arguments, "--worker", *_master(given)]
    arguments += ["--headless", *_size(given), *_host(given, policy)]
    if mode == "master":
        workers = read.count(given, "workers", 1, 1000)
        arguments += ["--master", "--expect-workers", str(workers), *_bind(given)]
    return [*arguments, *_choice(given)]


def _size(given: Mapping[str, str]) -> list[str]:
    users = read.count(given, "users", 10, _MOST_USERS)
    spawn_rate = read.number(given, "spawnRate", float(users))
    seconds = read.duration_s(given, "runTime", 60.0) / _speed()
    return ["-u", str(users), "-r", f"{spawn_rate:g}", "-t", f"{max(1, round(seconds))}s"]


def _host(given: Mapping[str, str], policy: Policy) -> list[str]:
    if "host" in given or policy.allow_targets or not given.keys() & {"script", "locustfile"}:
        host = read.url(given, "host")
        policy.check_target(*check_http_url(host, "host"), "host")
        return ["--host", host]
    return []


def _choice(given: Mapping[str, str]) -> list[str]:
    chosen: list[str] = []
    for field, option in (("tags", "--tags"), ("excludeTags", "--exclude-tags")):
        if words := _words(given, field):
            chosen += [option, *words]
    return [*chosen, *(["--", *classes] if (classes := _words(given, "userClasses")) else [])]


def _words(given: Mapping[str, str], field: str) -> list[str]:
    words = read.lines(given, field)
    for word in words:
        if not word.replace("-", "_").isidentifier() or word.startswith("-"):
            raise BadTaskError(f"{field}: {shown(word)} is not a name")
    return words


def _master(given: Mapping[str, str]) -> list[str]:
    read.required(given, "masterHost")
    host = read.host(given, "masterHost")
    return ["--master-host", host, "--master-port", str(_port(given, "masterPort"))]


def _bind(given: Mapping[str, str]) -> list[str]:
    return ["--master-bind-port", str(_port(given, "masterPort"))]


def _port(given: Mapping[str, str], field: str) -> int:
    return read.count(given, field, 5557, 65535)


def _thresholds(given: Mapping[str, str]) -> tuple[Threshold, ...]:
    texts = read.lines(given, "thresholds")
    if any(len(text) > _LONGEST_THRESHOLD for text in texts):
        raise BadTaskError(f"thresholds: longer than {_LONGEST_THRESHOLD} characters")
    try:
        return locust_totals.read_thresholds(texts)
    except (ThresholdError, ValueError) as error:
        raise BadTaskError(f"thresholds: {error}") from None


def _speed() -> float:
    """In a rehearsal a minute takes less: run times are divided by HEY_TIME_SCALE."""
    try:
        return max(1.0, float(time_scale(os.environ)))
    except UsageError:
        return 1.0


TASK = TaskType(
    name="locust",
    summary="A locust run, in the background; its verdict answers later calls.",
    prepare=prepare,
    verdict=VerdictMode.LATER,
    shell=False,
    failure_status=SHOWN_FAILURE,
    fields={
        "locustfile": Field("path of a locustfile; ours for detail if absent"),
        "script": Field("an inline locustfile instead"),
        "host": Field("base URL of the load; needed unless the locustfile names it"),
        "users": Field("most users at once, `10` if absent"),
        "spawnRate": Field("users started per second; all at once if absent"),
        "runTime": Field("how long, `1m` if absent"),
        "shape": Field("`steps`, `spike` or `soak`: how many of the users when"),
        "userClasses": Field("user classes to run, all if absent"),
        "tags": Field("tags to run"),
        "excludeTags": Field("tags not to run"),
        "thresholds": Field("conditions such as `p99<250ms, error_rate<1%`"),
        "mode": Field("`headless` (one machine), `master` or `worker`"),
        "workers": Field("workers that a master waits for, `1` if absent"),
        "masterHost": Field("where a worker finds its master"),
        "masterPort": Field("port of the master, `5557` if absent"),
    },
)
