"""One locust run that tells how it goes: ``python -m loadtester.locust REPORT LOCUST-ARGUMENTS``.

Once a second a line ``{"progress": {...}}`` goes to stderr; at the end what locust counted is
written to the file REPORT as JSON. Everything else is locust's own ``main``.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.env import Environment
from locust.main import main as locust_main
from locust.stats import StatsEntry

PROGRESS_S = 1.0


def main(argv: Sequence[str] | None = None) -> None:
    """Run locust; it ends the process with its own exit code."""
    report, *arguments = sys.argv[1:] if argv is None else argv
    events.init.add_listener(_on_init)
    events.quitting.add_listener(lambda environment, **_: _write(Path(report), environment))
    sys.argv = ["locust", *arguments]
    locust_main()


def _on_init(environment: Environment, **_: Any) -> None:
    gevent.spawn(_tell, environment)


def _tell(environment: Environment) -> None:
    started = time.monotonic()
    while True:
        gevent.sleep(PROGRESS_S)
        total = environment.stats.total
        users = environment.runner.user_count if environment.runner else 0
        live = {
            "elapsed_s": round(time.monotonic() - started, 1),
            "sent": total.num_requests,
            "done": total.num_requests,
            "errors": total.num_failures,
            "rate_per_s": round(total.current_rps, 1),
            "p50_ms": total.get_response_time_percentile(0.5),
            "p99_ms": total.get_response_time_percentile(0.99),
            "users": users,
        }
        print(json.dumps({"progress": live}), file=sys.stderr, flush=True)


def _write(path: Path, environment: Environment) -> None:
    stats = environment.stats
    document = {
        "totals": _totals(stats.total),
        "entries": [
            {"method": entry.method, "name": entry.name, **_totals(entry)}
            for entry in sorted(stats.entries.values(), key=lambda entry: str(entry.name))
        ],
        "errors": [
            {"method": error.method, "name": error.name, "error": str(error.error)}
            | {"occurrences": error.occurrences}
            for error in stats.errors.values()
        ],
    }
    path.write_text(json.dumps(document))


def _totals(entry: StatsEntry) -> dict[str, Any]:
    started, ended = entry.start_time or 0.0, entry.last_request_timestamp or 0.0
    return {
        "requests": entry.num_requests,
        "failures": entry.num_failures,
        "duration_s": max(0.0, ended - started),
        "sum_ms": entry.total_response_time,
        "min_ms": entry.min_response_time,
        "max_ms": entry.max_response_time,
        "times_ms": {str(ms): count for ms, count in entry.response_times.items()},
    }


if __name__ == "__main__":
    main()
