"""A locust master for a load run of hey: `python -m loadtester.locust.master`, started by `hey`.

It reads on stdin what to do (`loadtester.distributed.messages`), waits for the workers, gives each
its number, and passes messages on in both directions. When stdin ends it sends its workers away.
"""

import json
import signal
import sys
from typing import Any

import gevent
from gevent.fileobject import FileObject
from gevent.queue import Queue
from locust.env import Environment
from locust.runners import STATE_MISSING, MasterRunner

from loadtester.distributed.messages import (
    FAILED,
    FROM_WORKERS,
    JOINED,
    LOST,
    REFUSED,
    RESULT,
    TO_WORKERS,
    TYPE_PREFIX,
    WORK,
    Assignment,
)

_POLL_S = 0.1


class _Relay:
    """Between hey and the workers."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._numbers: dict[str, int] = {}
        self._ended: set[str] = set()
        environment = Environment(user_classes=[])
        self.runner: MasterRunner = environment.create_master_runner(
            assignment.host or "*", assignment.port
        )
        for kind in FROM_WORKERS:
            self.runner.register_message(TYPE_PREFIX + kind, self._pass_on(kind))

    def run(self, commands: "Queue[Any]") -> None:
        """To the end of the commands."""
        if not self._gather():
            return
        while True:
            command = commands.get()
            if command is None:
                return
            for kind in TO_WORKERS:
                if kind in command:
                    for name in self._numbers:
                        self.runner.send_message(TYPE_PREFIX + kind, {}, name)

    def _gather(self) -> bool:
        """Wait for the workers and tell each its part; whether enough came."""
        wanted = self._assignment.workers
        with gevent.Timeout(self._assignment.wait_s, False):
            while len(self._present()) < wanted:
                gevent.sleep(_POLL_S)
        present = self._present()
        if len(present) < wanted:
            waited = f"{self._assignment.wait_s:g} s"
            _say(FAILED, data=f"{len(present)} of {wanted} workers came within {waited}")
            return False
        for number, name in enumerate(present[:wanted]):
            self._numbers[name] = number
            _say(JOINED, number, name)
        for name, number in self._numbers.items():
            self.runner.send_message(TYPE_PREFIX + WORK, self._part(number), name)
        gevent.spawn(self._watch)
        return True

    def _present(self) -> list[str]:
        clients = self.runner.clients
        return [one.id for one in clients.ready if one.state != STATE_MISSING]

    def _part(self, number: int) -> dict[str, Any]:
        assigned = self._assignment
        return {
            "arguments": list(assigned.arguments),
            "environment": dict(assigned.environment),
            "number": number,
            "of": assigned.workers,
            "version": assigned.version,
        }

    def _watch(self) -> None:
        """Say of each worker that is gone or silent that it is lost."""
        while True:
            gevent.sleep(_POLL_S)
            known = {client.id: client for client in self.runner.clients.all}
            for name in self._numbers:
                client = known.get(name)
                if name in self._ended:
                    continue
                if client is None:
                    self._end(name, "it left")
                elif client.state == STATE_MISSING:
                    self._end(name, "no heartbeat came any more")

    def _end(self, name: str, reason: str) -> None:
        self._ended.add(name)
        _say(LOST, self._numbers[name], name, reason)

    def _pass_on(self, kind: str) -> Any:
        def listener(environment: Environment, msg: Any, **_: Any) -> None:
            if msg.node_id not in self._numbers or msg.node_id in self._ended:
                return
            if kind in (RESULT, REFUSED, LOST):
                self._ended.add(msg.node_id)
            _say(kind, self._numbers[msg.node_id], msg.node_id, (msg.data or {}).get("data"))

        return listener


def _say(kind: str, number: int = -1, name: str = "", data: Any = None) -> None:
    line = json.dumps({"kind": kind, "number": number, "name": name, "data": data})
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _read(commands: "Queue[Any]") -> None:
    with FileObject(sys.stdin.buffer.fileno(), "rb", close=False) as lines:
        for line in lines:
            commands.put(json.loads(line))
    commands.put(None)


def main() -> None:
    """Relay until stdin ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # hey decides, and tells us
    commands: Queue[Any] = Queue()
    gevent.spawn(_read, commands)
    first = commands.get()
    if first is None:
        return
    relay = _Relay(Assignment.of(first))
    try:
        relay.run(commands)
    finally:
        relay.runner.quit()


if __name__ == "__main__":
    main()
