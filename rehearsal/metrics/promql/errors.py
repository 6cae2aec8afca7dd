"""Why a query has no answer: as a Prometheus would say it, or as ours where one would answer."""


class PromQLError(Exception):
    """A query that cannot be answered; `str` is the reason without an envelope."""


class QueryRejectedError(PromQLError):
    """Prometheus would refuse the query before it runs (HTTP 400, "bad_data")."""


class QueryAbortedError(PromQLError):
    """Prometheus would begin and give up (HTTP 422, "execution")."""


class QueryUnsupportedError(PromQLError):
    """A Prometheus might answer; the evaluator here does not, and says so in its own name."""
