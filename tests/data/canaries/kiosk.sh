#!/usr/bin/env bash
# Rolls the kiosk out: all of it in here-documents, the checks beside the Canary.
set -euo pipefail

cat <<YAML | kubectl apply -f -
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: kiosk-errors, namespace: meters}
spec:
  provider: {type: prometheus, address: "http://prometheus.meters:9090"}
  query: |
    sum(rate(envoy_cluster_upstream_rq{
      envoy_cluster_name=~"{{ namespace }}_{{ target }}-canary_{{ variables.port }}",
      envoy_response_code=~"5.*"}[{{ interval }}])) or vector(0)
YAML

echo "weights first"
kubectl apply -f - <<'YAML'
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: kiosk, namespace: stalls}
spec:
  provider: contour
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: kiosk}
  service: {port: 80, targetPort: 8081}
  analysis:
    interval: 30s
    threshold: 2
    maxWeight: 45
    stepWeight: 15
    metrics:
    - {name: request-success-rate, thresholdRange: {min: 97}, interval: 1m}
    - name: kiosk-errors
      templateRef: {name: kiosk-errors, namespace: meters}
      templateVariables: {port: "80"}
      thresholdRange: {max: 3}
      interval: 1m
    webhooks:
    - name: orders
      url: http://flagger-loadtester.stalls/
      metadata: {cmd: "hey -z 1m -q 4 -c 2 -host kiosk.example http://envoy.edge/orders"}
YAML

echo "then by header"
kubectl apply -f - <<'YAML'
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: kiosk, namespace: stalls}
spec:
  provider: contour
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: kiosk}
  service: {port: 80, targetPort: 8081}
  analysis:
    interval: 30s
    threshold: 2
    iterations: 4
    match:
    - headers: {x-stall: {exact: corner}}
    metrics:
    - {name: request-success-rate, thresholdRange: {min: 97}, interval: 1m}
    webhooks:
    - name: orders
      url: http://flagger-loadtester.stalls/
      metadata: {cmd: "hey -z 1m -q 4 -c 2 -H 'x-stall: corner' -host kiosk.example http://envoy.edge/"}
YAML
