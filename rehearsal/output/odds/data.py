"""The odds for machines: JSON and CSV. Chances are shares of 1, times are seconds."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from typing import Any, TextIO

from rehearsal.output.odds.report import OddsReport, Patch
from rehearsal.probability import Odds
from rehearsal.probability.search import Better, Kept

_COLUMNS = (
    *("traffic_per_s", "error_share", "p50_s", "p99_s", "slow_share", "slow_s", "healthy"),
    *("rolled_back", "promoted", "stuck", "failed_requests", "failed_requests_p95"),
    *("verdict_s", "rollback_s", "promotion_s", "method", "samples", "low", "high"),
)


def print_json(report: OddsReport, out: TextIO) -> None:
    """One object, indented."""
    table = report.table
    content: dict[str, Any] = {
        "canary": table.canary,
        "setting": asdict(table.setting),
        "healthy_error_share": report.healthy,
        "odds": [_row(report, row) for row in table.rows],
        "notes": list(table.notes),
    }
    if report.better is not None:
        content["better"] = _better(report.better, report.patch)
    json.dump(content, out, indent=2, ensure_ascii=False)
    out.write("\n")


def print_csv(report: OddsReport, out: TextIO) -> None:
    """A line for each traffic and build, under one with the names."""
    writer = csv.DictWriter(out, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in report.table.rows:
        flat = _row(report, row)
        latency, interval = flat.pop("latency") or {}, flat.pop("interval") or (None, None)
        writer.writerow({**flat, **latency, "low": interval[0], "high": interval[1]})


def _row(report: OddsReport, row: Odds) -> dict[str, Any]:
    values = asdict(row)
    fault = values.pop("fault")
    return {
        "traffic_per_s": values.pop("traffic_per_s"),
        "error_share": fault["error_share"],
        "latency": fault["latency"],
        "healthy": report.is_healthy(row.fault),
        **values,
    }


def _better(better: Better, patch: Patch | None) -> dict[str, Any]:
    return {
        "catch": str(better.catch),
        "spare": str(better.spare),
        "traffic_per_s": better.traffic_per_s,
        "kept_today": better.kept_already,
        "kept_then": better.keeps,
        "changes": [change.text for change in better.changes],
        "today": _kept(better.now),
        "then": _kept(better.then),
        "diff": patch.diff if patch else "",
        "fields": list(patch.fields) if patch else [],
        "tests": [asdict(need) for need in better.needs],
    }


def _kept(kept: Kept) -> dict[str, Any]:
    return {
        name: {
            "error_share": row.fault.error_share,
            "rolled_back": row.rolled_back,
            "failed_requests": row.failed_requests,
            "promotion_s": row.promotion_s,
        }
        for name, row in (("broken", kept.broken), ("healthy", kept.healthy))
    }
