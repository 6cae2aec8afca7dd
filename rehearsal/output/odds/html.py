"""The odds as one page: the table, shaded, and the picture; nothing from outside, no scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from jinja2 import Environment

from rehearsal.output.odds.picture import draw_curves
from rehearsal.output.odds.report import (
    OddsReport,
    better_lines,
    fault_text,
    method_text,
    minutes,
    percent,
    rate,
    requests_text,
    setting_text,
)
from rehearsal.probability import Odds
from rehearsal.probability.curves import Curve

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Odds of {{ canary }}</title>
<style>
:root { --page: #f6f7f9; --card: #fff; --ink: #1a2029; --soft: #5d6876; --line: #e1e5ea;
        --good: 24, 121, 78; --bad: 192, 42, 55; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0f1319; --card: #181e27; --ink: #e7ebf0; --soft: #97a3b2; --line: #2a323d;
          --good: 76, 195, 138; --bad: 255, 107, 118; }
}
body { margin: 0; background: var(--page); color: var(--ink);
       font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 48px; }
h1 { font-size: 24px; margin: 0 0 4px; overflow-wrap: anywhere; }
p, li { color: var(--soft); margin: 4px 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: 16px 18px; margin-top: 16px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 6px 12px; border-bottom: 1px solid var(--line); white-space: nowrap;
         text-align: right; }
th { font-weight: 500; font-size: 13px; color: var(--soft); }
th:nth-child(-n+2), td:nth-child(-n+2), th:last-child, td:last-child { text-align: left; }
svg { display: block; width: 100%; min-width: 640px; height: auto; }
pre { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-x: auto; margin: 8px 0 0; }
.good { background: rgba(var(--good), var(--much)); }
.bad { background: rgba(var(--bad), var(--much)); }
</style>
</head>
<body><main>
<h1>Odds of {{ canary }}</h1>
<p>{{ setting }}</p>
<section><table>
<thead><tr>{% for name in columns %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in rows %}<tr><td>{{ row.traffic }}</td><td>{{ row.build }}</td>\
<td class="{{ row.shade }}" style="--much: {{ row.much }}">{{ row.rolled_back }}</td>\
<td>{{ row.promoted }}</td><td>{{ row.stuck }}</td><td>{{ row.requests }}</td>\
<td>{{ row.verdict }}</td><td>{{ row.method }}</td></tr>
{% endfor %}</tbody>
</table></section>
<section>{{ picture|safe }}</section>
{% if notes %}<section><ul>{% for note in notes %}<li>{{ note }}.</li>{% endfor %}</ul></section>
{% endif %}{% if better %}<section>{% for line in better %}<p>{{ line }}</p>{% endfor %}\
{% if patch %}<pre>{{ patch }}</pre>{% endif %}</section>
{% endif %}</main></body>
</html>
"""
_COLUMNS = (
    *("traffic", "build", "rolled back", "promoted", "stuck", "failed requests", "verdict", "how"),
)


def print_html(report: OddsReport, curves: Mapping[float, Curve], out: TextIO) -> None:
    """Write the page; curves by traffic."""
    table, patch = report.table, report.patch
    title = f"{table.canary}: chance of a rollback"
    page = Environment(autoescape=True).from_string(_PAGE)
    out.write(
        page.render(
            canary=table.canary,
            setting=setting_text(table.setting),
            columns=_COLUMNS,
            rows=[_row(report, row) for row in table.rows],
            picture=draw_curves(title, curves, report.healthy),
            notes=table.notes,
            better=better_lines(report.better, patch) if report.better else (),
            patch=(patch.diff or "\n".join(patch.fields)) if patch else "",
        )
    )


def _row(report: OddsReport, row: Odds) -> dict[str, str]:
    healthy, wrong = report.is_healthy(row.fault), report.wrong(row)
    return {
        "traffic": rate(row.traffic_per_s),
        "build": fault_text(row.fault) + (", healthy" if healthy else ""),
        "shade": "bad" if wrong > 0.5 else "good",
        "much": f"{abs(wrong - 0.5) * 1.1 + 0.05:.2f}",
        "rolled_back": percent(row.rolled_back) + (" false alarms" if healthy else ""),
        "promoted": percent(row.promoted),
        "stuck": percent(row.stuck) if row.stuck else "-",
        "requests": requests_text(row),
        "verdict": minutes(row.verdict_s),
        "method": method_text(row),
    }
