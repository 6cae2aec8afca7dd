"""Objects that the examples of several rules stand beside, as YAML."""

SCALED = """\
autoscalerRef: {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, name: detail}
"""


def autoscaler(target: str = "detail", version: str = "autoscaling/v2") -> str:
    """A document with an autoscaler of a Deployment."""
    return f"""\
---
apiVersion: {version}
kind: HorizontalPodAutoscaler
metadata: {{name: detail, namespace: flagger}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {target}}}
  maxReplicas: 4
"""


def load_tester(replicas: int) -> str:
    """A document with Flagger's own load tester."""
    return f"""\
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: flagger-loadtester, namespace: flagger}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: flagger-loadtester}}}}
  template:
    metadata: {{labels: {{app: flagger-loadtester}}}}
    spec: {{containers: [{{name: loadtester, image: "ghcr.io/fluxcd/flagger-loadtester:0.38.0"}}]}}
"""
