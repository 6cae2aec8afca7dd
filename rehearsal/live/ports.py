"""Ports of loopback for programs that cannot be handed a socket."""

import secrets
import socket

from rehearsal.errors import UserError

# Below the ephemeral range (Linux: 32768 and up), so that no outgoing connection takes one.
_FIRST, _COUNT = 18_000, 14_000
_TRIES = 500


def free_port() -> int:
    """A port that nobody listens on at this moment; another is tried if it is taken meanwhile."""
    for _ in range(_TRIES):
        port = _FIRST + secrets.randbelow(_COUNT)
        if is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether the port can be bound on loopback and on all addresses."""
    for host in ("127.0.0.1", "0.0.0.0"):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def check_port(number: int, option: str) -> int:
    """The port, when it can be listened on; UserError otherwise. 0 lets the kernel choose."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            raise UserError(
                f"{option} {number}: {(error.strerror or 'cannot be used').lower()};"
                " choose another, or 0 for any free one"
            ) from None
    return number
