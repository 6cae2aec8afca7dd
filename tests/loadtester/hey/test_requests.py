from pathlib import Path

import pytest

from commons.errors import UsageError
from loadtester.hey.flags import FLAGS, TWINS
from loadtester.hey.goflag import FlagSet, Values
from loadtester.hey.requests import host_header, request
from loadtester.load.errors import PlanError

URL = "http://127.0.0.1:8080/ping"


def values(*arguments: str) -> Values:
    return FlagSet(FLAGS, twins=TWINS).parse(arguments, {})


def headers(*arguments: str) -> dict[str, str]:
    return dict(request(values(*arguments), URL).headers)


def test_a_plain_request_is_what_hey_sends() -> None:
    spec = request(values(), URL)
    assert (spec.url, spec.method, spec.body) == (URL, "GET", b"")
    assert dict(spec.headers) == {"Content-Type": "text/html", "User-Agent": "hey/0.0.1"}


def test_the_method_is_put_in_capitals() -> None:
    assert request(values("-m", "post"), URL).method == "POST"


def test_the_last_header_of_a_name_counts_whatever_its_case() -> None:
    sent = request(values("-H", "X-A: 1", "-H", "x-a:2", "-H", "B:  two words "), URL).headers
    assert ("x-a", "2") in sent
    assert ("X-A", "1") not in sent
    assert ("B", "two words") in sent


def test_a_content_type_header_wins_over_the_flag_and_accept_over_the_header() -> None:
    sent = headers("-H", "content-type: a/b", "-T", "c/d", "-H", "Accept: e/f", "-A", "g/h")
    assert sent["content-type"] == "a/b"
    assert sent["Accept"] == "g/h"
    assert "Content-Type" not in sent


@pytest.mark.parametrize(
    ("arguments", "agent"),
    [
        ((), "hey/0.0.1"),
        (("-U", "mine"), "mine hey/0.0.1"),
        (("-H", "user-agent: theirs"), "theirs hey/0.0.1"),
        (("-H", "user-agent: theirs", "-U", "mine"), "mine hey/0.0.1"),
    ],
)
def test_the_user_agent_carries_heys_name(arguments: tuple[str, ...], agent: str) -> None:
    assert headers(*arguments)["User-Agent"] == agent


def test_basic_authentication_is_really_sent() -> None:
    assert headers("-a", "anna:s:x")["Authorization"] == "Basic YW5uYTpzOng="


def test_a_header_may_be_empty() -> None:
    assert headers("-H", "X-Empty:")["X-Empty"] == ""


@pytest.mark.parametrize("line", ["nothing", ": value", "two words: x", ""])
def test_what_is_no_header_is_refused(line: str) -> None:
    with pytest.raises(UsageError, match="-H"):
        request(values("-H", line), URL)


def test_the_host_comes_from_its_flag_or_its_header_and_is_sent_once() -> None:
    both = values("-H", "Host: header.example", "-host", "flag.example")
    assert host_header(both) == "flag.example"
    assert host_header(values("-H", "Host: header.example")) == "header.example"
    assert host_header(values()) is None
    assert "host" not in {name.lower() for name, _ in request(both, URL).headers}


def test_the_body_is_literal_and_a_file_wins(tmp_path: Path) -> None:
    assert request(values("-d", "@{{x}}é"), URL).body == "@{{x}}é".encode()
    file = tmp_path / "body"
    file.write_bytes(b"\x00\xff")
    assert request(values("-d", "text", "-D", str(file)), URL).body == b"\x00\xff"


def test_a_missing_body_file_is_named() -> None:
    with pytest.raises(UsageError, match="-D /nowhere/body: no such file"):
        request(values("-D", "/nowhere/body"), URL)


@pytest.mark.parametrize("auth", ["anna", ""])
def test_authentication_needs_a_password(auth: str) -> None:
    if auth:
        with pytest.raises(UsageError, match="USER:PASSWORD"):
            request(values("-a", auth), URL)
    else:
        assert "Authorization" not in headers("-a", auth)


def test_a_url_without_a_scheme_is_refused() -> None:
    with pytest.raises(PlanError, match="http://"):
        request(values(), "127.0.0.1:8080/ping")
