"""Datadog: the oldest point of the first series (flagger pkg/metrics/providers/datadog.go)."""

from rehearsal.flagger.controller.errors import QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.gohttp import Request
from rehearsal.metrics.providers.decoding import NUMBER, array, decode, struct
from rehearsal.metrics.providers.fetching import Headers, encoded, fetch, no_values, text_of
from rehearsal.metrics.providers.intervals import seconds
from rehearsal.metrics.providers.provider import Context, missing_keys, secret

_HOST = "https://api.datadoghq.com"
_KEYS = {"datadog_api_key": "Dd-Api-Key", "datadog_application_key": "Dd-Application-Key"}
_INTERVALS_BACK = 10
_SERIES = struct(
    "",
    'struct { Pointlist [][]float64 "json:\\"pointlist\\"" }',
    points=("pointlist", "pointlist", array("[][]float64", array("[]float64", NUMBER))),
)
_RESPONSE = struct(
    "datadogResponse",
    "providers.datadogResponse",
    series=("series", "Series", array(f"[]{_SERIES.type}", _SERIES)),
)


class Datadog:
    """Metric queries over ten intervals."""

    type = "datadog"
    secret_keys = tuple(_KEYS)

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        now_s = int(context.epoch_s())
        back_s = int(_INTERVALS_BACK * seconds(source.interval))
        window = [("query", query), ("from", str(now_s - back_s)), ("to", str(now_s))]
        url = f"{source.address or _HOST}/api/v1/query?{encoded(window)}"
        response = fetch(context.client, Request("GET", url, tuple(_headers(source))))
        text = text_of(response)
        if response.status != 200:
            raise QueryFailed(f"error response: {text}: {response.status} {response.reason}")
        series = (decode(text, _RESPONSE) or {}).get("series") or ()
        if not series or not (series[0] or {}).get("pointlist") or not series[0]["pointlist"][0]:
            raise no_values(response)
        point = series[0]["pointlist"][0]
        if len(point) < 2:
            raise QueryFailed(f"invalid response: {text}: a point without a value")
        return float(point[1])

    def check_online(self, source: MetricSource, context: Context) -> None:
        url = f"{source.address or _HOST}/api/v1/validate"
        response = fetch(context.client, Request("GET", url, tuple(_headers(source))))
        if response.status != 200:
            raise QueryFailed(f"error response: {text_of(response)}")

    def missing(self, source: MetricSource) -> str:
        return missing_keys(source, *_KEYS)


def _headers(source: MetricSource) -> Headers:
    return [(header, secret(source, key)) for key, header in _KEYS.items()]
