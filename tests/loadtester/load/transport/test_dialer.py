"""Ways to a server: TLS, unix sockets, other addresses, proxies, IPv6, names."""

import asyncio
import socket
import ssl
import time
from pathlib import Path

import pytest
import trustme

from loadtester.load.errors import ErrorClass, PlanError
from loadtester.load.measuring.result import RunResult
from loadtester.load.plan import ConnectTo, TlsOptions, Transport
from loadtester.load.run import run_blocking
from loadtester.load.transport.dialer import Dialer
from loadtester.load.transport.proxies import ProxyRules
from loadtester.load.transport.resolver import Address, Resolver
from tests.loadtester.load.plans import closed
from tests.loadtester.load.servers import Exchange, raw_server, respond_ok, serving


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


def server_context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    return context


def https(port: int, host: str = "127.0.0.1") -> str:
    return f"https://{host}:{port}/"


def run_over_tls(context: ssl.SSLContext, options: TlsOptions) -> RunResult:
    with serving(tls=context) as server:
        plan = closed(
            https(server.port), requests=6, connections=2, transport=Transport(tls=options)
        )
        return run_blocking(plan)


def test_tls_is_verified_against_the_given_authority(authority: trustme.CA, ca_file: str) -> None:
    context = server_context(authority, "127.0.0.1")
    result = run_over_tls(context, TlsOptions(ca_file=ca_file))
    assert result.counts.completed == 6
    assert result.phases.dialup.max_ns > 0


def test_an_unknown_authority_is_refused(authority: trustme.CA) -> None:
    result = run_over_tls(server_context(authority, "127.0.0.1"), TlsOptions())
    assert set(result.errors) == {ErrorClass.TLS}
    assert "failed to verify certificate" in result.error_messages()[0][0]


def test_a_certificate_of_another_name_is_refused(authority: trustme.CA, ca_file: str) -> None:
    result = run_over_tls(server_context(authority, "other.test"), TlsOptions(ca_file=ca_file))
    assert set(result.errors) == {ErrorClass.TLS}


def test_unverified_anything_goes(authority: trustme.CA) -> None:
    result = run_over_tls(server_context(authority, "other.test"), TlsOptions(verify=False))
    assert result.counts.completed == 6


def test_the_server_name_can_be_another_than_the_address(
    authority: trustme.CA, ca_file: str
) -> None:
    seen: list[str | None] = []
    context = server_context(authority, "detail.test")
    context.sni_callback = lambda _socket, name, _context: seen.append(name)
    options = TlsOptions(ca_file=ca_file, server_name="detail.test")
    assert run_over_tls(context, options).counts.completed == 6
    assert seen == ["detail.test"] * 2


def test_a_client_certificate_is_shown(authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    context = server_context(authority, "127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    without = run_over_tls(context, TlsOptions(ca_file=ca_file))
    assert without.counts.completed == 0
    client = authority.issue_cert("client@example.org")
    file = tmp_path / "client.pem"
    client.private_key_and_cert_chain_pem.write_to_path(str(file))
    options = TlsOptions(ca_file=ca_file, cert_file=str(file))
    assert run_over_tls(context, options).counts.completed == 6


def test_plain_http_on_a_tls_port_is_a_tls_error() -> None:
    with raw_server(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")) as port:
        result = run_blocking(closed(https(port), requests=1))
    assert set(result.errors) == {ErrorClass.TLS}


def test_a_handshake_that_nobody_answers_times_out_by_its_name() -> None:
    with raw_server(lambda _: time.sleep(1)) as port:
        transport = Transport(timeout_s=9, connect_timeout_s=0.3)
        result = run_blocking(closed(https(port), requests=1, transport=transport))
    assert set(result.errors) == {ErrorClass.CONNECT_TIMEOUT}
    assert "exceeded while shaking hands)" in result.error_messages()[0][0]


def test_a_large_response_over_tls_is_read_whole(authority: trustme.CA) -> None:
    async def large(exchange: Exchange) -> None:
        await exchange.respond(
            b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + bytes(3_000_000)
        )

    with serving(large, tls=server_context(authority, "x")) as server:
        transport = Transport(tls=TlsOptions(verify=False))
        result = run_blocking(closed(https(server.port), requests=3, transport=transport))
    assert result.bytes_body == 9_000_000


@pytest.mark.parametrize(
    "options",
    [TlsOptions(ca_file="/nowhere/ca.pem"), TlsOptions(cert_file="/nowhere/cert.pem")],
)
def test_a_file_that_cannot_be_read_is_named_before_anything_is_sent(options: TlsOptions) -> None:
    with pytest.raises(PlanError, match="/nowhere"):
        run_blocking(closed("https://127.0.0.1:1/", requests=1, transport=Transport(tls=options)))


def test_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "detail.sock")
    with serving(path=path) as server:
        plan = closed("http://detail/ping", requests=5, transport=Transport(unix_socket=path))
        result = run_blocking(plan)
    assert result.counts.completed == 5
    assert all(b"Host: detail\r\n" in head for head in server.heads)


def test_a_unix_socket_that_is_not_there(tmp_path: Path) -> None:
    path = str(tmp_path / "nothing.sock")
    result = run_blocking(
        closed("http://detail/", requests=1, transport=Transport(unix_socket=path))
    )
    assert set(result.errors) == {ErrorClass.REFUSED}
    assert "dial unix" in result.error_messages()[0][0]


def test_connect_to_another_address_keeps_the_host_header() -> None:
    with serving() as server:
        rule = ConnectTo.parse(f"detail.flagger:3000:127.0.0.1:{server.port}")
        transport = Transport(connect_to=(rule,))
        url = "http://detail.flagger:3000/ping"
        result = run_blocking(closed(url, requests=3, transport=transport))
    assert result.counts.completed == 3
    assert all(b"Host: detail.flagger:3000\r\n" in head for head in server.heads)


def test_the_host_header_can_be_set() -> None:
    with serving() as server:
        transport = Transport(host_header="detail.test")
        run_blocking(closed(server.url, requests=1, transport=transport))
    assert b"Host: detail.test\r\n" in server.heads[0]


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on loopback")
def test_ipv6() -> None:
    with serving(host="::1") as server:
        result = run_blocking(closed(f"http://[::1]:{server.port}/", requests=3))
    assert result.counts.completed == 3
    assert f"Host: [::1]:{server.port}\r\n".encode() in server.heads[0]


def test_names_are_tried_at_all_their_addresses_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    async def three(self: Resolver, host: str, port: int) -> list[Address]:
        found: list[Address] = [(socket.AF_INET, (f"127.0.0.{k}", port)) for k in (1, 2, 3)]
        self._known[host, port] = (1 << 62, list(found))
        return found

    monkeypatch.setattr(Resolver, "_ask", three)

    async def firsts() -> list[object]:
        resolver = Resolver()
        return [(await resolver.addresses("detail", 80))[0][1][0] for _ in range(6)]

    assert sorted(map(str, asyncio.run(firsts()))) == [f"127.0.0.{k}" for k in (1, 1, 2, 2, 3, 3)]
    with serving() as server:  # on 127.0.0.1 alone: the others refuse, and are passed over
        transport = Transport(keep_alive=False)
        plan = closed(f"http://detail:{server.port}/", requests=6, transport=transport)
        assert run_blocking(plan).counts.completed == 6


def test_plain_http_goes_through_a_proxy_in_absolute_form() -> None:
    with serving() as proxy:
        rules = ProxyRules.always(f"http://user:pass@127.0.0.1:{proxy.port}")
        plan = closed(
            "http://detail.flagger:3000/ping?x=1", requests=2, transport=Transport(proxies=rules)
        )
        result = run_blocking(plan)
    assert result.counts.completed == 2
    assert proxy.targets == ["http://detail.flagger:3000/ping?x=1"] * 2
    assert b"Host: detail.flagger:3000\r\n" in proxy.heads[0]
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n" in proxy.heads[0]


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()


def test_https_goes_through_a_tunnel(authority: trustme.CA, ca_file: str) -> None:
    with serving(respond_ok, tls=server_context(authority, "detail.test")) as target:

        async def tunnel(exchange: Exchange) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
            await exchange.respond(b"HTTP/1.1 200 Connection established\r\n\r\n")
            try:
                await asyncio.gather(pump(exchange.reader, writer), pump(reader, exchange.writer))
            finally:
                writer.close()

        with serving(tunnel) as proxy:
            transport = Transport(
                proxies=ProxyRules.always(f"127.0.0.1:{proxy.port}"),
                tls=TlsOptions(ca_file=ca_file),
            )
            plan = closed("https://detail.test/x", requests=4, transport=transport)
            result = run_blocking(plan)
    assert result.counts.completed == 4
    assert proxy.targets == ["detail.test:443"]
    assert target.targets == ["/x"] * 4


def test_a_proxy_that_does_not_want_to() -> None:
    async def forbidden(exchange: Exchange) -> None:
        await exchange.respond(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with serving(forbidden) as proxy:
        transport = Transport(proxies=ProxyRules.always(f"127.0.0.1:{proxy.port}"))
        result = run_blocking(closed("https://detail.test/", requests=1, transport=transport))
    assert set(result.errors) == {ErrorClass.PROXY}
    assert "403 Forbidden" in result.error_messages()[0][0]


def test_a_dialer_is_made_without_touching_the_network() -> None:
    Dialer(Transport(unix_socket="/nowhere"))
