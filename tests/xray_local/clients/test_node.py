"""The SDKs of AWS and of OpenTelemetry for Node send, if FOREIGN_CLIENTS asks for them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.xray_local.clients.test_python import FOLDER, arrived
from tests.xray_local.program import xray_program
from xray_local.service_graph import service_graph

PACKAGES = (
    "aws-xray-sdk-core@3",
    "@opentelemetry/api@1",
    "@opentelemetry/resources@2",
    "@opentelemetry/sdk-trace-base@2",
    "@opentelemetry/exporter-trace-otlp-http",
    "@opentelemetry/exporter-trace-otlp-proto",
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not os.environ.get("FOREIGN_CLIENTS") or not shutil.which("npm"),
        reason="FOREIGN_CLIENTS is not set, or npm is not there",
    ),
]


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SDKs, installed; FOREIGN_CLIENTS may name a folder that has them already."""
    given = Path(os.environ["FOREIGN_CLIENTS"])
    if (given / "node_modules").is_dir():
        return given / "node_modules"
    folder = tmp_path_factory.mktemp("node")
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES]
    subprocess.run(install, cwd=folder, check=True, timeout=250)
    return folder / "node_modules"


def run(modules: Path, name: str, *arguments: str, **environ: str) -> str:
    found = subprocess.run(
        ["node", str(FOLDER / name), *arguments],
        capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": os.environ["PATH"], "NODE_PATH": str(modules), **environ},
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


def test_aws_xray_sdk_sends(modules: Path) -> None:
    with xray_program() as program:
        address = program.daemon.address
        trace_id = run(modules, "xray_sdk.js", AWS_XRAY_DAEMON_ADDRESS=address).splitlines()[-1]
        trace = arrived(program, trace_id, 2)
    (call,) = trace.children(trace.root)
    assert trace.root.annotations == {"order": 7}
    assert call.exceptions[0].message == "no payment today"
    assert set(service_graph([trace]).edges) == {("client", "node-app"), ("node-app", "payment")}


@pytest.mark.parametrize("encoding", ["http", "proto"])
def test_opentelemetry_sdk_sends(modules: Path, encoding: str) -> None:
    """Its exporter of the name `http` sends JSON."""
    with xray_program() as program:
        trace_id = run(
            modules, "otel_sdk.js", encoding, OTEL_EXPORTER_OTLP_ENDPOINT=program.otlp
        )  # fmt: skip
        trace = arrived(program, trace_id, 2)
    (call,) = trace.children(trace.root)
    assert call.exceptions[0].message == "no payment today"
    assert call.exceptions[0].stack[0].path.endswith("otel_sdk.js")
    assert set(service_graph([trace]).edges) == {("client", "node-app"), ("node-app", "payment")}
