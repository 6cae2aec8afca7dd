"""Which proxy a URL goes through: the rules of `http_proxy`, `https_proxy` and `no_proxy`."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from loadtester.load.errors import PlanError
from loadtester.load.transport.hosts import parse_host


def parse_proxy(text: str, where: str = "proxy") -> str:
    """`host:port` or `http://[user:pass@]host:port`, normalised to a URL. PlanError if neither."""
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        host, scheme, _ = parse_host(parts.hostname or ""), parts.scheme, parts.port
    except ValueError as error:
        raise PlanError(f"{where}: {text!r} is not a proxy address ({error})") from error
    if scheme != "http" or not host:
        raise PlanError(f"{where}: {text!r} is not a proxy address; write http://host:port")
    return url


@dataclass(frozen=True, slots=True)
class ProxyRules:
    """Proxies by the target's scheme, and the hosts that are reached without one.

    `no_proxy` entries are hosts, domain suffixes (`.svc`), addresses, networks in CIDR form,
    each with an optional `:port`, or `*`. The rules are those of Go's
    httpproxy package, loopback targets included, and curl's `all_proxy` beside them.
    """

    http: str | None = None
    https: str | None = None
    no_proxy: tuple[str, ...] = ()
    bypass_loopback: bool = False
    """Reach localhost and loopback addresses directly."""

    @classmethod
    def always(cls, proxy: str) -> Self:
        """Every request goes through `proxy`, as with curl's and hey's `-x`."""
        url = parse_proxy(proxy, "-x")
        return cls(http=url, https=url)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Rules from `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`.

        Lower case wins. HTTP_PROXY in capitals is ignored inside CGI (REQUEST_METHOD set),
        where a client could have set it (CVE-2016-5385).
        """
        cgi = "REQUEST_METHOD" in environ

        both = environ.get("all_proxy") or environ.get("ALL_PROXY")

        def value(name: str) -> str | None:
            upper = None if cgi and name == "http_proxy" else environ.get(name.upper())
            text = environ.get(name) or upper or both
            return parse_proxy(text, name) if text else None

        listed = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
        no_proxy = tuple(part.strip().lower() for part in listed.split(",") if part.strip())
        return cls(value("http_proxy"), value("https_proxy"), no_proxy, bypass_loopback=True)

    def for_url(self, scheme: str, host: str, port: int) -> str | None:
        """The proxy's URL for a target, or None for a direct connection."""
        proxy = self.https if scheme == "https" else self.http
        if proxy is None or (self.bypass_loopback and _is_loopback(host)):
            return None
        if any(_matches(rule, host.lower(), port) for rule in self.no_proxy):
            return None
        return proxy


NO_PROXIES = ProxyRules()


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _matches(rule: str, host: str, port: int) -> bool:
    if rule == "*":
        return True
    if "/" in rule:
        return _in_network(host, rule)
    name, _, rule_port = rule.rpartition(":")
    if name and rule_port.isdigit() and not (":" in name and "]" not in name):
        if int(rule_port) != port:
            return False
        rule = name
    rule = rule.strip("[]").removeprefix("*")
    if rule.startswith("."):
        return host.endswith(rule)
    return host == rule or host.endswith(f".{rule}")


def _in_network(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
