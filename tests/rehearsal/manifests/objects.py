"""Texts of small objects that tests change."""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: detail
  namespace: flagger
spec:
  replicas: 2
  selector: {matchLabels: {app: detail}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0}}
  template:
    metadata: {labels: {app: detail}}
    spec:
      containers:
        - name: detail
          image: detail:1.0
          command: [detail]
          args: ["--port", "3000"]
          env:
            - {name: A, value: "1"}
            - name: B
              valueFrom: {configMapKeyRef: {name: settings, key: b}}
            - name: C
              valueFrom: {secretKeyRef: {name: passwords, key: c, optional: true}}
            - name: POD
              valueFrom: {fieldRef: {fieldPath: metadata.name}}
          envFrom:
            - configMapRef: {name: more}
          ports:
            - {name: http, containerPort: 3000}
          readinessProbe: {httpGet: {path: /ping, port: http}, periodSeconds: 3}
          livenessProbe: {tcpSocket: {port: 3000}}
          startupProbe: {exec: {command: ["true"]}}
          volumeMounts:
            - {name: files, mountPath: /etc/files}
      volumes:
        - name: files
          projected:
            sources:
              - configMap: {name: settings}
              - secret: {name: keys}
"""
AUTOSCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: detail, namespace: flagger}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: detail}
  minReplicas: 2
  maxReplicas: 4
"""
CANARY = """\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: detail, namespace: flagger}
spec:
  provider: gatewayapi:v1
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: detail}
  autoscalerRef: {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, name: detail}
  service: {port: 3000, gatewayRefs: [{name: gateway, namespace: gw}]}
  analysis:
    interval: 1m
    threshold: 2
    stepWeight: 5
    metrics:
      - {name: late, interval: 1m, templateRef: {name: late}, thresholdRange: {max: 1}}
    alerts:
      - {name: chat, severity: info, providerRef: {name: chat, namespace: alerts}}
"""
TEMPLATE = """\
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: late, namespace: flagger}
spec:
  provider: {type: prometheus, address: "http://p:9090", secretRef: {name: token}}
  query: up
"""
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: flagger}
data: {b: "2"}
binaryData: {raw: /w==}
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: keys, namespace: flagger}
data: {k: YQ==}
stringData: {l: b}
"""


def joined(*texts: str) -> str:
    """Several documents."""
    return "---\n".join(texts)
