import socket

import pytest

from commons.errors import UserError
from commons.sockets import listen


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_it_listens_from_the_start(host: str) -> None:
    with listen(host, 0) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        with socket.create_connection(listener.getsockname()[:2], timeout=5):
            pass


def test_a_taken_port_is_one_line() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(UserError) as caught:
            listen("127.0.0.1", port, "choose another with --port")
    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another with --port"
    )


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "no.such.host.invalid", "a" * 300, "..", "::zz", "a\0b", "\udc80"]
)
def test_any_other_host_is_a_user_error(host: str) -> None:
    with pytest.raises(UserError, match=r"^cannot listen on .*; choose another"):
        listen(host, 0)
