"""Listening sockets: bound before anything else starts, and handed on."""

import socket

from commons.errors import UserError

BACKLOG = 2048


def listen(
    host: str, port: int, advice: str = "choose another with --host and --port"
) -> socket.socket:
    """A TCP socket that listens on `host` and `port` (0: any free one).

    UserError if the address is taken, is not this machine's or cannot be resolved.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            # Accepted sockets inherit this; with Nagle's algorithm small responses wait 40 ms.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except (OSError, UnicodeError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "not a host name or address"
        raise UserError(f"cannot listen on {host}:{port}: {reason}; {advice}") from None
    return listener
