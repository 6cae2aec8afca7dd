from loadtester.load.errors import ErrorClass
from loadtester.thresholds.grammar import Unit
from loadtester.thresholds.measures.base import Missing
from loadtester.thresholds.measures.failures import find
from tests.loadtester.report.runs import made_run

RUN = made_run(
    {200: [1.0] * 90, 404: [1.0] * 4, 503: [1.0] * 4}, {ErrorClass.RESET: [(1.0, "reset")] * 2}
)


def value(name: str, unit: Unit) -> float | Missing:
    measure = find(name)
    assert measure is not None
    return measure.read(RUN, unit)


def test_no_response_and_5xx_are_failures_and_4xx_is_not() -> None:
    assert value("errors", Unit.NUMBER) == 6
    assert value("errors", Unit.SHARE) == 0.06
    assert value("error_rate", Unit.SHARE) == 0.06
    assert value("success_rate", Unit.SHARE) == 0.94


def test_other_names_are_not_failures() -> None:
    assert find("rate") is None
