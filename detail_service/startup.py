"""A quick start: nothing that is made then is garbage, so nobody looks for any."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Import and set up without a collection: they are a tenth of a cold start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def freeze_garbage() -> None:
    """Spare the collector what was made to stay (modules, models, routes), and let it work."""
    gc.freeze()
    gc.enable()
