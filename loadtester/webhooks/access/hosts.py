"""Which names in a Host header are ours.

A page whose name is rebound to the address of a load tester (DNS rebinding) is of one origin with
it for a browser: only the name in the Host header, the page's own, tells it apart. An IP address
there cannot be rebound, and neither can names that no public DNS has.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

RESOLV_CONF = Path("/etc/resolv.conf")
_LONGEST = 300
_INTERNAL = (".localhost", ".svc", ".cluster.local")


@dataclass(frozen=True)
class OwnNames:
    """The names of a server: patterns besides those that are nobody else's anyway."""

    patterns: tuple[str, ...] = ()

    def include(self, host: str) -> bool:
        """Whether a Host header (a name or an address, perhaps with a port) names this server."""
        return len(host) <= _LONGEST and _is_included(host, self.patterns)


@lru_cache(maxsize=256)  # callers come by the same few names
def _is_included(host: str, patterns: tuple[str, ...]) -> bool:
    name = _without_port(host).lower().rstrip(".")
    if _is_address(name) or "." not in name or name.endswith(_INTERNAL):
        return True
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def own_names(listening: str, allowed: Iterable[str], resolv_conf: Path = RESOLV_CONF) -> OwnNames:
    """The names of a server that listens on `listening`: this host's, those of the Services of its
    namespace in a cluster (`NAME.NAMESPACE`, told by the pod's resolv.conf), and `allowed`."""
    names = [listening, socket.gethostname(), *allowed]
    names += [f"*.{namespace}" for namespace in _namespaces(resolv_conf)]
    return OwnNames(tuple(name.lower().rstrip(".") for name in names))


def _namespaces(resolv_conf: Path) -> Iterable[str]:
    try:
        lines = resolv_conf.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        if line.startswith("search"):
            for domain in line.split()[1:]:
                namespace, _, rest = domain.partition(".")
                if rest.startswith("svc."):
                    yield namespace


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
