"""The flags of the page, and the socket it listens on, opened before anything starts."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commons.flags import Flag, with_twins
from commons.sockets import listen
from commons.values import switch, text, whole_number
from rehearsal.errors import UserError
from rehearsal.output.web.access import Access

WEB_FLAGS = with_twins(
    "REHEARSE_",
    (
        Flag("web", "serve a page that shows the rehearsal and takes commands", False, switch),
        Flag("open", "open the page in a browser", False, switch),
        Flag("manual", "let the page play the steps, and end the rehearsal", False, switch),
        Flag("web-host", "where the page listens", "127.0.0.1", text("HOST")),
        Flag("web-port", "its port, 0 for any free one", 0, whole_number(0, 65535)),
    ),
)


@dataclass(frozen=True)
class WebOptions:
    """A page that can be served: its socket listens. With `manual` it plays the steps."""

    listener: socket.socket
    access: Access
    opens_browser: bool = False
    manual: bool = False


def open_web(values: Mapping[str, Any]) -> WebOptions | None:
    """The page that was asked for; UserError when it cannot be served."""
    if not values["web"]:
        for flag in ("open", "manual"):
            if values[flag]:
                raise UserError(f"--{flag}: is about the page; add --web")
        return None
    host = values["web_host"]
    listener = listen(host, values["web_port"], "choose another with --web-host and --web-port")
    access = Access(host, listener.getsockname()[1])
    return WebOptions(listener, access, values["open"], values["manual"])
