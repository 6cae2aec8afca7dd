"""New Relic Insights: an NRQL query with one result (flagger pkg/metrics/providers/newrelic.go)."""

from typing import Any

from rehearsal.flagger.controller.errors import QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.gohttp import Request, Response
from rehearsal.metrics.providers.decoding import NULLABLE_NUMBER, array, decode, struct
from rehearsal.metrics.providers.fetching import encoded, fetch, no_values, text_of
from rehearsal.metrics.providers.intervals import seconds
from rehearsal.metrics.providers.provider import Context, missing_keys, secret

_HOST = "https://insights-api.newrelic.com"
_ACCOUNT = "newrelic_account_id"
_KEY = "newrelic_query_key"
_RESULT = struct(
    "",
    'struct { Result *float64 "json:\\"result\\"" }',
    result=("result", "result", NULLABLE_NUMBER),
)
_RESPONSE = struct(
    "newRelicResponse",
    "providers.newRelicResponse",
    results=("results", "results", array(f"[]{_RESULT.type}", _RESULT)),
)


class NewRelic:
    """NRQL over one interval, which Flagger appends to the query."""

    type = "newrelic"
    secret_keys = (_ACCOUNT, _KEY)

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        response = _ask(source, query, context)
        text = text_of(response)
        if response.status != 200:
            # Flagger formats an error that is nil here, and Go says so.
            raise QueryFailed(f"error response: {text}: %!w(<nil>)")
        results: list[Any] = (decode(text, _RESPONSE) or {}).get("results") or []
        if len(results) != 1 or results[0] is None or results[0]["result"] is None:
            raise no_values(response)
        return float(results[0]["result"])

    def check_online(self, source: MetricSource, context: Context) -> None:
        response = _ask(source, "SELECT * FROM Metric", context)
        if response.status != 200:
            raise QueryFailed(f"error response: {text_of(response)}")

    def missing(self, source: MetricSource) -> str:
        return missing_keys(source, _ACCOUNT, _KEY)


def _ask(source: MetricSource, query: str, context: Context) -> Response:
    since = f"{query} SINCE {int(seconds(source.interval))} seconds ago"
    path = f"/v1/accounts/{secret(source, _ACCOUNT)}/query?{encoded([('nrql', since)])}"
    headers = (("X-Query-Key", secret(source, _KEY)),)
    return fetch(context.client, Request("GET", f"{source.address or _HOST}{path}", headers))
