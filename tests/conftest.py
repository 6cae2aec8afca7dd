import signal
import sys
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from hypothesis import settings

from tests import live_slots
from tests.coverage_of_loops import trace_loops_apart

# A shell starts what it runs in the background with SIGINT ignored, and so would be every program
# that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if sys.version_info < (3, 12):
    trace_loops_apart()

# How long an example takes says something about this machine alone.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


_PATIENCE_S = 300
"""For a rehearsal, whose clock goes slower on a machine that does not keep up."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tracing doubles the time of what is slow already or tries hundreds of examples; what runs
    in processes of its own is not traced."""
    for item in items:
        if item.get_closest_marker("e2e") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_PATIENCE_S))
        if item.get_closest_marker("slow") or item.get_closest_marker("e2e") or _has_examples(item):
            item.add_marker(pytest.mark.no_cover)
    items[:] = live_slots.spread(items)


def _has_examples(item: pytest.Item) -> bool:
    return bool(getattr(getattr(item, "obj", None), "is_hypothesis_test", False))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Not too many rehearsals at once; the wait is no part of a test's time."""
    with live_slots.slot() if item.get_closest_marker("e2e") else nullcontext():
        return (yield)
