"""The whole command against a server on this machine."""

import contextlib
import json
import re
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons import __version__
from commons.errors import UserError
from loadtester.hey import flags
from loadtester.hey.goflag import FlagSet, dashed
from loadtester.hey.outputs import parse_outputs
from loadtester.hey.plans import plan
from loadtester.load.measuring.result_json import decode_result
from loadtester.load.plan import LoadPlan
from tests.loadtester.hey.conftest import REAL_HEY, Command, Received, Server, real_hey, start

URL = "http://127.0.0.1/"
needs_hey = pytest.mark.skipif(not Path(REAL_HEY).exists(), reason="hey is not installed")


@pytest.mark.parametrize(("requests", "workers"), [(1, 1), (7, 2), (50, 50), (200, 150)])
def test_every_request_is_sent_whatever_the_number_of_workers(
    server: Server, hey: Command, requests: int, workers: int
) -> None:
    finished = hey("-n", str(requests), "-c", str(workers), server.url)
    assert (finished.code, finished.err) == (0, "")
    assert len(server.received) == requests
    assert f"  [200]\t{requests} responses\n" in finished.out


def test_workers_are_paced_and_a_rehearsal_shortens_the_time(server: Server, hey: Command) -> None:
    arguments = ("-z", "20s", "-c", "2", "-q", "10", "-o", "json", server.url)
    finished = hey(*arguments, HEY_TIME_SCALE="20")
    assert finished.code == 0
    assert finished.err.count("HEY_TIME_SCALE=20") == 1
    counts = json.loads(finished.out)["result"]["counts"]
    assert counts["planned"] == 20
    assert counts["completed"] == len(server.received) >= 10


def test_a_schedule_sends_its_number(server: Server, hey: Command) -> None:
    finished = hey("--rate", "100", "-z", "1s", "-c", "4", server.url)
    assert len(server.received) == 100
    assert "Planned:\t100 requests, 100.0000/sec" in finished.out


@pytest.mark.parametrize("pacing", [("-n", "101"), ("--rate", "101", "-z", "1s")])
def test_processes_share_one_load(server: Server, hey: Command, pacing: tuple[str, ...]) -> None:
    finished = hey(*pacing, "-c", "4", "--processes", "2", "-o", "csv", server.url)
    assert (finished.code, len(server.received)) == (0, 101)
    assert finished.out.count("\n") == 102
    assert server.connections == 4


def test_responses_of_any_status_are_counted_and_the_code_is_0(
    server: Server, hey: Command
) -> None:
    finished = hey("-n", "4", "-c", "2", f"{server.url}/503")
    assert finished.code == 0
    assert "  [503]\t4 responses\n" in finished.out


def test_nobody_listening_is_an_error_distribution_and_the_code_is_0(hey: Command) -> None:
    finished = hey("-n", "4", "-c", "2", "http://127.0.0.1:9/")
    assert finished.code == 0
    assert '  [4]\tGet "http://127.0.0.1:9/": dial tcp 127.0.0.1:9: connect: ' in finished.out


def test_basic_authentication_arrives(server: Server, hey: Command) -> None:
    hey("-n", "1", "-c", "1", "-a", "anna:secret", server.url)
    assert server.received[0].headers["Authorization"] == "Basic YW5uYTpzZWNyZXQ="


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "http://127.0.0.1:{port}"])
def test_a_proxy_gets_the_whole_url(server: Server, hey: Command, address: str) -> None:
    hey(
        "-n", "2", "-c", "1", "-x", address.format(port=server.port), "http://detail.flagger:3000/x"
    )
    assert {request.target for request in server.received} == {"http://detail.flagger:3000/x"}
    assert server.received[0].headers["Host"] == "detail.flagger:3000"


def test_the_environments_proxy_is_used_and_its_exceptions_are_heard(
    server: Server, hey: Command
) -> None:
    hey("-n", "1", "-c", "1", "http://detail.flagger:3000/x", http_proxy=server.url)
    hey(
        "-n",
        "1",
        "-c",
        "1",
        f"{server.url}/y",
        http_proxy="http://127.0.0.1:9",
        no_proxy="127.0.0.1",
    )
    assert [request.target for request in server.received] == ["http://detail.flagger:3000/x", "/y"]


def test_redirects_are_followed_unless_disabled(server: Server, hey: Command) -> None:
    assert "[200]\t1 responses" in hey("-n", "1", "-c", "1", f"{server.url}/302").out
    disabled = hey("-n", "1", "-c", "1", "-disable-redirects", f"{server.url}/302")
    assert "[302]\t1 responses" in disabled.out


def test_keepalive_can_be_disabled(server: Server, hey: Command) -> None:
    hey("-n", "6", "-c", "2", server.url)
    kept = server.connections
    hey("-n", "6", "-c", "2", "-disable-keepalive", server.url)
    assert kept == 2
    assert server.connections - kept == 6


def test_a_broken_threshold_exits_with_99_and_keeps_the_report(
    server: Server, hey: Command, tmp_path: Path
) -> None:
    saved = tmp_path / "run.json"
    finished = hey(
        *("-n", "10", "-c", "2", "--threshold", "status:5xx==0", "--threshold", "p99<1h"),
        *("--save", str(saved), f"{server.url}/500"),
    )
    assert finished.code == 99
    assert finished.err == "threshold failed: status:5xx==0 (was 10)\n"
    assert "[500]\t10 responses" in finished.out
    document = json.loads(saved.read_text())
    assert [entry["ok"] for entry in document["thresholds"]] == [False, True]
    assert decode_result(document["result"]).counts.completed == 10


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [
        ("csv", "response-time,"),
        ("json", '{"schema"'),
        ("hgrm", "       Value"),
        ("html", "<!doctype"),
        ("markdown", "## GET http"),
        ("junit", "<?xml"),
    ],
)
def test_each_kind_of_report_is_printed(
    server: Server, hey: Command, kind: str, beginning: str
) -> None:
    finished = hey("-n", "10", "-c", "2", "-o", kind, server.url)
    assert (finished.code, finished.err) == (0, "")
    assert finished.out.startswith(beginning)
    assert kind != "csv" or finished.out.count("\n") == 11


def test_progress_for_programs_is_json_on_stderr(server: Server, hey: Command) -> None:
    finished = hey("-z", "1500ms", "-c", "2", "-q", "20", "--progress", "json", server.url)
    lines = [line for line in finished.err.splitlines() if line.startswith("{")]
    moments = [json.loads(line)["progress"] for line in lines]
    assert len(moments) >= 2
    assert moments[-1]["done"] >= moments[0]["done"] > 0


def test_what_stands_after_the_url_is_ignored_but_told(server: Server, hey: Command) -> None:
    finished = hey("-n", "1", "-c", "1", server.url, "-a", "anna:secret")
    assert finished.code == 0
    assert "ignored after the URL: -a anna:secret" in finished.err
    assert "Authorization" not in server.received[0].headers


def test_the_environment_gives_flags(server: Server, hey: Command) -> None:
    hey(server.url, HEY_REQUESTS="3", HEY_CONCURRENCY="1", HEY_METHOD="put", HEY_BODY="x")
    assert [(request.method, request.body) for request in server.received] == [("PUT", b"x")] * 3


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-foo", "http://127.0.0.1/"),
        ("-h",),
        ("-h", "x", "http://127.0.0.1/"),
        ("-z", "5", "http://127.0.0.1/"),
        ("-n", "1", "-c", "2", "http://127.0.0.1/"),
        ("-o", "yaml", "http://127.0.0.1/"),
        ("--threshold", "p99", "http://127.0.0.1/"),
        ("--save", "/nowhere/at/all", "http://127.0.0.1/"),
        ("--progress", "loud", "http://127.0.0.1/"),
        ("--rate", "fast", "http://127.0.0.1/"),
        ("-t", "-1", "http://127.0.0.1/"),
        ("-q", "-1", "http://127.0.0.1/"),
        ("--warmup", "-1s", "http://127.0.0.1/"),
        ("--reuse", "-1", "http://127.0.0.1/"),
        ("127.0.0.1",),
        ("-two\nlines",),
        ("-q", "1e9", URL),
        ("-q", "1e9999999", URL),
        ("-q", "1e-9", URL),
        ("-q", "9" * 100_000, URL),
        ("-q", "100000", "-c", "50", URL),
        ("--rate", "1e9999999", URL),
        ("--rate", "1000001", URL),
        ("--rate", "9" * 100_000, URL),
        ("--rate", "poisson:1e6", URL),
        ("--rate", "replay:/dev/zero", URL),
        ("--rate", "replay:/", URL),
        ("-n", "9" * 100_000, URL),
        ("-n", "9223372036854775807", URL),
        ("-n", "1e3", URL),
        ("-c", "1000000000", URL),
        ("-z", "10000h", URL),
        ("-z", "1h" * 100_000, URL),
        ("-z", "9" * 100_000 + "s", URL),
        ("-t", "99999999999", URL),
        ("-cpus", "100000", "-c", "100000", "-n", "100000", URL),
        ("--max-connections", "1000000", "--rate", "1", URL),
        ("--drain", "10000h", URL),
        ("--reuse", "9" * 50, URL),
        ("-D", "/dev/zero", URL),
        ("-D", "/", URL),
        ("-D", "/nowhere", URL),
        ("--cacert", "/dev/zero", "https://127.0.0.1/"),
        ("--cert", "/", "https://127.0.0.1/"),
        ("--key", "/dev/zero", "--cert", "/dev/null", "https://127.0.0.1/"),
        ("--save", "/", URL),
        ("--save", "/dev/null/x", URL),
        ("--save", "/tmp/", URL),
        ("--save", "x" * 5000, URL),
        ("--connect-to", "a:1:b:99999", URL),
        ("--connect-to", "a:²:b:1", URL),
        ("-H", "x" * 100_000, URL),
        ("-H", "no colon", URL),
        ("-x", "http://[::1", URL),
        ("-a", "nocolon", URL),
        ("http://%zz/",),
        ("http://[::1",),
        ("http://a:99999/",),
        ("http://[fe80::1%25]/",),
        ("http://" + "ü" * 80,),
        ("-" + "x" * 100_000,),
        ("diff", "/dev/null", "/dev/null"),
        ("diff", "-o", "xml", "a", "b"),
        ("diff", "/nowhere", "/nowhere"),
        ("report", "/"),
        ("report", "/dev/null"),
        ("selfcheck", "-z", "0s"),
    ],
)
def test_a_mistake_is_one_line_and_the_code_is_2(hey: Command, arguments: tuple[str, ...]) -> None:
    finished = hey(*arguments)
    assert (finished.code, finished.out) == (2, "")
    assert finished.err.startswith("hey: ")
    assert finished.err.count("\n") == 1
    assert len(finished.err) < 6000


def test_it_says_its_version(hey: Command) -> None:
    for spelling in ("--version", "-version"):
        assert hey(spelling).out == f"hey {__version__}\n"


@pytest.mark.parametrize("header", ["Content-Length: 3", "Transfer-Encoding: chunked"])
def test_framing_headers_are_ignored_with_a_word(server: Server, hey: Command, header: str) -> None:
    """k6#1094 and vegeta#439: sent as they were given, they broke every request."""
    finished = hey("-n", "2", "-c", "1", "-m", "POST", "-d", "hello", "-H", header, server.url)
    assert [request.body for request in server.received] == [b"hello"] * 2
    assert f"hey: ignored: -H {header.partition(':')[0]} " in finished.err
    assert "[200]\t2 responses" in finished.out


def test_bytes_that_are_no_text_are_sent_and_reported(server: Server, hey: Command) -> None:
    odd = "a\udcffb"
    arguments = ("-H", f"X-Odd: {odd}", "-d", odd, "-m", "POST", "--title", odd)
    for kind in ("text", "json", "html", "markdown", "junit"):
        finished = hey("-n", "1", "-c", "1", "-o", kind, *arguments, server.url)
        assert finished.code == 0
    assert {request.body for request in server.received} == {b"a\xffb"}


def test_every_report_says_what_made_it(server: Server, hey: Command, tmp_path: Path) -> None:
    secret = f"http://u:hush@127.0.0.1:{server.port}/?token=hush&a=1"
    arguments = ("-n", "2", "-c", "1", "-a", "u:hush", "-H", "X-Session: hush", "-d", "hush")
    saved = str(tmp_path / "run.json")
    for kind in ("text", "json", "html", "markdown", "junit", "hgrm"):
        finished = hey(*arguments, "-o", kind, "--save", saved, secret)
        for report in (finished.out, (tmp_path / "run.json").read_text()):
            assert f"hey {__version__}" in report or '"version": "' + __version__ in report
            assert socket.gethostname() in report
            assert "a=1" in report
            assert "hush" not in report
            assert re.search(r"20\d\d-\d\d-\d\d.\d\d:\d\d:\d\d", report)


@pytest.mark.parametrize("model", [("-n", "20"), ("--rate", "100", "-n", "20")])
@pytest.mark.parametrize("condition", ["p99<250ms", "avg<1s", "service:min<1s", "p1<1h"])
def test_a_latency_without_one_response_fails(
    hey: Command, model: tuple[str, ...], condition: str
) -> None:
    """locust#1363: where everybody is refused at once, latencies look splendid."""
    finished = hey(*model, "-c", "2", "--threshold", condition, "http://127.0.0.1:9/")
    assert finished.code == 99
    assert f"threshold failed: {condition} (was no response)" in finished.err


def test_help_names_the_commands_and_every_flag(hey: Command) -> None:
    for spelling in ("--help", "-help"):
        finished = hey(spelling)
        assert finished.code == 0
        assert "hey selfcheck" in finished.out
        assert "--threshold" in finished.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_signal_ends_the_run_with_its_report(
    server: Server, number: int, processes: str, tmp_path: Path
) -> None:
    saved = tmp_path / "run.json"
    arguments = ["-z", "60s", "-c", "2", "-q", "50", "-cpus", processes, "--save", str(saved)]
    arguments.append(server.url)
    process = start(arguments, {"no_proxy": "*"})
    wait_for(lambda: len(server.received) >= 20)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "hey: interrupted; these are the numbers up to then" in err
    assert all(line.startswith("hey: ") for line in err.splitlines())
    counted = int(re.findall(r"\[200]\t(\d+) responses", out)[0])
    assert counted == len(server.received)
    document = json.loads(saved.read_text())
    assert document["result"]["interrupted"]
    assert (document["interrupted"], document["outcome"]) == (True, "interrupted")
    assert document["ok"] is None


@pytest.mark.parametrize("threshold", ["p99<1h", "p99<1us"])
def test_an_interrupted_run_has_neither_passed_nor_failed(server: Server, threshold: str) -> None:
    arguments = ["-z", "60s", "-c", "1", "-q", "50", "--threshold", threshold, server.url]
    process = start(arguments, {"no_proxy": "*"})
    wait_for(lambda: len(server.received) >= 5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130


@pytest.mark.slow
@pytest.mark.parametrize("delay_s", [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.6])
def test_an_interrupt_at_any_moment_is_one_line_or_a_report(server: Server, delay_s: float) -> None:
    """The report says what is known by then; before the run, nothing is."""
    process = start(["-z", "60s", "-c", "2", "-q", "50", "-o", "json", server.url])
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(delay_s)
    out, err = interrupted(process)
    assert "/loadtester/" not in err
    assert "/commons/" not in err
    if process.returncode == 130:  # else Python itself had not started yet
        assert err in ("", "hey: interrupted\n") or "numbers up to then" in err
        assert not out or json.loads(out)["interrupted"] is True


def interrupted(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What it said at its end; while Python itself starts, it may swallow an interrupt."""
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=20)
    raise AssertionError("three interrupts did not end it")


def test_a_second_signal_reports_at_once_what_was_cut_off(server: Server) -> None:
    process = start(["-n", "5", "-c", "1", "-o", "json", f"{server.url}/hang"], {"no_proxy": "*"})
    wait_for(lambda: len(server.received) == 1)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    counts = json.loads(out)["result"]["counts"]
    assert process.returncode == 130
    assert (counts["sent"], counts["completed"], counts["aborted"]) == (1, 0, 1)


def test_the_wait_for_responses_can_be_cut_short(server: Server, hey: Command) -> None:
    arguments = ("-z", "1500ms", "-c", "2", "--drain", "100ms", "-o", "json")
    finished = hey(*arguments, f"{server.url}/hang")
    counts = json.loads(finished.out)["result"]["counts"]
    assert (counts["sent"], counts["completed"], counts["aborted"]) == (2, 0, 2)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def without_order(requests: list[Received]) -> Counter[str]:
    return Counter(
        f"{r.method} {r.target} {sorted((k.lower(), v) for k, v in r.headers.items())} {r.body!r}"
        for r in requests
    )


@needs_hey
@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-m", "post", "-d", "a=1", "-T", "application/x-www-form-urlencoded"),
        ("-H", "X-One: 1", "-H", "x-one: 2", "-H", "Accept: a/b", "-A", "c/d"),
        ("-disable-compression", "-H", "content-type: x/y"),
        ("-host", "other.example", "-disable-keepalive"),
        ("-m", "DELETE"),
        ("-m", "POST"),
        ("-m", "PATCH", "-d", "é\n&=", "-H", "X-Empty-Not:  spaced  value  "),
        ("-T", "", "-H", "Accept-Encoding: br"),
        ("-d", "body of a GET"),
    ],
)
def test_requests_are_those_of_the_real_hey(
    server: Server, hey: Command, arguments: tuple[str, ...]
) -> None:
    rest = ("-n", "4", "-c", "2", *arguments, f"{server.url}/path?q=1")
    hey(*rest)
    ours = without_order(server.received)
    server.received.clear()
    real_hey(*rest)
    assert ours == without_order(server.received)


@needs_hey
def test_counts_are_those_of_the_real_hey(server: Server, hey: Command) -> None:
    def counts(out: str) -> list[str]:
        return re.findall(r"\[\d+]\t.*responses|Total data:.*|Size/request:.*", out)

    arguments = ("-n", "100", "-c", "4", f"{server.url}/404")
    assert counts(hey(*arguments).out) == counts(real_hey(*arguments))


def test_bars_are_utf_8_in_any_locale(server: Server) -> None:
    process = start(["-n", "2", "-c", "1", server.url], {"PYTHONIOENCODING": "latin-1"})
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert "■" in out


WORDS = st.sampled_from([*(dashed(n) for f in flags.FLAGS for n in f.names), "--", "x", "5", "1s"])


@given(st.lists(WORDS | st.text(max_size=8), max_size=6))
def test_no_command_line_ends_in_anything_but_a_plan_or_a_word(arguments: list[str]) -> None:
    with contextlib.suppress(UserError):
        values = FlagSet(flags.FLAGS, twins=flags.TWINS).parse(arguments, {})
        parse_outputs(values)
        assert isinstance(plan(values, {}, Fraction(1)), LoadPlan)


def test_a_reader_that_goes_away_costs_no_traceback(server: Server) -> None:
    process = start(["-n", "2", "-c", "1", server.url], {"no_proxy": "*"})
    assert process.stdout is not None
    process.stdout.close()
    _, err = subprocess.Popen.communicate(process, timeout=20)
    assert "Traceback" not in err
    assert process.returncode == 141  # as after SIGPIPE
