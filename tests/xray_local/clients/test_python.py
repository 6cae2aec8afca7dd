"""The SDKs of AWS and of OpenTelemetry for Python send, and sample by our rules."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.xray_local.program import boto, wait_until, xray_program
from xray_local.service_graph import service_graph
from xray_local.spans import Health, w3c_trace_id
from xray_local.status import Running
from xray_local.trace import Trace

FOLDER = Path(__file__).parent
ANY: dict[str, Any] = {
    "ServiceName": "sdk-app", "ServiceType": "*", "Host": "*", "HTTPMethod": "*",
    "ResourceARN": "*", "Version": 1,
}  # fmt: skip


def run(name: str, *arguments: str, **environ: str) -> str:
    """What a program of this folder prints."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "OTEL_"))}
    found = subprocess.run(
        [sys.executable, str(FOLDER / name), *arguments],
        capture_output=True, text=True, timeout=60, check=False, env={**kept, **environ},
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return found.stdout


def arrived(program: Running, trace_id: str, spans: int) -> Trace:
    """The trace, when all of it is there."""
    id_ = w3c_trace_id(trace_id) or ""
    wait_until(lambda: (found := program.store.trace(id_)) and len(found.spans) == spans)
    found = program.store.trace(id_)
    assert found is not None
    return found


def test_aws_xray_sdk_sends_and_samples_by_rules_and_quotas() -> None:
    with xray_program() as program:
        client = boto(program.api)
        rules = (
            {"RuleName": "quiet", "Priority": 1, "URLPath": "/quiet", "FixedRate": 0.0,
             "ReservoirSize": 0},
            {"RuleName": "busy", "Priority": 2, "URLPath": "/busy", "FixedRate": 0.0,
             "ReservoirSize": 20},
        )  # fmt: skip
        for rule in rules:
            client.create_sampling_rule(SamplingRule={**ANY, **rule})
        said = json.loads(run("xray_sdk.py", AWS_XRAY_DAEMON_ADDRESS=program.daemon.address))
        # Without a quota one a second is borrowed; the calls may lie across two seconds.
        assert said["quiet"] == 0
        assert said["borrowed"] in (1, 2)
        assert said["granted"] in (20, 40)
        assert said["rule"] == "busy"
        trace = arrived(program, said["trace_id"], 2)
        client.close()
    call = trace.children(trace.root)[0]
    assert trace.root.http.url == "http://sdk-app/buy"
    assert (trace.root.health, trace.root.user) == (Health.FAULT, "kim")
    assert trace.root.annotations == {"order": 7}
    (exception,) = call.exceptions
    assert (exception.type, exception.message) == ("OSError", "no payment today")
    assert exception.stack[0].path.endswith("xray_sdk.py")
    assert set(service_graph([trace]).edges) == {("client", "sdk-app"), ("sdk-app", "payment")}


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_opentelemetry_sdk_sends(compression: str) -> None:
    with xray_program() as program:
        printed = run("otel_sdk.py", compression, OTEL_EXPORTER_OTLP_ENDPOINT=program.otlp)
        trace = arrived(program, printed.strip(), 2)
        client = boto(program.api)
        (found,) = client.batch_get_traces(TraceIds=[trace.xray_id])["Traces"]
        client.close()
    (document,) = (json.loads(one["Document"]) for one in found["Segments"])
    assert (document["name"], document["fault"]) == ("otel-app", True)
    (call,) = document["subsegments"]
    assert (call["name"], call["namespace"]) == ("payment", "remote")
    (exception,) = call["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("OSError", "no payment today")
    assert set(service_graph([trace]).edges) == {("client", "otel-app"), ("otel-app", "payment")}
