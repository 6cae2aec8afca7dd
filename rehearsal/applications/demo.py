"""The images of this project: run as their own modules, with their times on the canary's clock."""

import sys
from dataclasses import dataclass

from rehearsal.applications.base import Launch, LaunchContext

MODULES = {"detail": "detail_service", "frontend": "detail_service.frontend"}
_TIMES = ("DETAIL_DRAIN_SECONDS",)


@dataclass(frozen=True)
class DemoApplication:
    """`detail` or `frontend`, by the last part of the image's name."""

    image: str

    @property
    def description(self) -> str:
        return f"this project's {self.image}"

    def check(self) -> None:
        return None

    def launch(self, context: LaunchContext) -> Launch:
        port = str(context.main_port)
        argv = [sys.executable, "-m", MODULES[self.image], "--port", port]
        if self.image == "detail":
            argv += ["--app-version", context.pod.container.tag]
        names = {"HOST": "127.0.0.1", "HOSTNAME": context.pod_name, "POD_NAME": context.pod_name}
        return Launch(tuple(argv), {**context.env, **_scaled(context), **names})


def _scaled(context: LaunchContext) -> dict[str, str]:
    found = {}
    for name in _TIMES:
        try:
            found[name] = f"{float(context.env[name]) / context.speed:g}"
        except (KeyError, ValueError):
            continue
    return found
