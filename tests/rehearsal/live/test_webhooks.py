"""Webhooks over real HTTP: the request as Go sends it, and Flagger's words for what comes back."""

import threading
import time
from collections.abc import Iterator

import pytest

from rehearsal.clock import ScaledClock
from rehearsal.flagger.controller.errors import HookFailed
from rehearsal.flagger.controller.ports import HookRequest
from rehearsal.live.webhooks import HooksClosedError, HttpHooks, every_name
from tests.rehearsal.gohttp.servers import Misbehaving, serving

NAME = "http://flagger-loadtester.flagger"
GIVING_UP = "POST {url} giving up after {tries} attempt(s)"


@pytest.fixture(scope="module")
def mesh() -> Iterator[Misbehaving]:
    """A proxy of all names: it answers absolute-form requests itself."""
    with serving() as running:
        yield running


def _hooks(mesh: Misbehaving, speed: float = 1000) -> HttpHooks:
    return HttpHooks(ScaledClock(speed), f"http://127.0.0.1:{mesh.port}")


def _request(path: str, retries: int = 0, timeout_s: float = 10.0) -> HookRequest:
    return HookRequest(f"{NAME}/{path}", b'{"name":"d"}', timeout_s, retries)


def _failure(mesh: Misbehaving, request: HookRequest) -> str:
    with pytest.raises(HookFailed) as failed:
        _hooks(mesh).call(request)
    return str(failed.value)


def test_the_request_is_go_s_and_goes_through_the_mesh(mesh: Misbehaving) -> None:
    mesh.seen.clear()
    _hooks(mesh).call(_request("ok"))
    assert mesh.seen == [
        (
            f"POST {NAME}/ok HTTP/1.1\r\n"
            "Host: flagger-loadtester.flagger\r\n"
            "User-Agent: Go-http-client/1.1\r\n"
            "Content-Length: 12\r\n"
            "Content-Type: application/json\r\n"
            "Accept-Encoding: gzip\r\n\r\n",
            b'{"name":"d"}',
        )
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("400", "\ufffd\ufffda\n"),
        ("501", "body"),
        ("204", ""),
        ("r302_none", "red"),
        ("short_body", "error reading body: unexpected EOF"),
        ("chunk_bad", "error reading body: invalid byte in chunk length"),
        ("gzip", "zipped"),
    ],
)
def test_what_is_not_accepted(mesh: Misbehaving, path: str, text: str) -> None:
    assert _failure(mesh, _request(path)) == text


@pytest.mark.parametrize(
    ("path", "why"), [("500", ""), ("429", ""), ("eof", ': Post "{url}": EOF')]
)
def test_what_is_tried_again_and_given_up(mesh: Misbehaving, path: str, why: str) -> None:
    mesh.seen.clear()
    text = _failure(mesh, _request(path, retries=2))
    assert text == (GIVING_UP + why).format(url=f"{NAME}/{path}", tries=3)
    assert len(mesh.seen) == 3


@pytest.mark.parametrize("path", ["r302_loop", "r302_scheme"])
def test_what_is_final_is_not_tried_again(mesh: Misbehaving, path: str) -> None:
    text = _failure(mesh, _request(path, retries=3))
    assert text.startswith(GIVING_UP.format(url=f"{NAME}/{path}", tries=1))


def test_a_body_that_trickles_past_the_timeout_fails(mesh: Misbehaving) -> None:
    text = _failure(mesh, _request("drip_body", timeout_s=0.3))
    assert text == (
        "error reading body: context deadline exceeded"
        " (Client.Timeout or context cancellation while reading body)"
    )


def test_real_processes_get_the_whole_timeout_up_to_their_patience(mesh: Misbehaving) -> None:
    assert _hooks(mesh, speed=1000)._timeout_s(2.0) == 2.0
    assert _hooks(mesh, speed=1000)._timeout_s(30.0) == 5.0
    assert _hooks(mesh, speed=2)._timeout_s(30.0) == 15.0
    assert _hooks(mesh, speed=1)._timeout_s(2.0) == 2.0
    assert _hooks(mesh, speed=1)._timeout_s(0.0) == 0.0


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("envoy_404", "dial tcp: lookup flagger-loadtester.flagger: no such host"),
        ("envoy_refused", "dial tcp flagger-loadtester.flagger: connect: connection refused"),
        ("envoy_cut", "EOF"),
    ],
)
def test_what_envoy_says_itself_is_said_as_outside_of_the_mesh(
    mesh: Misbehaving, path: str, why: str
) -> None:
    url = f"{NAME}/{path}"
    assert _failure(mesh, _request(path)) == (
        f'POST {url} giving up after 1 attempt(s): Post "{url}": {why}'
    )


def test_a_404_of_an_application_behind_envoy_is_its_own(mesh: Misbehaving) -> None:
    assert _failure(mesh, _request("envoy_app_404")) == "no"


def test_a_name_outside_of_the_mesh_is_called_directly(mesh: Misbehaving) -> None:
    hooks = HttpHooks(ScaledClock(1), "http://127.0.0.1:1", serves=lambda host: False)
    hooks.call(HookRequest(mesh.url("ok"), b"{}", 10.0))
    with pytest.raises(HookFailed, match=r"^no$"):
        hooks.call(HookRequest(mesh.url("envoy_app_404"), b"{}", 10.0))
    with pytest.raises(HookFailed, match=r"^$"):
        hooks.call(HookRequest(mesh.url("envoy_404"), b"{}", 10.0))


def test_this_machine_s_own_names_are_not_the_mesh_s(mesh: Misbehaving) -> None:
    assert every_name("flagger-loadtester.flagger")
    assert not any(map(every_name, ("127.0.0.1", "localhost", "::1")))
    url = "http://127.0.0.1:1/"
    assert _failure(mesh, HookRequest(url, b"{}", 10.0)) == (
        f'POST {url} giving up after 1 attempt(s): Post "{url}":'
        " dial tcp 127.0.0.1:1: connect: connection refused"
    )


def test_disabled_tls_goes_past_the_mesh(mesh: Misbehaving) -> None:
    request = HookRequest(mesh.url("ok"), b"{}", 10.0, disable_tls=True)
    HttpHooks(ScaledClock(1), "http://127.0.0.1:1", serves=lambda host: True).call(request)


def test_a_url_that_go_cannot_read(mesh: Misbehaving) -> None:
    text = _failure(mesh, HookRequest("http://[::1/x", b"{}", 10.0))
    assert text == "parse \"http://[::1/x\": missing ']' in host"


@pytest.mark.parametrize(
    ("path", "retries"),
    [("silent", 0), ("drip_body", 0), ("retry_after", 3), ("retry_after_ages", 3), ("500", 5)],
)
def test_close_ends_a_call(mesh: Misbehaving, path: str, retries: int) -> None:
    hooks = _hooks(mesh, speed=0.01)
    timer = threading.Timer(0.3, hooks.close)
    timer.start()
    begun_s = time.monotonic()
    with pytest.raises(HooksClosedError):
        hooks.call(_request(path, retries, timeout_s=600))
    assert time.monotonic() - begun_s < 30
    timer.join()
    with pytest.raises(HooksClosedError):
        hooks.call(_request("ok"))
