import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from loadtester.load.errors import ErrorClass
from loadtester.load.measuring.result import RunResult
from loadtester.report.base import Report
from loadtester.report.text import number, render
from loadtester.thresholds.verdict import judge, read_thresholds
from tests.loadtester.report.runs import made_run

REAL_HEY = Path("/usr/bin/hey")
REFUSED = 'Get "http://127.0.0.1:9/": dial tcp 127.0.0.1:9: connect: connection refused'


def text(run: RunResult) -> str:
    return render(Report(run))


def test_a_run_reads_as_hey_would_have_printed_it() -> None:
    run = made_run({200: [10, 20, 30, 40, 50, 60, 70, 80, 90, 110]}, wall_s=0.56)
    expected = """
Summary:
  Total:\t0.5600 secs
  Slowest:\t0.1100 secs
  Fastest:\t0.0100 secs
  Average:\t0.0560 secs
  Requests/sec:\t17.8571
  \x20
  Total data:\t120 bytes
  Size/request:\t12 bytes

Response time histogram:
  0.010 [1]\t|■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  0.020 [1]\t|■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  0.030 [1]\t|■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  0.040 [1]\t|■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  0.050 [1]\t|■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  0.060 [1]\t|■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  0.070 [1]\t|■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  0.080 [1]\t|■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  0.090 [1]\t|■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  0.100 [0]\t|
  0.110 [1]\t|■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■


Latency distribution:
  10% in 0.0200 secs
  25% in 0.0400 secs
  50% in 0.0600 secs
  75% in 0.0900 secs
  90% in 0.1100 secs
  0% in 0.0000 secs
  0% in 0.0000 secs

Details (average, fastest, slowest):
  DNS+dialup:\t0.0001 secs, 0.0000 secs, 0.0010 secs
  DNS-lookup:\t0.0000 secs, 0.0000 secs, 0.0000 secs
  req write:\t0.0000 secs, 0.0000 secs, 0.0000 secs
  resp wait:\t0.0560 secs, 0.0100 secs, 0.1100 secs
  resp read:\t0.0000 secs, 0.0000 secs, 0.0000 secs

Status code distribution:
  [200]\t10 responses



""".replace("  \x20\n", "  \n")
    assert text(run) == expected


def test_a_run_of_errors_alone_reads_as_heys() -> None:
    run = made_run({}, {ErrorClass.REFUSED: [(1, REFUSED)] * 4}, wall_s=0.0007)
    expected = f"""
Summary:
  Total:\t0.0007 secs
  Slowest:\t0.0000 secs
  Fastest:\t0.0000 secs
  Average:\t NaN secs
  Requests/sec:\t5714.2857
  \x20

Response time histogram:


Latency distribution:

Details (average, fastest, slowest):
  DNS+dialup:\t NaN secs, 0.0000 secs, 0.0000 secs
  DNS-lookup:\t NaN secs, 0.0000 secs, 0.0000 secs
  req write:\t NaN secs, 0.0000 secs, 0.0000 secs
  resp wait:\t NaN secs, 0.0000 secs, 0.0000 secs
  resp read:\t NaN secs, 0.0000 secs, 0.0000 secs

Status code distribution:

Error distribution:
  [4]\t{REFUSED}

""".replace("  \x20\n", "  \n")
    assert text(run) == expected


def test_statuses_stand_in_order_and_errors_beside_them() -> None:
    run = made_run({500: [1], 200: [1, 2]}, {ErrorClass.RESET: [(3, "100%d reset")]})
    lines = text(run).splitlines()
    at = lines.index("Status code distribution:")
    assert lines[at + 1 : at + 3] == ["  [200]\t2 responses", "  [500]\t1 responses"]
    assert "  [1]\t100%d reset" in lines
    assert "  Requests/sec:\t2.0000" in lines


def test_a_mean_of_nothing_is_printed_as_go_prints_it() -> None:
    assert number(float("nan")) == " NaN"
    assert number(1234.56789) == "1234.5679"


def test_a_schedule_adds_what_hey_has_no_words_for() -> None:
    run = made_run({200: [10.0] * 1000}, model="open", wait_ms=5, wall_s=10)
    printed = text(run)
    assert "  Average:\t0.0150 secs" in printed
    assert "  Arrivals:\tconstant:100" in printed
    assert "  \tp50\tp90\tp99\tp99.9\tmax\n" in printed
    assert "  Service\t10ms\t10ms\t10ms\t10ms\t10ms" in printed


def test_thresholds_are_told_at_the_end() -> None:
    run = made_run({200: [10.0] * 10})
    judgements = judge(read_thresholds(["p99<20ms,avg<5ms"]), run)
    printed = render(Report(run, judgements))
    assert printed.endswith(
        "Thresholds, over all requests:\n  ok\tp99<20ms\t10ms\n  FAILED\tavg<5ms\t10ms\n\n"
    )


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        body = b"hello world\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def shape(printed: str) -> str:
    """The text with every number that a run decides replaced."""
    bars = re.sub(r"\|■*", "|", printed)
    counts = re.sub(r"^(  [0-9.]+ \[)[0-9]+", r"\1#", bars, flags=re.MULTILINE)
    return re.sub(r"[0-9]+\.[0-9]{3,4}", "#", counts)


@pytest.mark.skipif(not REAL_HEY.exists(), reason="hey is not installed")
@pytest.mark.parametrize("requests", [1, 4, 5, 20, 200])
def test_the_shape_is_that_of_the_real_hey(url: str, requests: int) -> None:
    hey = shutil.which(REAL_HEY) or ""
    command = [hey, "-n", str(requests), "-c", "1", url]
    theirs = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True, env=dict(os.environ)
    ).stdout
    ours = text(made_run({200: [1 + k / 10 for k in range(requests)]}))
    assert shape(ours) == shape(theirs)
