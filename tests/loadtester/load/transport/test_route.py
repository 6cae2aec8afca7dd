from typing import Any

import pytest

from loadtester.load.errors import ErrorClass, RequestFailed
from loadtester.load.http1.heads import Response
from loadtester.load.plan import RequestSpec, Transport
from loadtester.load.transport.proxies import ProxyRules
from loadtester.load.transport.route import Router

PLAIN = Transport(compression=False)


def written(url: str, transport: Transport = PLAIN, **request: Any) -> list[str]:
    """The lines of the request."""
    hop = Router(RequestSpec(url, **request), transport).first
    return hop.data.decode().split("\r\n")


def moved(status: int, location: str) -> Response:
    return Response(status, 0, keep_alive=True, location=location)


@pytest.mark.parametrize(
    ("url", "first", "host"),
    [
        ("http://detail", "GET / HTTP/1.1", "Host: detail"),
        ("http://detail:3000/a?b=c#d", "GET /a?b=c HTTP/1.1", "Host: detail:3000"),
        ("http://[::1]:3000/", "GET / HTTP/1.1", "Host: [::1]:3000"),
        ("http://detail/ü x", "GET /%C3%BC%20x HTTP/1.1", "Host: detail"),
        ("http://bücher.example/", "GET / HTTP/1.1", "Host: xn--bcher-kva.example"),
        ("http://user@detail/", "GET / HTTP/1.1", "Host: detail"),
        ("http://[fe80::1%25lo]:3000/", "GET / HTTP/1.1", "Host: [fe80::1]:3000"),
        ("http://[fe80::1%lo]/", "GET / HTTP/1.1", "Host: [fe80::1]"),
        ("http://bücher.example:80/", "GET / HTTP/1.1", "Host: xn--bcher-kva.example:80"),
        ("http://detail/\udcff", "GET /%FF HTTP/1.1", "Host: detail"),
    ],
)
def test_the_first_lines(url: str, first: str, host: str) -> None:
    assert written(url)[:2] == [first, host]


def test_headers_keep_their_order_and_spelling() -> None:
    headers = (("X-b", "1"), ("x-A", "2"), ("X-b", "3"))
    assert written("http://detail/", headers=headers)[2:] == ["X-b: 1", "x-A: 2", "X-b: 3", "", ""]


def test_what_is_missing_is_added_and_what_is_given_is_not() -> None:
    added = written("http://detail/", Transport(keep_alive=False), method="POST", body=b"abc")
    assert added[2:] == [
        "Accept-Encoding: gzip",
        "Connection: close",
        "Content-Length: 3",
        "",
        "abc",
    ]
    headers = (("Accept-Encoding", "br"), ("connection", "x"), ("Host", "h"))
    given = written("http://detail/", Transport(keep_alive=False), headers=headers)
    assert given[1:] == ["Host: h", "Accept-Encoding: br", "connection: x", "", ""]


@pytest.mark.parametrize(
    "header",
    [
        ("Content-Length", "3"),
        ("content-length", "99"),
        ("Transfer-Encoding", "chunked"),
        ("TRANSFER-ENCODING", "identity"),
        ("Trailer", "X"),
    ],
)
def test_the_framing_is_ours_whatever_the_caller_says(header: tuple[str, str]) -> None:
    """A length of the caller's would make two requests of one (k6#1094, vegeta#439)."""
    lines = written("http://detail/", method="POST", body=b"hello", headers=(header, ("X", "1")))
    assert lines[2:] == ["Content-Length: 5", "X: 1", "", "hello"]
    without = written("http://detail/", headers=(header, ("X", "1")))
    assert without[2:] == ["X: 1", "", ""]


def test_bytes_that_are_no_text_go_out_as_they_came_in() -> None:
    hop = Router(RequestSpec("http://detail/", headers=(("X", "a\udcffb"),)), PLAIN).first
    assert b"X: a\xffb\r\n" in hop.data


def test_an_empty_post_has_a_length_and_a_get_has_none() -> None:
    assert "Content-Length: 0" in written("http://detail/", method="POST")
    assert not any(line.startswith("Content-Length") for line in written("http://detail/"))


def test_credentials_of_the_url_become_a_header() -> None:
    assert "Authorization: Basic dTpwOg==" in written("http://u:p%3A@detail/")


def test_through_a_proxy_the_form_is_absolute() -> None:
    transport = Transport(proxies=ProxyRules.always("p:1"), compression=False)
    lines = written("http://detail:3000/x", transport)
    assert lines[:2] == ["GET http://detail:3000/x HTTP/1.1", "Host: detail:3000"]
    assert written("https://detail/x", transport)[0] == "GET /x HTTP/1.1"


@pytest.mark.parametrize(
    ("method", "status", "becomes"),
    [
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("POST", 307, "POST"),
        ("PUT", 308, "PUT"),
        ("HEAD", 303, "HEAD"),
        ("GET", 301, "GET"),
    ],
)
def test_what_a_redirect_does_to_the_method(method: str, status: int, becomes: str) -> None:
    body = b"" if method in ("GET", "HEAD") else b"x"
    headers = (("Content-Type", "text/html"), ("X", "1"))
    spec = RequestSpec("http://detail/a/b", method, headers, body)
    router = Router(spec, PLAIN)
    hop = router.follow(router.first, moved(status, "../c"))
    assert hop.spec.url == "http://detail/c"
    assert hop.spec.method == becomes
    assert hop.spec.body == (body if becomes == method else b"")
    assert ("Content-Type", "text/html") in hop.spec.headers or becomes != method
    assert ("X", "1") in hop.spec.headers


@pytest.mark.parametrize(
    ("location", "kept"),
    [("/x", True), ("http://api.detail/x", True), ("http://other/x", False)],
)
def test_credentials_do_not_travel_to_strangers(location: str, kept: bool) -> None:
    spec = RequestSpec("http://detail/", headers=(("Authorization", "s"), ("Cookie", "c")))
    router = Router(spec, PLAIN)
    hop = router.follow(router.first, moved(302, location))
    assert (b"Authorization: s" in hop.data) is kept
    assert (b"Cookie: c" in hop.data) is kept


def test_the_host_header_of_the_plan_is_not_told_to_strangers() -> None:
    router = Router(RequestSpec("http://detail/"), Transport(host_header="h"))
    assert b"Host: h\r\n" in router.first.data
    assert b"Host: h\r\n" in router.follow(router.first, moved(302, "/x")).data
    assert b"Host: other\r\n" in router.follow(router.first, moved(302, "http://other/")).data


@pytest.mark.parametrize(
    "location",
    [
        "gopher://x/",
        "http://[/",
        "mailto:x",
        "http://%zz/",
        "http://a:99999/",
        "http://a:x/",
        "http://[::1",
        "http://[v1.x]/",
        "http://\xe4..b/",
        "http://" + "\xe4" * 80 + "/",
        "http://a b/",
        "https://",
        "http://a\\b/",
        "/" + "x" * 20_000,
    ],
)
def test_a_redirect_that_leads_nowhere_is_the_remotes_fault(location: str) -> None:
    router = Router(RequestSpec("http://detail/"), PLAIN)
    with pytest.raises(RequestFailed) as failed:
        router.follow(router.first, moved(302, location))
    assert failed.value.error_class is ErrorClass.PROTOCOL


def test_the_same_redirect_is_built_once() -> None:
    router = Router(RequestSpec("http://detail/"), PLAIN)
    first = router.follow(router.first, moved(302, "/x"))
    assert router.follow(router.first, moved(302, "/x")) is first
