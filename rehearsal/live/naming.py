"""The names of the cluster on this machine: a loopback address for each, and a hosts file.

Where the kernel allows it, processes are started in a mount namespace whose `/etc/hosts` knows the
services of the cluster, so that any program reaches them by name and port. Elsewhere they are told
of the mesh's proxy, which helps those that heed `http_proxy` alone.
"""

import contextlib
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rehearsal.live import hosts_namespace

_PROBE_TIMEOUT_S = 10.0
_TRIES = 200


class AddressBook:
    """Hands out loopback addresses, and writes the hosts file that names them."""

    def __init__(self, hosts_file: Path) -> None:
        self.hosts_file = hosts_file
        self._prefix = _free_prefix()
        self._addresses: dict[str, str] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._listening: dict[tuple[str, int], bool] = {}
        self._write()

    def address(self, service: str, names: Iterable[str]) -> str:
        """The address of a service, the same at each call; its names lead there from now on."""
        known = self._addresses.get(service)
        if known is None:
            number = len(self._addresses) + 1
            known = self._addresses[service] = f"{self._prefix}.{number // 250}.{number % 250 + 2}"
        merged = tuple(dict.fromkeys((*self._names.get(service, ()), *names)))
        if merged != self._names.get(service):
            self._names[service] = merged
            self._write()
        return known

    def listening_ports(self, address: str, ports: Iterable[int]) -> tuple[int, ...]:
        """The ports of an address that can be listened on here; the others need privileges.

        The answer stays the same: later it is our own mesh that listens there.
        """
        return tuple(port for port in dict.fromkeys(ports) if self._is_ours(address, port))

    def _is_ours(self, address: str, port: int) -> bool:
        known = self._listening.get((address, port))
        if known is None:
            known = self._listening[address, port] = can_listen(address, port)
        return known

    def names(self) -> set[str]:
        """Every name that leads somewhere."""
        return {name for names in self._names.values() for name in names}

    def _write(self) -> None:
        """Rewrite in place: a bind mount follows the file, not its name."""
        lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost", *_own_names()]
        lines += [f"{self._addresses[s]} {' '.join(names)}" for s, names in self._names.items()]
        self.hosts_file.write_text("\n".join(lines) + "\n")


class Namespace:
    """Starts programs so that they know the names of the cluster; `usable` says whether it can."""

    def __init__(self, hosts_file: Path) -> None:
        self._hosts_file = hosts_file
        self.usable = self._probe()

    def wrap(self, argv: Sequence[str]) -> list[str]:
        """The argument vector that runs `argv` among the names of the cluster."""
        return [*self._prefix(), *argv] if self.usable else list(argv)

    def _prefix(self) -> list[str]:
        program = hosts_namespace.__file__
        return [sys.executable, "-I", "-S", program, str(self._hosts_file), "--"]

    def _probe(self) -> bool:
        try:
            probe = subprocess.run(
                [*self._prefix(), "cat", "/etc/hosts"],
                capture_output=True,
                timeout=_PROBE_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return probe.returncode == 0 and probe.stdout == self._hosts_file.read_bytes()


def can_listen(address: str, port: int) -> bool:
    """Whether this process may listen there: ports below 1024 may need privileges."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((address, port))
            return True
    return False


def _free_prefix() -> str:
    """`127.N`, for an N that no other rehearsal seems to use."""
    for _ in range(_TRIES):
        prefix = f"127.{2 + secrets.randbelow(250)}"
        if can_listen(f"{prefix}.255.254", 65535):
            return prefix
    return "127.251"


def _own_names() -> list[str]:
    """What this machine's own hosts file says besides localhost, so that it stays reachable."""
    try:
        text = Path("/etc/hosts").read_text(errors="replace")[:65536]
    except OSError:
        return []
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and "localhost" not in line]
