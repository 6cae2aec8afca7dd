"""What a new server makes of what an earlier one left: runs that nobody will end any more."""

import os
import socket
import time
from dataclasses import dataclass, replace

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.runs import State
from loadtester.webhooks.stores import Store

_LOOKED_AT = 1000


@dataclass(frozen=True)
class Server:
    """One server process: the host (in a cluster, the pod) and the process id."""

    host: str
    pid: int

    @classmethod
    def this(cls) -> "Server":
        """The one we are."""
        return cls(socket.gethostname(), os.getpid())

    @classmethod
    def parse(cls, text: str) -> "Server":
        """The inverse of ``str``; anything else is a server that is gone."""
        host, _, pid = text.rpartition(":")
        return cls(host, int(pid) if pid.isdigit() else 0)

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"

    def is_gone(self, asker: "Server", shared: bool) -> bool:
        """Whether ``asker``, which has just started, may take this one for dead.

        A process id means something on the same host only. Elsewhere it depends on the store: a
        shared one has other replicas in it, a file has moved here with its volume.
        """
        if self.host != asker.host:
            return not shared
        return self.pid == asker.pid or not _is_alive(self.pid)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0


async def recover(store: Store, metrics: Metrics, me: Server, shared: bool) -> int:
    """Mark the runs of servers that are gone as lost, and show the gates; how many were lost.

    A store that cannot be read is no reason not to start: its next use will say so.
    """
    lost = 0
    try:
        for run in await store.runs(_LOOKED_AT):
            if run.state is State.RUNNING and Server.parse(run.server).is_gone(me, shared):
                error = "the server that ran it is gone"
                await store.save_run(
                    replace(run, state=State.LOST, ended_at=time.time(), error=error)
                )
                lost += 1
        for gate, is_open in (await store.gates()).items():
            metrics.gates.labels(gate).set(is_open)
    except StoreError:
        return lost
    return lost
