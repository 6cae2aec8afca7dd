"""Who has something to read: all connections of a run behind one descriptor of the event loop.

An event loop makes a handle of its own for each readable socket, and runs it in a context. With an
epoll of ours inside the loop's (epoll(7): an epoll descriptor can itself be watched) the loop wakes
us once, and each connection that is ready costs one plain call. The loop keeps its turn: at one
wake-up no more than BATCH connections are served, and what is left wakes us again.
"""

import asyncio
import select
from abc import abstractmethod
from typing import Final

BATCH: Final = 64
_INPUT: Final = 1
_DRAINED: Final = 1 | 1 << 13 | 1 << 31
"""EPOLLIN, EPOLLRDHUP and EPOLLET: told once of each arrival, and of the end of the stream."""


class Readable:
    """Whoever reads from a descriptor."""

    __slots__ = ()

    @abstractmethod
    def readable(self) -> None:
        """There is something to read."""


class Poller:
    """Calls back for descriptors that can be read; on the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll() if hasattr(select, "epoll") else None
        self._readers: dict[int, Readable] = {}
        if self._epoll is not None:
            self._loop.add_reader(self._epoll.fileno(), self._wake)

    def add(self, descriptor: int, reader: Readable, *, drains: bool = False) -> None:
        """Call `reader.readable` whenever there is something to read.

        Of a reader that `drains` the descriptor until less comes than it asked for, the kernel
        need not check after each event whether something is left: half of its work.
        """
        if self._epoll is None:
            self._loop.add_reader(descriptor, reader.readable)
            return
        self._readers[descriptor] = reader
        self._epoll.register(descriptor, _DRAINED if drains else select.EPOLLIN)

    def remove(self, descriptor: int) -> None:
        """Watch it no more; to be called before it is closed."""
        if self._epoll is None:
            self._loop.remove_reader(descriptor)
        elif self._readers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def close(self) -> None:
        """Let go of everything. Idempotent."""
        if self._epoll is not None and not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._epoll.close()
            self._readers.clear()

    def _wake(self) -> None:
        assert self._epoll is not None
        readers = self._readers
        for descriptor, events in self._epoll.poll(0, BATCH):
            reader = readers.get(descriptor)
            if reader is None:
                continue
            if events != _INPUT:  # the end may come with the last bytes, and must not be missed
                self._epoll.modify(descriptor, _INPUT)
            reader.readable()
