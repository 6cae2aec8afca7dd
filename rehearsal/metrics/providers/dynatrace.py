"""Dynatrace: a metric selector (flagger pkg/metrics/providers/dynatrace.go)."""

from rehearsal.flagger.controller.errors import QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.gohttp import Request
from rehearsal.metrics.providers.decoding import NUMBER, array, decode, struct
from rehearsal.metrics.providers.fetching import Headers, encoded, fetch, no_values, text_of
from rehearsal.metrics.providers.intervals import milliseconds
from rehearsal.metrics.providers.provider import Context, missing_keys, secret

_TOKEN = "dynatrace_token"
_INTERVALS_BACK = 10
_MS_PER_S = 1000
_DATA = struct(
    "",
    'struct { Timestamps []int64 "json:\\"timestamps\\""; Values []float64 "json:\\"values\\"" }',
    timestamps=("timestamps", "timestamps", array("[]int64", NUMBER)),
    values=("values", "values", array("[]float64", NUMBER)),
)
_RESULT = struct(
    "",
    f'struct {{ Data []{_DATA.type} "json:\\"data\\"" }}',
    data=("data", "data", array(f"[]{_DATA.type}", _DATA)),
)
_RESPONSE = struct(
    "dynatraceResponse",
    "providers.dynatraceResponse",
    result=("result", "result", array(f"[]{_RESULT.type}", _RESULT)),
)


class Dynatrace:
    """The first value of the last set of data, over ten intervals at one resolution."""

    type = "dynatrace"
    secret_keys = (_TOKEN,)

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        now_ms = int(context.epoch_s()) * _MS_PER_S
        parameters = [
            ("metricSelector", query),
            ("resolution", "Inf"),
            ("from", str(now_ms - _INTERVALS_BACK * milliseconds(source.interval))),
            ("to", str(now_ms)),
        ]
        url = f"{source.address}/api/v2/metrics/query?{encoded(parameters)}"
        response = fetch(context.client, Request("GET", url, tuple(_headers(source))))
        text = text_of(response)
        if response.status != 200:
            # Flagger formats an error that is nil here, and Go says so.
            raise QueryFailed(f"error response: {text}: %!w(<nil>)")
        result = (decode(text, _RESPONSE) or {}).get("result") or ()
        data = (result[0] or {}).get("data") if result else None
        values = (data[-1] or {}).get("values") if data else None
        if not values:
            raise no_values(response)
        return float(values[0])

    def check_online(self, source: MetricSource, context: Context) -> None:
        url = f"{source.address}/api/v2/metrics?pageSize=1"
        response = fetch(context.client, Request("GET", url, tuple(_headers(source))))
        if response.status != 200:
            raise QueryFailed(f"error response: {text_of(response)}")

    def missing(self, source: MetricSource) -> str:
        return missing_keys(source, _TOKEN) if source.address else "an address"


def _headers(source: MetricSource) -> Headers:
    return [("Authorization", f"Api-Token {secret(source, _TOKEN)}")]
