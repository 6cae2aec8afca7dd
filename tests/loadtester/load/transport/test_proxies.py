import pytest

from loadtester.load.errors import PlanError
from loadtester.load.transport.proxies import ProxyRules, parse_proxy

PROXY = "http://proxy:3128"


@pytest.mark.parametrize("text", ["proxy:3128", "http://proxy:3128"])
def test_a_proxy_is_a_url_or_host_and_port(text: str) -> None:
    assert parse_proxy(text) == PROXY


@pytest.mark.parametrize("text", ["ftp://proxy", "http://", "https://proxy", "http://p:x", ""])
def test_what_is_no_proxy_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(PlanError, match="-x"):
        ProxyRules.always(text)


def test_always_is_always() -> None:
    rules = ProxyRules.always("proxy:3128")
    assert rules.for_url("http", "127.0.0.1", 80) == rules.for_url("https", "x", 1) == PROXY


def test_the_scheme_decides() -> None:
    rules = ProxyRules.from_environment({"http_proxy": PROXY, "HTTPS_PROXY": "other:1"})
    assert rules.for_url("http", "detail.flagger", 3000) == PROXY
    assert rules.for_url("https", "detail.flagger", 443) == "http://other:1"


def test_lower_case_wins_and_all_proxy_fills_in() -> None:
    environ = {"http_proxy": PROXY, "HTTP_PROXY": "no:1", "ALL_PROXY": "all:1"}
    rules = ProxyRules.from_environment(environ)
    assert (rules.http, rules.https) == (PROXY, "http://all:1")


def test_inside_cgi_capitals_are_a_clients_header() -> None:
    rules = ProxyRules.from_environment({"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"})
    assert rules.http is None


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "direct"),
    [
        ("detail.flagger", "detail.flagger", 80, True),
        ("detail.flagger", "canary.detail.flagger", 80, True),
        ("detail.flagger", "notdetail.flagger", 80, False),
        (".flagger", "detail.flagger", 80, True),
        (".flagger", "flagger", 80, False),
        ("*.flagger", "Detail.Flagger", 80, True),
        ("detail.flagger:81", "detail.flagger", 80, False),
        ("detail.flagger:80", "detail.flagger", 80, True),
        ("10.0.0.0/8", "10.1.2.3", 80, True),
        ("10.0.0.0/8", "11.1.2.3", 80, False),
        ("10.0.0.0/8", "detail", 80, False),
        ("fe80::/10", "fe80::1", 80, True),
        ("[fe80::1]", "fe80::1", 80, True),
        ("*", "anything", 80, True),
        ("a, detail ,b", "detail", 80, True),
        ("", "localhost", 80, True),
        ("", "127.0.0.1", 80, True),
        ("", "::1", 80, True),
        ("", "detail", 80, False),
    ],
)
def test_who_is_reached_without_a_proxy(no_proxy: str, host: str, port: int, direct: bool) -> None:
    rules = ProxyRules.from_environment({"http_proxy": PROXY, "no_proxy": no_proxy})
    assert (rules.for_url("http", host, port) is None) is direct
