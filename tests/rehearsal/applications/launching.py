"""A pod that is about to be launched."""

from typing import Any

from rehearsal.applications import LaunchContext
from rehearsal.applications.pod import read_pod


def context(image: str = "shop:1.2", **more: Any) -> LaunchContext:
    """A pod `shop-1` whose ports 8080 (http) and 9797 (http-metrics) are 20001 and 20002 here."""
    container = {
        "name": "app",
        "image": image,
        "ports": [
            {"containerPort": 8080, "name": "http"},
            {"containerPort": 9797, "name": "http-metrics"},
        ],
        **more.pop("container", {}),
    }
    given: dict[str, Any] = {
        "pod_name": "shop-1",
        "pod": read_pod({"spec": {"containers": [container]}}, "http"),
        "main_port": 20001,
        "ports": {8080: 20001, 9797: 20002},
        "env": {},
        "mounts": {},
    }
    return LaunchContext(**{**given, **more})
