"""`rehearse odds`: how likely a Canary rolls back, promotes or sticks, before it does."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from commons.flags import Flag, add_flags, read_flags, with_twins
from commons.input_file import InputFileError, read_at_most
from commons.values import (
    ValueParser,
    duration_s,
    file_path,
    not_empty,
    one_of,
    switch,
    whole_number,
)
from rehearsal.probability.notation import (
    faults_of,
    parse_errors,
    parse_latencies,
    parse_share,
    parse_traffics,
)
from rehearsal.probability.promises import Promise, check_promises, parse_promise

if TYPE_CHECKING:
    from rehearsal.flagger.controller.flags import Flags
    from rehearsal.manifests import CanaryManifest, Manifests
    from rehearsal.output.files import OutputFile
    from rehearsal.output.odds.report import OddsReport, Patch
    from rehearsal.probability import Arrivals, Setting
    from rehearsal.probability.curves import Curve
    from rehearsal.probability.search import Better

_EXAMPLES = """\
examples:
  rehearse odds canary.yaml --traffic 5/s,20/s
  rehearse odds canary.yaml --traffic 5/s --errors 0.1%,2% --scrape off
  rehearse odds canary.yaml --traffic 20/s --latency 50ms/300ms,50ms/800ms
  rehearse odds canary.yaml --traffic 5/s --catch 'errors>=2%:95%' --spare 'errors<=0.1%:1%'
  rehearse odds canary.yaml templates.yaml --traffic 5/s,50/s --format html > odds.html
"""
_OFF = "off"


def _read_scrape(text: str) -> float | None:
    return None if text == _OFF else duration_s(above_s=0)(text)


def _catch(text: str) -> Promise:
    return parse_promise("catch", text)


def _spare(text: str) -> Promise:
    return parse_promise("spare", text)


FLAGS = with_twins(
    "REHEARSE_",
    (
        Flag(
            "traffic",
            "users' requests at the apex, several with commas",
            None,
            ValueParser(parse_traffics, "5/s,20/s"),
        ),
        Flag(
            "errors",
            "shares of requests that a build fails",
            (0.001, 0.01, 0.05),
            ValueParser(parse_errors, "SHARES"),
            default_text="0.1%,1%,5%",
        ),
        Flag(
            "latency",
            "builds that are slow: median/99th percentile, and +SHARE@DURATION for a slow share",
            (),
            ValueParser(parse_latencies, "50ms/400ms"),
        ),
        Flag(
            "healthy",
            "up to which share of errors a build is healthy",
            0.001,
            ValueParser(parse_share, "SHARE"),
            default_text="0.1%",
        ),
        Flag(
            "scrape",
            "how often Prometheus scrapes; off sees every request of a window",
            15.0,
            ValueParser(_read_scrape, "DURATION"),
            default_text="15s",
        ),
        Flag(
            "arrivals",
            "of users' requests: random as a Poisson stream, or even",
            None,
            one_of("random", "even"),
            default_text="random; even with --scrape off",
        ),
        Flag("without-hook-load", "leave out the load of the Canary's own webhooks", False, switch),
        Flag(
            "health-paths-fail",
            "let the load on health paths such as /ping meet faults as well",
            False,
            switch,
        ),
        Flag("replicas", "pods of the canary; above 1 is sampled", 1, whole_number(1, 100)),
        Flag(
            "matched",
            "share of users' requests that an A/B test's match takes",
            1.0,
            ValueParser(parse_share, "SHARE"),
            default_text="100%",
        ),
        Flag(
            "catch",
            "builds that must be rolled back, as errors>=2%:95%; with --spare",
            None,
            ValueParser(_catch, "PROMISE"),
        ),
        Flag(
            "spare",
            "builds that must not be, as errors<=0.1%:1%; with --catch",
            None,
            ValueParser(_spare, "PROMISE"),
        ),
        Flag("samples", "draw so many rollouts instead of computing", 0, whole_number(0, 10**6)),
        Flag("seed", "seed of what is drawn", 0, whole_number(0)),
        Flag("format", "how it is written", "table", one_of("table", "json", "csv", "html")),
        Flag("picture", "draw rollbacks over the error rate to this SVG", None, file_path()),
        Flag(
            "mesh-provider",
            "provider of a Canary that names none, as Flagger's flag",
            "istio",
            not_empty("PROVIDER"),
        ),
        Flag("canary-name", "which one, where the files hold several", "", not_empty("NAME")),
    ),
)


def add(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "odds",
        help="how likely a Canary rolls back, promotes or sticks",
        description="For each traffic and each fault: how likely a Canary rolls a build back,"
        " promotes it or never ends; what users meet until then. With --catch and --spare, the"
        " smallest change that keeps both. Exit status: 0, or 1 where the Canary as it is keeps"
        " not both; 2 for a mistake.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "inputs", nargs="*", metavar="FILE", help="the Canary, and files with its MetricTemplates"
    )
    add_flags(parser, FLAGS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compute and print; UserError for what is wrong with the input."""
    from rehearsal.manifests import as_canary, load_manifests
    from rehearsal.output.files import OutputFile
    from rehearsal.output.odds.report import OddsReport
    from rehearsal.probability import odds

    values = read_flags(FLAGS, arguments, os.environ)
    _check(arguments.inputs, values)
    sink = OutputFile(values["picture"], "--picture") if values["picture"] else None
    manifests = load_manifests(arguments.inputs)
    manifest = manifests.choose_canary(values["canary_name"] or None)
    canary, templates, flags = as_canary(manifest), manifests.templates(), _flags(values)
    setting = _setting(values)
    table = odds(
        canary,
        values["traffic"],
        faults_of(values["errors"], values["latency"]),
        setting,
        templates=templates,
        flags=flags,
        samples=values["samples"],
        seed=values["seed"],
    )
    better = _better(manifests, manifest, values, setting)
    patch = _patch(manifest, better) if better is not None and better.changes else None
    report = OddsReport(table, values["healthy"], better, patch)
    curves = {}
    if sink is not None or values["format"] == "html":
        curves = _curves(manifests, manifest, values, setting)
    _print(report, curves, values["format"])
    if sink is not None:
        _draw(report, curves, sink)
    return 1 if better is not None and not better.kept_already else 0


def _check(inputs: list[str], values: dict[str, Any]) -> None:
    from rehearsal.errors import UserError

    if not inputs:
        raise UserError("odds needs the file of a Canary (see rehearse odds --help)")
    if values["traffic"] is None:
        raise UserError("--traffic: needs the requests per second, such as 5/s")
    if (values["catch"] is None) != (values["spare"] is None):
        raise UserError("--catch and --spare go together: what to roll back, and what not")
    if values["catch"] is not None:
        try:
            check_promises(values["catch"], values["spare"])
        except ValueError as error:
            raise UserError(f"--catch: {error}") from None


def _flags(values: dict[str, Any]) -> Flags:
    from rehearsal.flagger.controller.flags import Flags

    return Flags(mesh_provider=values["mesh_provider"])


def _setting(values: dict[str, Any]) -> Setting:
    from rehearsal.probability import Setting

    arrivals: Arrivals = values["arrivals"] or ("even" if values["scrape"] is None else "random")
    return Setting(
        scrape_s=values["scrape"],
        arrivals=arrivals,
        replicas=values["replicas"],
        hook_load=not values["without_hook_load"],
        hooks_meet_faults=values["health_paths_fail"],
        matched_share=values["matched"],
    )


def _better(
    manifests: Manifests, manifest: CanaryManifest, values: dict[str, Any], setting: Setting
) -> Better | None:
    """What would keep both promises at the least traffic."""
    from rehearsal.manifests import as_canary
    from rehearsal.probability.search import find_better

    if values["catch"] is None:
        return None
    return find_better(
        as_canary(manifest),
        values["catch"],
        values["spare"],
        min(values["traffic"]),
        setting,
        templates=manifests.templates(),
        flags=_flags(values),
    )


def _patch(manifest: CanaryManifest, better: Better) -> Patch:
    """A diff of the file; the fields where the file is built from others or read from a pipe."""
    from rehearsal.manifests.sources import MAX_BYTES
    from rehearsal.output.odds.report import Patch
    from rehearsal.probability.patch import UnpatchableError, listed, patched, unified_diff

    path = manifest.source.path
    try:
        text = read_at_most(path, MAX_BYTES).decode("utf-8")
        new = patched(text, manifest.name, manifest.namespace, better.changes)
    except (InputFileError, UnicodeDecodeError, UnpatchableError):
        return Patch(fields=tuple(listed(better.changes)))
    return Patch(diff=unified_diff(path.lstrip("/"), text, new))


def _curves(
    manifests: Manifests, manifest: CanaryManifest, values: dict[str, Any], setting: Setting
) -> dict[float, Curve]:
    from rehearsal.manifests import as_canary
    from rehearsal.probability.curves import rollback_curves

    return rollback_curves(
        as_canary(manifest),
        values["traffic"],
        setting,
        templates=manifests.templates(),
        flags=_flags(values),
    )


def _print(report: OddsReport, curves: dict[float, Curve], form: str) -> None:
    from rehearsal.output.odds.data import print_csv, print_json
    from rehearsal.output.odds.html import print_html
    from rehearsal.output.odds.text import print_table

    if form == "html":
        print_html(report, curves, sys.stdout)
    else:
        forms = {"table": print_table, "json": print_json, "csv": print_csv}
        forms[form](report, sys.stdout)
    sys.stdout.flush()


def _draw(report: OddsReport, curves: dict[float, Curve], sink: OutputFile) -> None:
    from rehearsal.output.odds.picture import draw_curves

    title = f"{report.table.canary}: chance of a rollback"
    sink.write(draw_curves(title, curves, report.healthy))
