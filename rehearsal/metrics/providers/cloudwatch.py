"""CloudWatch: the first value of GetMetricData (flagger pkg/metrics/providers/cloudwatch.go).

botocore stands in for Flagger's AWS SDK: it finds credentials in the same places (environment,
shared files, container and instance roles) and signs the same call.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.metrics.providers.decoding import parse
from rehearsal.metrics.providers.fetching import TIMEOUT_S
from rehearsal.metrics.providers.intervals import seconds
from rehearsal.metrics.providers.provider import Context

_INTERVALS_BACK = 10
_MOST_DATA_POINTS = 20
_RETRIES = 3
_FAILED = "error requesting cloudwatch: "
_MOST_TEXT = 4096


class CloudWatch:
    """Metric data queries in JSON. `address` is an endpoint of one's own."""

    type = "cloudwatch"
    secret_keys = ()

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        queries = _queries(query)
        end = datetime.fromtimestamp(context.epoch_s(), UTC)
        start = end - timedelta(seconds=_INTERVALS_BACK * seconds(source.interval))
        try:
            found = _client(source).get_metric_data(
                MetricDataQueries=queries,
                StartTime=start,
                EndTime=end,
                MaxDatapoints=_MOST_DATA_POINTS,
            )
        except Exception as error:
            raise QueryFailed(_FAILED + _words(error)) from None
        results = found.get("MetricDataResults") or []
        if not results:
            raise NoValuesFound(f"invalid response: {_shown(found)}: no values found")
        values = results[0].get("Values") or []
        if not values:
            # The word is Flagger's.
            raise NoValuesFound(f"invalid reponse {_shown(found)}: no values found")
        return float(values[0])

    def check_online(self, source: MetricSource, context: Context) -> None:
        """A call without queries is a bad request, which only a server that lets us in says."""
        from botocore.exceptions import ClientError

        zero = datetime(1, 1, 1, tzinfo=UTC)
        try:
            _client(source).get_metric_data(MetricDataQueries=[], StartTime=zero, EndTime=zero)
        except ClientError as error:
            if error.response["ResponseMetadata"].get("HTTPStatusCode") != 400:
                raise QueryFailed(f"unexpected status code: {_words(error)}") from None
        except Exception as error:
            raise QueryFailed(f"unexpected error: {_words(error)}") from None

    def missing(self, source: MetricSource) -> str:
        if not source.region:
            return "a region"
        return "" if _has_credentials() else "AWS credentials in the environment"


def _client(source: MetricSource) -> Any:
    from botocore.config import Config
    from botocore.session import get_session

    settings = Config(
        retries={"total_max_attempts": _RETRIES + 1, "mode": "standard"},
        connect_timeout=TIMEOUT_S,
        read_timeout=TIMEOUT_S,
    )
    session = get_session()
    return session.create_client(
        "cloudwatch", source.region, endpoint_url=source.address or None, config=settings
    )


def _has_credentials() -> bool:
    from botocore.session import get_session

    return get_session().get_credentials() is not None


def _queries(text: str) -> list[dict[str, Any]]:
    """The list of queries, its fields under the API's names whatever their case."""
    try:
        found = parse(text)
    except ValueError as error:
        raise QueryFailed(f"error unmarshaling query: {error}") from None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        kind = "object" if isinstance(found, dict) else type(found).__name__
        reason = (
            f"json: cannot unmarshal {kind} into Go value of type []*cloudwatch.MetricDataQuery"
        )
        raise QueryFailed(f"error unmarshaling query: {reason}")
    return [dict(item) for item in found]


def _words(error: Exception) -> str:
    """The SDK's exception as Flagger's SDK prints it."""
    from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

    if isinstance(error, NoCredentialsError):
        return "NoCredentialProviders: no valid providers in chain"
    if isinstance(error, EndpointConnectionError):
        return f"RequestError: send request failed\ncaused by: {error}"
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        metadata = error.response.get("ResponseMetadata", {})
        return (
            f"{details.get('Code', 'Unknown')}: {details.get('Message', '')}\n"
            f"\tstatus code: {metadata.get('HTTPStatusCode', 0)},"
            f" request id: {metadata.get('RequestId', '')}"
        )
    return str(error) or type(error).__name__


def _shown(found: dict[str, Any]) -> str:
    results = {key: value for key, value in found.items() if key != "ResponseMetadata"}
    return str(results)[:_MOST_TEXT]
