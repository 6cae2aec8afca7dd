"""The compiled engine and its source come to the same results; and the C modules to Python's."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loadtester.load.http2.frames import frame
from tests.loadtester.load.same_inputs import answer

ROOT = Path(__file__).parents[3]
COMPILED = ROOT / "build" / "compiled"
ENGINE = "loadtester/load"
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / ENGINE).rglob("*.py"))


def _built_from_other_sources() -> list[Path]:
    return [m for m in MODULES if not _same(COMPILED / m, ROOT / m)]


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and one.read_bytes() == other.read_bytes()


pytestmark = [
    pytest.mark.skipif(not COMPILED.is_dir(), reason="not built: scripts/compile"),
    pytest.mark.skipif(bool(_built_from_other_sources()), reason="stale: run scripts/compile"),
]


@pytest.fixture(scope="module")
def ask_compiled() -> Iterator[Callable[[dict[str, Any]], Any]]:
    """Asks a process in which the engine is compiled."""
    environment = {**os.environ, "PYTHONPATH": f"{COMPILED}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-P", "-m", "tests.loadtester.load.same_inputs"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout
        assert json.loads(stdout.readline()) is True

        def ask(question: dict[str, Any]) -> Any:
            stdin.write(json.dumps(question) + "\n")
            stdin.flush()
            return json.loads(stdout.readline())

        yield ask
        stdin.close()


def without_provenance(result: Any) -> Any:
    return {**result, "provenance": None} if isinstance(result, dict) else result


def check(ask: Callable[[dict[str, Any]], Any], question: dict[str, Any]) -> None:
    assert without_provenance(ask(question)) == without_provenance(answer(question))


DURATIONS = st.one_of(
    st.integers(-5, 5000),
    st.integers(0, 1 << 42),
    st.integers(0, 70).flatmap(lambda bits: st.sampled_from([(1 << bits) - 1, 1 << bits])),
)
MANY = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@MANY
@given(values_ns=st.lists(DURATIONS, max_size=40))
def test_histograms(ask_compiled: Any, values_ns: list[int]) -> None:
    check(ask_compiled, {"kind": "histogram", "values_ns": values_ns})


LINES = st.sampled_from(
    [
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.0 302 Found\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 4, 4\r\n",
        "Content-Length: x\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "Connection: keep-alive\r\n",
        "Content-Encoding: gzip\r\n",
        "Location: /next\r\n",
        "\r\n",
        "\n",
        "hello",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "\x00\xff",
    ]
)
WHOLE = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@MANY
@given(
    data=st.lists(st.one_of(st.just(WHOLE), LINES), max_size=9).map("".join),
    cuts=st.lists(st.integers(1, 120), max_size=5),
    to_head_request=st.booleans(),
    cap_bytes=st.sampled_from([0, 4, 1000]),
)
def test_responses_in_any_split(
    ask_compiled: Any, data: str, cuts: list[int], to_head_request: bool, cap_bytes: int
) -> None:
    places = [0, *sorted(cut for cut in set(cuts) if cut < len(data)), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(places) if a < b]
    question = {"pieces": pieces, "to_head_request": to_head_request, "cap_bytes": cap_bytes}
    check(ask_compiled, {"kind": "responses", **question})


FRAMES = st.builds(
    frame,
    st.sampled_from([0, 1, 1, 3, 4, 6, 7, 8, 9, 10]),
    st.sampled_from([0, 1, 4, 5, 5, 8, 0x20]),
    st.sampled_from([0, 1, 1, 1, 3, 3, 5]),
    st.one_of(
        st.sampled_from([b"\x88", b"\x88\x5c\x015", b"hello", b"\x88\x76\x01x", b"\x88\xbe"]),
        st.sampled_from([b"", bytes(8), b"\0\0\0\1", b"\0\1\0\0\0\x40", b"\x48\x82d\x02"]),
        st.binary(max_size=9),
    ),
)


@MANY
@given(
    sent=st.lists(FRAMES, max_size=12),
    is_greeted=st.booleans(),
    body_bytes=st.sampled_from([0, 10, 70_000]),
    split_every=st.sampled_from([1, 7, 10_000]),
)
def test_http2_sessions(
    ask_compiled: Any, sent: list[bytes], is_greeted: bool, body_bytes: int, split_every: int
) -> None:
    whole = [frame(4, 0, 0, b"")] * is_greeted + sent
    pieces = [
        each[at : at + split_every].hex()
        for each in whole
        for at in range(0, len(each), split_every)
    ]
    check(ask_compiled, {"kind": "http2", "pieces": pieces, "body_bytes": body_bytes})


REQUESTS = st.tuples(
    st.sampled_from(["completed", "completed", "completed", "failed", "aborted"]),
    st.sampled_from([200, 200, 503]),
    st.integers(0, 700_000_000),
    st.integers(0, 10_000_000),
    st.integers(0, 90_000_000_000),
)


@MANY
@given(
    requests=st.lists(REQUESTS, max_size=30), is_paced=st.booleans(), record_cap=st.integers(0, 5)
)
def test_recorders(ask_compiled: Any, requests: list[Any], is_paced: bool, record_cap: int) -> None:
    question = {"requests": requests, "is_paced": is_paced, "record_cap": record_cap}
    check(ask_compiled, {"kind": "recorder", **question})
