"""A gRPC application: ready by its health service, called through the mesh by its own protocol."""

from pathlib import Path

import pytest

from tests.e2e.go_programs import grpc_health_probe, grpc_server, search_path
from tests.e2e.rehearsing import rehearsing

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

_ASK = "grpc_health_probe -addr=echo-canary.prod:9000"
_MANIFESTS = f"""\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {{name: echo, namespace: prod}}
spec:
  provider: istio
  targetRef: {{apiVersion: apps/v1, kind: Deployment, name: echo}}
  progressDeadlineSeconds: 60
  service: {{port: 9000, targetPort: 9000, appProtocol: grpc}}
  analysis:
    interval: 10s
    threshold: 2
    iterations: 2
    metrics:
    - {{name: request-success-rate, interval: 30s, thresholdRange: {{min: 99}}}}
    webhooks:
    - name: health
      type: pre-rollout
      url: http://flagger-loadtester.prod/
      timeout: 30s
      metadata: {{type: bash, cmd: "{_ASK}"}}
    - name: load
      url: http://flagger-loadtester.prod/
      metadata: {{cmd: "for one in $(seq 20); do {_ASK}; sleep 0.2; done"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: echo, namespace: prod}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: echo}}}}
  template:
    metadata: {{labels: {{app: echo}}}}
    spec:
      containers:
      - name: echo
        image: echo:1
        ports: [{{name: grpc, containerPort: 9000}}]
        readinessProbe: {{grpc: {{port: 9000}}, periodSeconds: 1}}
"""


@pytest.mark.parametrize(
    ("flag", "code", "said"),
    [
        ("new", 0, "Promotion completed! Scaling down echo.prod"),
        ("not-serving", 3, "Canary failed! Scaling down echo.prod"),
    ],
)
def test_a_grpc_application_is_known_by_its_health(
    tmp_path: Path, flag: str, code: int, said: str
) -> None:
    file = tmp_path / "echo.yaml"
    file.write_text(_MANIFESTS)
    command, probe = grpc_server(), grpc_health_probe()
    words = ("run", "-f", str(file), "--stable", command, "--candidate", f"{command} {flag}")
    more = ("--speed", "6", "--traffic", "none")
    with rehearsing(*words, *more, folder=tmp_path, env=search_path(probe)) as run:
        assert run.wait() == code, run.output + run.errors
        assert said in run.output
        assert run.none_left() == {}
