"""Serve until told to stop, then stop in order: tasks first, connections last, no child left."""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
from collections.abc import Generator

import uvicorn

from commons.errors import UserError
from commons.loop import run
from commons.sockets import listen
from loadtester.webhooks import app
from loadtester.webhooks.access.auth import Keys
from loadtester.webhooks.access.connections import Connections, connection_limit, limited
from loadtester.webhooks.access.secrecy import forbid_inspection
from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.runs.recorder import RunRecorder
from loadtester.webhooks.service import Service
from loadtester.webhooks.settings import Settings
from loadtester.webhooks.stores import STORES, Store

log = logging.getLogger("loadtester")
_KEEP_ALIVE_S = 75
_TICKS_PER_SWEEP = 10
_LAST_ANSWERS_S = 5
_LAST_SAVES_S = 5.0
_SAVE_PAUSE_S = 0.2


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handling: ours drains the tasks first."""

    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self._connections = connections

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; once a second slow clients are looked for."""
        if counter % _TICKS_PER_SWEEP == 0:
            self._connections.sweep(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. UserError if it cannot start."""
    check_programs(settings)
    keys = settings.keys()
    if keys.required:
        forbid_inspection()
    listener = listen(settings.host, settings.port)
    with listener:
        try:
            store = STORES[settings.store](settings)
        except StoreError as error:
            raise UserError(f"--store {settings.store}: {error}") from error
        run(_serve(settings, keys, store, listener))


def check_programs(settings: Settings) -> None:
    """UserError unless the shells that tasks need are there."""
    for program in () if settings.no_shell else ("sh", "bash"):
        if shutil.which(program) is None:
            raise UserError(f"{program} is not in PATH: install it, or start with --no-shell")


async def _serve(settings: Settings, keys: Keys, store: Store, listener: socket.socket) -> None:
    service = Service.build(settings, keys, store)
    service.processes.open()  # before the limit of files is raised, which is not for commands
    limit = connection_limit(settings.max_connections, settings.max_tasks)
    connections = Connections(limit)
    config = uvicorn.Config(
        app.build(service),
        http=limited(connections),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
    )
    server = _Server(config, connections)
    service.heartbeat.start()
    stopping = _stop_on_signals(server, service, settings.shutdown_grace)
    port = listener.getsockname()[1]
    said = {"version": service.version, "port": port}
    log.info("Starting load tester v%s API on port %d", service.version, port, extra=said)
    try:
        await server.serve([listener])
    finally:
        await service.runner.kill()
        service.processes.close()
        await service.heartbeat.stop()
        await save_the_rest(service.recorder)
        await service.store.close()
        stopping.clear()
        log.info("HTTP server stopped")


async def save_the_rest(recorder: RunRecorder, patience_s: float = _LAST_SAVES_S) -> None:
    """Save the runs that are not on record yet, as long as there is hope."""
    deadline = asyncio.get_running_loop().time() + patience_s
    while recorder.unsaved:
        try:
            await recorder.save_unsaved()
        except StoreError as error:
            if asyncio.get_running_loop().time() > deadline:
                log.error("%d runs are not recorded: %s", len(recorder.unsaved), error)
                return
            await asyncio.sleep(_SAVE_PAUSE_S)


def _stop_on_signals(
    server: uvicorn.Server, service: Service, grace_s: float
) -> "set[asyncio.Task[None]]":
    """On the first signal drain, on the second leave at once. Holds the draining task."""
    stopping: set[asyncio.Task[None]] = set()

    async def drain() -> None:
        log.info("shutting down the task runner")
        await service.runner.drain(grace_s)
        server.should_exit = True

    def stop() -> None:
        if stopping:
            os._exit(1)  # the reaper sees it, and kills what is left
        stopping.add(asyncio.ensure_future(drain()))

    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop)
    return stopping
