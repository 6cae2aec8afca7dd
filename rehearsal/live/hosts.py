"""The hosts that a canary's webhooks call, and what stands for each on this machine. Pure.

A receiver in the cluster is our load tester, whatever it is called. A host in a hook's command is a
service of the canary, or the address of a gateway, which leads to the apex, as it does on a
cluster; or it is what the user says (`--host NAME=apex|canary|primary|URL`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from rehearsal.errors import UserError
from rehearsal.flagger.canary.model import Canary
from rehearsal.live.config import HostTarget
from rehearsal.live.mesh.canary_rules import service_hosts

SIDES = ("apex", "canary", "primary")
_URL_HOST = re.compile(r"\b(?:https?|grpc|ws)://(?:[^\s/@'\"]{0,200}@)?([A-Za-z0-9._-]{1,253})")
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9._/-])([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}):\d{1,5}\b"
)
_PUBLIC = frozenset({"com", "org", "net", "io", "edu", "gov", "info", "biz", "eu", "de", "uk"})
_GATEWAY_WORDS = ("gateway", "ingress", "nginx", "traefik", "contour", "gloo", "skipper", "envoy")
_MOST_COMMAND_CHARS = 65_536


@dataclass(frozen=True)
class HostPlan:
    """What hosts were found: our load tester's, those of gateways, and those that nobody serves."""

    receivers: tuple[tuple[str, str], ...]
    targets: tuple[HostTarget, ...]
    unserved: tuple[str, ...]


def plan_hosts(
    canaries: Sequence[Canary], given: Mapping[str, HostTarget], served: Iterable[str] = ()
) -> HostPlan:
    """Find a place for every host of every webhook; `served` are names that others answer to."""
    receivers = {
        split_host(host, canary.namespace): None
        for canary in canaries
        for host in _receiver_hosts(canary)
        if is_cluster_host(host) and host not in given
    }
    known = {n for c in canaries for n in _own_hosts(c)} | set(served) | set(given)
    known |= {n for name, namespace in receivers for n in service_hosts(name, namespace)}
    targets, unserved = dict(given), []
    for host in dict.fromkeys(h for c in canaries for h in _command_hosts(c)):
        if host in known or not is_cluster_host(host):
            continue
        if any(word in host for word in _GATEWAY_WORDS):
            targets[host] = HostTarget(host, "apex")
        else:
            unserved.append(host)
    return HostPlan(tuple(receivers), tuple(targets.values()), tuple(unserved))


def parse_host_option(text: str) -> HostTarget:
    """Read `NAME=apex|canary|primary|URL`; UserError says what is wrong."""
    host, equals, target = text.partition("=")
    if not equals or not host or not target:
        raise UserError(f"--host {text!r}: write NAME=apex, canary, primary or a URL")
    if target in SIDES:
        return HostTarget(host, target)
    try:
        return HostTarget(host, address=parse_address(target))
    except ValueError as error:
        raise UserError(f"--host {text!r}: {error}") from None


def parse_address(url: str) -> tuple[str, int]:
    """Host and port of a URL or of HOST[:PORT]; ValueError says what is wrong."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    return parts.hostname, port


def is_cluster_host(host: str) -> bool:
    """Whether a host looks like a Service's name rather than a public one or an address."""
    labels = host.rstrip(".").split(".")
    if all(label.isdecimal() for label in labels) or host == "localhost":
        return False
    if host.endswith((".svc", ".cluster.local")):
        return True
    return len(labels) == 1 or (len(labels) == 2 and labels[1] not in _PUBLIC)


def split_host(host: str, namespace: str) -> tuple[str, str]:
    """The Service and namespace that a host names; `namespace` where it names none."""
    labels = host.split(".")
    return labels[0], labels[1] if len(labels) > 1 else namespace


def _own_hosts(canary: Canary) -> Iterator[str]:
    for suffix in ("", "-canary", "-primary"):
        yield from service_hosts(f"{canary.apex_service}{suffix}", canary.namespace)
    yield from canary.spec.service.hosts


def _receiver_hosts(canary: Canary) -> Iterator[str]:
    for hook in canary.spec.analysis.webhooks:
        try:
            host = urlsplit(hook.url).hostname
        except ValueError:
            continue
        if host:
            yield host


def _command_hosts(canary: Canary) -> Iterator[str]:
    for hook in canary.spec.analysis.webhooks:
        for text in (hook.metadata or {}).values():
            for pattern in (_URL_HOST, _ADDRESS):
                yield from pattern.findall(text[:_MOST_COMMAND_CHARS])
