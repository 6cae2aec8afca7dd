"""The images of this project: run as their own modules, with their times on the canary's clock."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from rehearsal.applications.base import Launch, LaunchContext
from rehearsal.applications.pod import PodSpec

MODULES = {"detail": "detail_service", "frontend": "detail_service.frontend"}
_TIMES = ("DETAIL_DRAIN_SECONDS",)
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class DemoApplication:
    """`detail` or `frontend`, by the last part of the image's name."""

    image: str

    @property
    def description(self) -> str:
        return f"this project's {self.image}"

    def check(self) -> None:
        return None

    def check_environment(self, pod: PodSpec, env: Mapping[str, str]) -> str:
        """As the program itself says it, with `--check`."""
        checking = subprocess.run(
            [*self._argv(pod, 0), "--check"],
            env={**os.environ, **env, "HOST": "127.0.0.1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
        )
        if checking.returncode == 0:
            return ""
        said = checking.stderr.decode(errors="replace").strip().splitlines() or [""]
        return said[0].removeprefix(f"{self.image}: ")

    def launch(self, context: LaunchContext) -> Launch:
        argv = self._argv(context.pod, context.main_port)
        names = {"HOST": "127.0.0.1", "HOSTNAME": context.pod_name, "POD_NAME": context.pod_name}
        page = "/metrics" if self.image == "detail" else ""
        return Launch(tuple(argv), {**context.env, **_scaled(context), **names}, fault_page=page)

    def _argv(self, pod: PodSpec, port: int) -> list[str]:
        argv = [sys.executable, "-m", MODULES[self.image], "--port", str(port)]
        return [*argv, "--app-version", pod.container.tag] if self.image == "detail" else argv


def _scaled(context: LaunchContext) -> dict[str, str]:
    found = {}
    for name in _TIMES:
        try:
            found[name] = f"{float(context.env[name]) / context.speed:g}"
        except (KeyError, ValueError):
            continue
    return found
