import pytest

from loadtester.load.errors import ErrorClass
from loadtester.thresholds.grammar import Unit
from loadtester.thresholds.measures.outcomes import find
from tests.loadtester.report.runs import made_run

RUN = made_run(
    {200: [1.0] * 6, 204: [1.0], 503: [1.0]}, {ErrorClass.READ_TIMEOUT: [(1.0, "timeout")] * 2}
)


@pytest.mark.parametrize(
    ("name", "count", "share"),
    [("status:200", 6, 0.6), ("status:2xx", 7, 0.7), ("status:5xx", 1, 0.1), ("status:404", 0, 0),
     ("error:read-timeout", 2, 0.2), ("error:dns", 0, 0)],
)  # fmt: skip
def test_outcomes_are_counted_and_shared(name: str, count: int, share: float) -> None:
    measure = find(name)
    assert measure is not None
    assert (measure.read(RUN, Unit.NUMBER), measure.read(RUN, Unit.SHARE)) == (count, share)


@pytest.mark.parametrize("name", ["status:", "status:6xx", "status:20", "error:", "errors", "p99"])
def test_other_names_are_not_outcomes(name: str) -> None:
    assert find(name) is None
