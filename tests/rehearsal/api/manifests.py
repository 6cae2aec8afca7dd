"""A Canary that is over in a few seconds, and its Deployment."""

from pathlib import Path
from typing import Any

import yaml


def write_manifests(file: Path, *, webhooks: tuple[dict[str, Any], ...] = ()) -> Path:
    """`shop.prod` over App Mesh in steps of 20 up to 40, looked at every ten seconds."""
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}
    metric = {"name": "request-success-rate", "interval": "30s", "thresholdRange": {"min": 99}}
    spec = {
        "provider": "appmesh:v1beta2",
        "progressDeadlineSeconds": 60,
        "targetRef": ref,
        "service": {"port": 8080},
        "analysis": {
            "interval": "10s",
            "threshold": 2,
            "maxWeight": 40,
            "stepWeight": 20,
            "metrics": [metric],
            "webhooks": list(webhooks),
        },
    }
    metadata = {"name": "shop", "namespace": "prod"}
    canary = {"apiVersion": "flagger.app/v1beta1", "kind": "Canary", "metadata": metadata}
    file.write_text(yaml.safe_dump({**canary, "spec": spec}))
    return file
