"""How the flags say connections are made, used and given up."""

from collections.abc import Mapping

from loadtester.hey import flags
from loadtester.hey.goflag import Values
from loadtester.hey.requests import host_header
from loadtester.load.plan import ConnectTo, TlsOptions, Transport
from loadtester.load.transport.proxies import ProxyRules

REDIRECTS = 10
"""hey, like Go, follows so many before it gives up."""


def transport(values: Values, environment: Mapping[str, str], url: str) -> Transport:
    """The transport to `url` that the flags and the environment's proxies describe."""
    return Transport(
        timeout_s=float(values[flags.TIMEOUT]),
        connect_timeout_s=values[flags.CONNECT_TIMEOUT],
        keep_alive=not values[flags.NO_KEEPALIVE],
        compression=not values[flags.NO_COMPRESSION],
        max_redirects=0 if values[flags.NO_REDIRECTS] else REDIRECTS,
        proxies=_proxies(values, environment),
        connect_to=tuple(ConnectTo.parse(text) for text in values[flags.CONNECT_TO]),
        unix_socket=values[flags.UNIX_SOCKET] or None,
        host_header=host_header(values),
        tls=_tls(values),
        reuse_cap=values[flags.REUSE] or None,
        max_age_s=values[flags.MAX_AGE] or None,
        http2=values[flags.H2C] or (values[flags.HTTP2] and url.lower().startswith("https:")),
    )


def _proxies(values: Values, environment: Mapping[str, str]) -> ProxyRules:
    if proxy := values[flags.PROXY]:
        return ProxyRules.always(proxy)
    return ProxyRules.from_environment(environment)


def _tls(values: Values) -> TlsOptions:
    return TlsOptions(
        verify=not values[flags.INSECURE],
        ca_file=values[flags.CA_CERT] or None,
        cert_file=values[flags.CERT] or None,
        key_file=values[flags.KEY] or None,
        server_name=values[flags.SNI] or values[flags.HOST].partition(":")[0] or None,
    )
