import io
import logging
from collections.abc import Iterator

import pytest

import detail_service.tracing  # noqa: F401  (imports the SDK without its AWS client)
from detail_service import logs


def pytest_unconfigure() -> None:
    """The SDK opens a socket when it is imported and never closes it."""
    from aws_xray_sdk.core import xray_recorder

    xray_recorder.emitter._socket.close()


@pytest.fixture
def log_stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    root.handlers = []
    logs.configure("info", stream)
    yield stream
    root.handlers, root.level = handlers, level
