from collections.abc import Iterator

import pytest

import detail_service.tracing  # noqa: F401  (imports the SDK without its AWS client)


@pytest.fixture(scope="session", autouse=True)
def _close_the_global_emitter() -> Iterator[None]:
    """The SDK opens a socket when it is imported and never closes it."""
    from aws_xray_sdk.core import xray_recorder

    yield
    xray_recorder.emitter._socket.close()
