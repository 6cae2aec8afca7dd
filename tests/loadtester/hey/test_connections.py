import pytest

from loadtester.hey.connections import transport
from loadtester.hey.flags import FLAGS, TWINS
from loadtester.hey.goflag import FlagSet
from loadtester.load.errors import PlanError
from loadtester.load.plan import ConnectTo, Transport


def made(*arguments: str, url: str = "http://a/", **environment: str) -> Transport:
    return transport(FlagSet(FLAGS, twins=TWINS).parse(arguments, {}), environment, url)


def test_http2_is_offered_to_https_and_spoken_to_http_only_when_told() -> None:
    assert made("-h2", url="https://a/").http2
    assert not made("-h2", url="http://a/").http2
    assert made("-h2c", url="http://a/").http2


def test_the_defaults_are_heys_but_for_the_certificate() -> None:
    plain = made()
    assert (plain.timeout_s, plain.keep_alive, plain.compression) == (20.0, True, True)
    assert (plain.max_redirects, plain.http2, plain.proxies.http) == (10, False, None)
    assert plain.tls.verify


def test_each_switch_turns_off_what_it_names() -> None:
    off = made("-disable-compression", "-disable-keepalive", "-disable-redirects", "-t", "0")
    assert (off.timeout_s, off.keep_alive, off.compression, off.max_redirects) == (
        0,
        False,
        False,
        0,
    )


@pytest.mark.parametrize("address", ["127.0.0.1:8888", "http://127.0.0.1:8888"])
def test_a_proxy_is_taken_with_and_without_a_scheme_and_wins_over_the_environment(
    address: str,
) -> None:
    rules = made("-x", address, http_proxy="http://127.0.0.1:1", no_proxy="*").proxies
    assert rules.for_url("http", "a.example", 80) == "http://127.0.0.1:8888"
    assert rules.for_url("https", "a.example", 443) == "http://127.0.0.1:8888"


def test_the_environments_proxies_are_honoured() -> None:
    rules = made(http_proxy="http://127.0.0.1:1", no_proxy="b.example").proxies
    assert rules.for_url("http", "a.example", 80) == "http://127.0.0.1:1"
    assert rules.for_url("http", "b.example", 80) is None


def test_the_name_asked_of_tls_is_the_host_unless_said_otherwise() -> None:
    assert made().tls.server_name is None
    assert made("-host", "a.example:8443").tls.server_name == "a.example"
    assert made("-host", "a.example", "-sni", "b.example").tls.server_name == "b.example"


def test_connections_can_go_elsewhere_and_be_given_up() -> None:
    elsewhere = made(
        "-connect-to", "a:80:b:81", "-connect-to", "::c:82", "-reuse", "7", "-max-age", "1m"
    )
    assert elsewhere.connect_to == (ConnectTo("a", 80, "b", 81), ConnectTo("", 0, "c", 82))
    assert made("-connect-timeout", "250ms").connect_timeout_s == 0.25
    assert (elsewhere.reuse_cap, elsewhere.max_age_s) == (7, 60.0)
    assert made("-unix-socket", "/run/a.sock").unix_socket == "/run/a.sock"


@pytest.mark.parametrize("arguments", [("-x", "ftp://a"), ("-connect-to", "a")])
def test_what_cannot_be_is_refused(arguments: tuple[str, str]) -> None:
    with pytest.raises(PlanError):
        made(*arguments)
