"""The tools: how each is run in a model, and what its report says.

A command is a list of words, or of commands that are piped. A model that a tool does not have is
None, and the tables say so.
"""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Command = list[str]


@dataclass(frozen=True)
class Load:
    """What is asked of a tool: `rate_rps` None is the closed model, as fast as it goes."""

    url: str
    seconds: int
    connections: int
    rate_rps: int | None
    home: Path
    """For files that a tool wants."""


@dataclass(frozen=True)
class Report:
    """What a tool says: responses, and latencies in milliseconds where it tells any."""

    requests: int
    p50_ms: float | None = None
    p90_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True)
class Tool:
    """One load generator."""

    name: str
    program: str
    command: Callable[[Load], list[Command] | None]
    """Piped one into the next; None: it does not have the model."""
    read: Callable[[str], Report]
    environment: tuple[tuple[str, str], ...] = ()


def _found(pattern: str, text: str, unit: float = 1.0) -> float | None:
    match = re.search(pattern, text)
    return float(match[1]) * unit if match else None


def _hey_words(load: Load, program: list[str]) -> list[Command]:
    words = [*program, "-c", str(load.connections), "-z", f"{load.seconds}s"]
    if load.rate_rps:
        words += ["-q", str(load.rate_rps // load.connections)]
    return [[*words, load.url]]


def _ours(load: Load) -> list[Command]:
    program = [sys.executable, "-P", "-m", "loadtester.hey", "-c", str(load.connections)]
    rate = ["--rate", str(load.rate_rps)] if load.rate_rps else []
    return [[*program, "-z", f"{load.seconds}s", *rate, load.url]]


def _read_hey(text: str) -> Report:
    requests = sum(int(n) for n in re.findall(r"\[\d+\]\t(\d+) responses", text))
    shares = (_found(rf"{share}%+ in ([0-9.]+)", text, 1e3) for share in (50, 90, 99))
    return Report(requests, *shares)


def _wrk(load: Load) -> list[Command] | None:
    if load.rate_rps:
        return None
    words = ["wrk", "-t1", f"-c{load.connections}", f"-d{load.seconds}s", "--latency", load.url]
    return [words]


def _read_wrk(text: str) -> Report:
    units = {"us": 1e-3, "ms": 1.0, "s": 1e3}
    told = {
        share: float(number) * units[unit]
        for share, number, unit in re.findall(r"(50|90|99)%\s+([0-9.]+)(us|ms|s)\b", text)
    }
    requests = int(_found(r"(\d+) requests in", text) or 0)
    return Report(requests, told.get("50"), told.get("90"), told.get("99"))


def _oha(load: Load) -> list[Command]:
    words = ["oha", "--no-tui", "--output-format", "json", "-c", str(load.connections)]
    rate = ["-q", str(load.rate_rps)] if load.rate_rps else []
    return [[*words, "-z", f"{load.seconds}s", *rate, load.url]]


def _oha_corrected(load: Load) -> list[Command] | None:
    if not load.rate_rps:
        return None
    [words] = _oha(load)
    return [[words[0], "--latency-correction", *words[1:]]]


def _read_oha(text: str) -> Report:
    told = json.loads(text)
    shares = told["latencyPercentiles"]
    requests = sum(told["statusCodeDistribution"].values())
    return Report(requests, *(shares[share] * 1e3 for share in ("p50", "p90", "p99")))


def _bombardier(load: Load) -> list[Command]:
    words = ["bombardier", "-l", "-p", "r", "-o", "json", "-c", str(load.connections)]
    rate = ["-r", str(load.rate_rps)] if load.rate_rps else []
    return [[*words, "-d", f"{load.seconds}s", *rate, load.url]]


def _read_bombardier(text: str) -> Report:
    told = json.loads(text)["result"]
    shares = told["latency"]["percentiles"]
    return Report(told["req2xx"], *(shares[share] / 1e3 for share in ("50", "90", "99")))


def _vegeta(load: Load) -> list[Command]:
    target = load.home / "target"
    target.write_text(f"GET {load.url}\n")
    words = ["vegeta", "attack", "-targets", str(target), "-duration", f"{load.seconds}s"]
    if load.rate_rps:
        words += ["-rate", str(load.rate_rps), "-connections", str(load.connections)]
    else:
        words += ["-rate", "0", "-max-workers", str(load.connections)]
    return [words, ["vegeta", "report", "-type", "json"]]


def _read_vegeta(text: str) -> Report:
    told = json.loads(text)
    requests = sum(told["status_codes"].get(code, 0) for code in told["status_codes"] if code > "0")
    latencies = told["latencies"]
    return Report(requests, *(latencies[share] / 1e6 for share in ("50th", "90th", "99th")))


_K6 = """
import http from 'k6/http';
export const options = {{
  discardResponseBodies: true, summaryTrendStats: ['p(50)', 'p(90)', 'p(99)'],
  scenarios: {{ load: {scenario} }},
}};
export default function () {{ http.get('{url}'); }}
export function handleSummary(data) {{ return {{ stdout: JSON.stringify(data.metrics) }}; }}
"""


def _k6(load: Load) -> list[Command]:
    scenario: dict[str, Any] = {"duration": f"{load.seconds}s"}
    if load.rate_rps:
        workers = {"preAllocatedVUs": load.connections, "maxVUs": 1000}
        scenario |= {"executor": "constant-arrival-rate", "rate": load.rate_rps, **workers}
    else:
        scenario |= {"executor": "constant-vus", "vus": load.connections}
    script = load.home / "k6.js"
    script.write_text(_K6.format(scenario=json.dumps(scenario), url=load.url))
    return [["k6", "run", "--quiet", "--no-usage-report", str(script)]]


def _read_k6(text: str) -> Report:
    told = json.loads(text[text.index("{") :])
    latency = told["http_req_duration"]["values"]
    requests = told["http_reqs"]["values"]["count"]
    return Report(requests, *(latency[share] for share in ("p(50)", "p(90)", "p(99)")))


def _h2load(load: Load) -> list[Command]:
    words = ["h2load", "--h1", "-t1", f"-c{load.connections}", "-D", str(load.seconds)]
    rate = [f"--rps={load.rate_rps // load.connections}"] if load.rate_rps else []
    return [[*words, *rate, load.url]]


def _read_h2load(text: str) -> Report:
    return Report(int(_found(r"status codes: (\d+) 2xx", text) or 0))


_LOCUST = """
from locust import FastHttpUser, constant_throughput, constant, task

class User(FastHttpUser):
    wait_time = {wait}

    @task
    def ask(self):
        self.client.get("/")
"""


def _locust(load: Load) -> list[Command]:
    wait = "constant(0)"
    if load.rate_rps:
        wait = f"constant_throughput({load.rate_rps / load.connections})"
    script = load.home / "locust_rival.py"
    script.write_text(_LOCUST.format(wait=wait))
    words = [sys.executable, "-m", "locust", "-f", str(script), "--headless", "--json"]
    users = ["-u", str(load.connections), "-r", str(load.connections)]
    return [[*words, *users, "-t", f"{load.seconds}s", "-H", load.url.rstrip("/")]]


def _read_locust(text: str) -> Report:
    [told] = json.loads(text[text.index("[") :])
    counts = sorted((float(ms), count) for ms, count in told["response_times"].items())

    def quantile(share: float) -> float:
        left = share * sum(count for _, count in counts)
        for ms, count in counts:
            left -= count
            if left <= 0:
                return ms
        return counts[-1][0]

    return Report(told["num_requests"] - told["num_failures"], *map(quantile, (0.5, 0.9, 0.99)))


def tools(compiled: Path | None, root: Path) -> list[Tool]:
    """All of them, ours first; `compiled` is where the compiled engine stands."""
    ours = [Tool("ours", sys.executable, _ours, _read_hey, (("PYTHONPATH", str(root)),))]
    if compiled is not None:
        path = (("PYTHONPATH", f"{compiled}:{root}"),)
        ours.append(Tool("ours, compiled", sys.executable, _ours, _read_hey, path))
    return [
        *ours,
        Tool("hey", "hey", lambda load: _hey_words(load, ["hey", "-cpus", "1"]), _read_hey),
        Tool("wrk", "wrk", _wrk, _read_wrk),
        Tool("oha", "oha", _oha, _read_oha),
        Tool("oha, corrected", "oha", _oha_corrected, _read_oha),
        Tool("bombardier", "bombardier", _bombardier, _read_bombardier),
        Tool("vegeta", "vegeta", _vegeta, _read_vegeta),
        Tool("k6", "k6", _k6, _read_k6),
        Tool("h2load --h1", "h2load", _h2load, _read_h2load),
        Tool("locust, FastHttpUser", sys.executable, _locust, _read_locust),
        Tool("wrk2", "wrk2", lambda load: None, _read_wrk),
        Tool("nighthawk", "nighthawk_client", lambda load: None, _read_wrk),
    ]
