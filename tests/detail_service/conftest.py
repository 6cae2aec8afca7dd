from collections.abc import Iterator

import pytest
from aws_xray_sdk.core import xray_recorder

from detail_service import tracing


@pytest.fixture(scope="session", autouse=True)
def _close_the_global_emitter() -> Iterator[None]:
    """The SDK opens a socket when it is imported and never closes it."""
    assert tracing.sdk
    yield
    xray_recorder.emitter._socket.close()
