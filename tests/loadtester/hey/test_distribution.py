"""What the flags of a run over several machines say, and what they refuse."""

import pytest

from commons import __version__
from commons.errors import UsageError
from loadtester.distributed.messages import Assignment
from loadtester.hey import flags
from loadtester.hey.distribution import read_assignment
from loadtester.hey.goflag import FlagSet
from loadtester.hey.plans import plan
from loadtester.hey.time_scale import time_scale


def _read(*words: str, **environment: str) -> Assignment | None:
    arguments = [*words, "http://127.0.0.1:1/"]
    values = FlagSet(flags.FLAGS, twins=flags.TWINS).parse(arguments, environment)
    factor = time_scale(environment)
    load = plan(values, environment, factor)
    return read_assignment(values, arguments, load, environment, factor)


def test_without_a_master_nothing_is_distributed() -> None:
    assert _read("-n", "5", "-c", "5") is None


def test_workers_are_told_the_command_line_and_the_twins() -> None:
    given = {"HEY_RATE": "7", "HEY_TIME_SCALE": "2", "SECRET": "x"}
    words = ("--locust-master", "10.0.0.1:5557", "--workers", "3", "-z", "10s")
    found = _read(*words, "--worker-wait", "5s", **given)
    assert found == Assignment(
        host="10.0.0.1",
        port=5557,
        workers=3,
        wait_s=5.0,
        arguments=(*words, "--worker-wait", "5s", "http://127.0.0.1:1/"),
        environment={"HEY_RATE": "7", "HEY_TIME_SCALE": "2.0"},
        version=__version__,
    )
    assert Assignment.of(found.to_json()) == found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--workers", "2"), "--workers: needs --locust-master"),
        (("--locust-master", "5557"), "write [HOST]:PORT"),
        (("--locust-master", "host:0"), "write [HOST]:PORT"),
        (("--locust-master", "host:99999"), "write [HOST]:PORT"),
        (("--locust-master", ":x"), "write [HOST]:PORT"),
        (("--locust-master", ":1", "--workers", "3", "-c", "2", "-n", "2"), "at most -c"),
        (("--locust-master", ":1", "--processes", "2"), "start more workers instead"),
        (("--locust-master", ":1", "-o", "csv"), "single requests stay with the workers"),
    ],
)
def test_what_workers_cannot_share_is_refused(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        _read(*words)
    assert said in str(caught.value)
