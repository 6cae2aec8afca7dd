"""podinfo under the Canary that Flagger documents for each provider, with times made short.

The Canaries are those of docs.flagger.app's tutorials in shape: what each provider adds to the
service, its own objects beside it, its load at the apex or through the gateway. Only interval,
steps and durations differ, so that a rollout takes a minute and not ten.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

NAMESPACE = "test"
GATEWAY = "gateway-istio.istio-system"
_REQUESTS = "hey -z 1m -q 10 -c 2 "


COMMAND = "podinfo --port={http} --port-metrics={http-metrics}"


def _probe(path: str) -> dict[str, Any]:
    words = ["podcli", "check", "http", f"localhost:9898/{path}"]
    return {"exec": {"command": words}, "initialDelaySeconds": 5, "timeoutSeconds": 5}


_DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "podinfo", "namespace": NAMESPACE, "labels": {"app": "podinfo"}},
    "spec": {
        "minReadySeconds": 5,
        "revisionHistoryLimit": 5,
        "progressDeadlineSeconds": 60,
        "strategy": {"rollingUpdate": {"maxUnavailable": 1}, "type": "RollingUpdate"},
        "selector": {"matchLabels": {"app": "podinfo"}},
        "template": {
            "metadata": {
                "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "9797"},
                "labels": {"app": "podinfo"},
            },
            "spec": {
                "containers": [
                    {
                        "name": "podinfod",
                        "image": "ghcr.io/stefanprodan/podinfo:6.0.0",
                        "ports": [
                            {"name": "http", "containerPort": 9898, "protocol": "TCP"},
                            {"name": "http-metrics", "containerPort": 9797, "protocol": "TCP"},
                            {"name": "grpc", "containerPort": 9999, "protocol": "TCP"},
                        ],
                        "command": ["./podinfo", "--port=9898", "--port-metrics=9797"],
                        "readinessProbe": _probe("readyz"),
                        "livenessProbe": _probe("healthz"),
                    }
                ]
            },
        },
    },
}
_SCALER = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "podinfo", "namespace": NAMESPACE},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "podinfo"},
        "minReplicas": 2,
        "maxReplicas": 4,
    },
}
_INGRESS: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "podinfo", "namespace": NAMESPACE},
    "spec": {
        "rules": [
            {
                "host": "app.example.com",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "podinfo", "port": {"number": 80}}},
                        }
                    ]
                },
            }
        ]
    },
}
_INGRESS_REF = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "podinfo"}
_INGRESS_ROUTE = {
    "apiVersion": "traefik.io/v1alpha1",
    "kind": "IngressRoute",
    "metadata": {"name": "podinfo", "namespace": NAMESPACE},
    "spec": {
        "entryPoints": ["web"],
        "routes": [
            {
                "match": "Host(`app.example.com`)",
                "kind": "Rule",
                "services": [{"name": "podinfo", "kind": "TraefikService", "port": 80}],
            }
        ],
    },
}
_MESH = {
    "apiVersion": "appmesh.k8s.aws/v1beta2",
    "kind": "Mesh",
    "metadata": {"name": "global"},
    "spec": {"namespaceSelector": {"matchLabels": {"mesh": "global"}}},
}
_GATEWAY = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "gateway", "namespace": "istio-system"},
    "spec": {
        "gatewayClassName": "istio",
        "listeners": [{"name": "default", "port": 80, "protocol": "HTTP"}],
    },
}


class Setting:
    """What a provider adds to the common Canary."""

    def __init__(
        self,
        provider: str,
        objects: tuple[Mapping[str, Any], ...] = (),
        load: str = "http://podinfo-canary.test/",
        service: Mapping[str, Any] | None = None,
        spec: Mapping[str, Any] | None = None,
        analysis: Mapping[str, Any] | None = None,
    ) -> None:
        self.provider = provider
        self.objects = objects
        self.load = load
        self.service = service or {}
        self.spec = spec or {}
        self.analysis = analysis or {}


SETTINGS = {
    "kubernetes": Setting("kubernetes", analysis={"iterations": 3}),
    "istio": Setting(
        "istio",
        load="http://podinfo.test:9898/",
        service={
            "port": 9898,
            "gateways": ["istio-system/public-gateway"],
            "hosts": ["app.example.com"],
            "trafficPolicy": {"tls": {"mode": "DISABLE"}},
            "retries": {
                "attempts": 3,
                "perTryTimeout": "1s",
                "retryOn": "gateway-error,connect-failure,refused-stream",
            },
        },
    ),
    "linkerd": Setting("linkerd", load="http://podinfo.test:9898/", service={"port": 9898}),
    "nginx": Setting(
        "nginx",
        objects=(_INGRESS,),
        load="-host app.example.com http://ingress-nginx-controller.ingress-nginx/",
        spec={"ingressRef": _INGRESS_REF},
    ),
    "gatewayapi": Setting(
        "gatewayapi:v1",
        objects=(_GATEWAY,),
        load=f"-host app.example.com http://{GATEWAY}/",
        service={
            "port": 9898,
            "hosts": ["app.example.com"],
            "gatewayRefs": [{"name": "gateway", "namespace": "istio-system"}],
        },
    ),
    "appmesh": Setting(
        "appmesh:v1beta2",
        objects=(_MESH,),
        load="http://podinfo.test:9898/",
        service={
            "port": 9898,
            "timeout": "15s",
            "retries": {
                "attempts": 1,
                "perTryTimeout": "5s",
                "retryOn": "gateway-error,client-error,stream-error",
            },
        },
    ),
    "skipper": Setting(
        "skipper",
        objects=(_INGRESS,),
        load="-host app.example.com http://skipper-ingress.kube-system/",
        spec={"ingressRef": _INGRESS_REF},
    ),
    "traefik": Setting(
        "traefik",
        objects=(_INGRESS_ROUTE,),
        load="-host app.example.com http://traefik.traefik/",
    ),
}


def write_manifests(folder: Path, name: str) -> Path:
    """The Canary of a provider, with all that it refers to, in one file."""
    setting = SETTINGS[name]
    steps = dict(setting.analysis) or {"maxWeight": 40, "stepWeight": 20}
    metrics = [
        {"name": "request-success-rate", "interval": "1m", "thresholdRange": {"min": 99}},
        {"name": "request-duration", "interval": "1m", "thresholdRange": {"max": 500}},
    ]
    tester = "http://flagger-loadtester.test/"
    test = "curl -sd 'test' http://podinfo-canary.test:{}/token | grep token"
    port = setting.service.get("port", 80)
    webhooks = [
        {
            "name": "acceptance-test",
            "type": "pre-rollout",
            "url": tester,
            "timeout": "30s",
            "metadata": {"type": "bash", "cmd": test.format(port)},
        },
        {
            "name": "load-test",
            "type": "rollout",
            "url": tester,
            "timeout": "5s",
            "metadata": {"type": "cmd", "cmd": _REQUESTS + setting.load},
        },
    ]
    analysis = {"interval": "15s", "threshold": 2, **steps, "metrics": metrics}
    canary = {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"name": "podinfo", "namespace": NAMESPACE},
        "spec": {
            "provider": setting.provider,
            "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "podinfo"},
            "progressDeadlineSeconds": 60,
            "autoscalerRef": {
                "apiVersion": "autoscaling/v2",
                "kind": "HorizontalPodAutoscaler",
                "name": "podinfo",
            },
            "service": {"port": 80, "targetPort": 9898, **setting.service},
            "analysis": {**analysis, "webhooks": webhooks},
            **setting.spec,
        },
    }
    file = folder / f"podinfo-{name}.yaml"
    file.write_text(yaml.safe_dump_all([canary, _DEPLOYMENT, _SCALER, *setting.objects]))
    return file
