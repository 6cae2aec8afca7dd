"""`rehearse lint`: what Flagger would refuse, and what it takes and then trips over."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.flags import Flag, add_flags, read_flags, with_twins
from commons.values import ValueParser, duration_s, input_file, not_empty, number, one_of, switch

if TYPE_CHECKING:
    from rehearsal.linting import Options
    from rehearsal.linting.report import Report
    from rehearsal.manifests import Manifests

_EXAMPLES = """\
examples:
  rehearse lint canary.yaml
  rehearse lint k8s/                                  a folder; overlays and charts are built
  kubectl get canary -A -o yaml | rehearse lint -
  rehearse lint --format github --fail-on error docs/ci.md canary.yaml
  rehearse lint --disable appmesh-ended --disable gate-by-hand canary.yaml
  rehearse lint --traffic 5/s canary.yaml             and the odds of a wrong verdict
  rehearse lint --dry-run-metrics --prometheus http://localhost:9090 canary.yaml templates.yaml
  rehearse lint --rules

A comment `# rehearse: ignore RULE: why` leaves the rule out for the field before it, or below it.
"""


def _read_rate(value: str) -> float:
    """`5`, `5/s` or `300/m`, per second."""
    text, _, unit = value.partition("/")
    units_s = {"": 1, "s": 1, "m": 60, "h": 3600}
    if unit not in units_s:
        raise ValueError(f"{value[:60]!r} is not a rate such as 5/s or 300/m")
    return number(0, 1e9, above=0).read(text) / units_s[unit]


_rate = ValueParser(_read_rate, "RATE", lambda rate: f"{rate:g}/s")
FLAGS = with_twins(
    "REHEARSE_",
    (
        Flag(
            "format",
            "how findings are written",
            "text",
            one_of("text", "json", "sarif", "github"),
        ),
        Flag(
            "fail-on",
            "the mildest severity that ends with 1",
            "warning",
            one_of("error", "warning", "info"),
        ),
        Flag("disable", "do not run this rule; repeatable", (), not_empty("RULE"), repeatable=True),
        Flag(
            "mesh-provider",
            "provider of Canaries that name none, as Flagger's flag",
            "istio",
            not_empty("PROVIDER"),
        ),
        Flag("scrape", "how often Prometheus scrapes", 15.0, duration_s(above_s=0)),
        Flag("traffic", "requests per second of users, to compute the odds", None, _rate),
        Flag(
            "floor",
            "least chance of the right verdict that is accepted, in percent",
            95.0,
            number(0, 100, metavar="PERCENT"),
        ),
        Flag("values", "values for Helm charts; repeatable", (), input_file(), repeatable=True),
        Flag("dry-run-metrics", "ask a Prometheus the queries of the Canaries", False, switch),
        Flag("prometheus", "the Prometheus to ask", "", not_empty("URL")),
        Flag("rules", "list all rules and do nothing else", False, switch),
    ),
)


def add(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "lint",
        help="read a Canary as Flagger would, without playing it",
        description="Read Canaries, and whatever stands around them, as the API server and Flagger"
        " would. Exit status: 0 clean, 1 findings (see --fail-on), 2 something would be refused.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "inputs", nargs="*", metavar="FILE", help="a file, a folder, Markdown, or - for stdin"
    )
    add_flags(parser, FLAGS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Lint; the exit code. UserError where there is nothing to lint."""
    from rehearsal.linting.report import FORMATS, rule_list

    values = read_flags(FLAGS, arguments, os.environ)
    if values["rules"]:
        sys.stdout.write(rule_list())
        return 0
    _check_flags(values, arguments.inputs)
    manifests, found = _lint(arguments.inputs, values)
    sys.stdout.write(FORMATS[values["format"]](found))
    sys.stdout.flush()
    print(found.summary(), file=sys.stderr)
    if found.refused:
        return 2
    failed = values["dry_run_metrics"] and not _dry_run(manifests, values)
    return 1 if failed or found.fails(values["fail_on"]) else 0


def _check_flags(values: dict[str, Any], inputs: list[str]) -> None:
    from rehearsal.errors import UserError
    from rehearsal.flagger.canary.problems import suggestion
    from rehearsal.linting import BY_ID

    if not inputs:
        raise UserError("lint needs a file, a folder or - (see rehearse lint --help)")
    for rule in values["disable"]:
        if rule not in BY_ID:
            hint = suggestion(rule, BY_ID) or "; see --rules"
            raise UserError(f"--disable: there is no rule {rule!r}{hint}")
    if values["dry_run_metrics"] and not values["prometheus"]:
        raise UserError("--dry-run-metrics: needs --prometheus URL")


def _lint(inputs: list[str], values: dict[str, Any]) -> tuple[Manifests, Report]:
    from rehearsal.errors import UserError
    from rehearsal.linting import lint
    from rehearsal.linting.report import report
    from rehearsal.manifests import read_manifests

    manifests, problems = read_manifests(inputs, values=values["values"])
    if not manifests.canaries and not problems:
        kinds = sorted({one.kind for one in manifests.objects})
        only = f", only {', '.join(kinds)}" if kinds else ""
        raise UserError(f"{', '.join(inputs)}: contains no Canary{only}")
    findings = lint(manifests, _options(inputs, values), values["disable"])
    return manifests, report(findings, problems, len(manifests.canaries))


def _options(inputs: list[str], values: dict[str, Any]) -> Options:
    from rehearsal.linting import Options

    complete = any(one != "-" and Path(one).is_dir() for one in inputs)
    chances = None
    if values["traffic"] is not None:
        from rehearsal.commands.lint_odds import chances_at

        chances = chances_at(values["traffic"])
    floor = values["floor"] / 100
    return Options(values["mesh_provider"], values["scrape"], complete, chances, floor)


def _dry_run(manifests: Manifests, values: dict[str, Any]) -> bool:
    """Ask the queries, print what came; whether every check would pass."""
    from rehearsal.linting.dry_run import dry_run

    passed = True
    for answer in dry_run(manifests, values["prometheus"], values["mesh_provider"]):
        print(answer, file=sys.stderr if values["format"] != "text" else sys.stdout)
        passed = passed and answer.passes
    return passed
