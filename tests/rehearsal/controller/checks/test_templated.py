"""Metrics by template."""

from collections import deque

from rehearsal.canary.resources import MetricTemplate, MetricTemplateSpec
from rehearsal.controller.errors import QueryFailed
from tests.rehearsal.stagehand import (
    Stagehand,
    canary,
)


def test_47_template_without_an_interval() -> None:
    template = MetricTemplate(
        "latency",
        "flagger",
        MetricTemplateSpec.model_validate(
            {
                "provider": {"type": "prometheus", "address": "http://p:9090"},
                "query": "rate(x[{{ interval }}])",
            }
        ),
    )
    metric = {"name": "late", "templateRef": {"name": "latency"}, "thresholdRange": {"max": 1}}
    hand = Stagehand(canary(metrics=[metric]), templates=[template])
    hand.detected()
    hand.metrics.custom["rate(x[])"] = deque(
        [QueryFailed('error response: Status 400 Bad Request: {"status":"error"}')]
    )
    assert hand.ticks(2)[1] == [
        "Error Metric query failed for late: error response: Status 400 Bad Request:"
        ' {"status":"error"}'
    ]
