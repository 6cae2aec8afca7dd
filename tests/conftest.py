import pytest
from hypothesis import settings

# How long an example takes says something about this machine alone.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
