"""Who has something to read: all connections of a run behind one descriptor of the event loop.

An event loop makes a handle of its own for each readable socket, and runs it in a context. With an
epoll of ours inside the loop's (epoll(7): an epoll descriptor can itself be watched) the loop wakes
us once, and each connection that is ready costs one plain call. The loop keeps its turn: at one
wake-up no more than BATCH connections are served, and what is left wakes us again.
"""

import asyncio
import select
from collections.abc import Callable

BATCH = 64


class Poller:
    """Calls back for descriptors that can be read; on the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._callbacks: dict[int, Callable[[], None]] = {}
        if self._epoll is not None:
            self._loop.add_reader(self._epoll.fileno(), self._wake)

    def add(self, descriptor: int, callback: Callable[[], None]) -> None:
        """Call `callback` whenever there is something to read."""
        if self._epoll is None:
            self._loop.add_reader(descriptor, callback)
            return
        self._callbacks[descriptor] = callback
        self._epoll.register(descriptor, select.EPOLLIN)

    def remove(self, descriptor: int) -> None:
        """Watch it no more; to be called before it is closed."""
        if self._epoll is None:
            self._loop.remove_reader(descriptor)
        elif self._callbacks.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def close(self) -> None:
        """Let go of everything. Idempotent."""
        if self._epoll is not None and not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._epoll.close()
            self._callbacks.clear()

    def _wake(self) -> None:
        assert self._epoll is not None
        callbacks = self._callbacks
        for descriptor, _ in self._epoll.poll(0, BATCH):
            callback = callbacks.get(descriptor)
            if callback is not None:
                callback()
