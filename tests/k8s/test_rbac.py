"""The load tester's store, spoken through an API server that grants what the Role grants."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.stores.configmap import ConfigMapStore
from loadtester.webhooks.stores.kubernetes import ConfigMapClient, Credentials
from tests.k8s.cluster import build, containers, one

VERBS = {"GET": "get", "PUT": "update", "POST": "create", "DELETE": "delete", "PATCH": "patch"}
RUN = Run("a1", "k", "a.b", "cmd", "t", "p", "c", RunState.PASSED, 1.0)
ROLE = one(build("base"), "Role", "flagger-loadtester")
ENV = next(c.env for c in containers(build("base")) if c.program == "loadtester")


def granted(verb: str, resource: str, name: str) -> bool:
    """Whether the Role allows it: https://kubernetes.io/docs/reference/access-authn-authz/rbac/"""
    return any(
        verb in rule["verbs"]
        and resource in rule["resources"]
        and ("resourceNames" not in rule or name in rule["resourceNames"])
        for rule in ROLE["rules"]
    )


class ApiServer(BaseHTTPRequestHandler):
    """ConfigMaps of one namespace; what the Role does not grant is 403."""

    objects: ClassVar[dict[str, dict[str, Any]]] = {}
    asked: ClassVar[list[str]] = []

    def answer(self) -> None:
        _, _, _, _, namespace, resource, *rest = self.path.split("/")
        name = rest[0] if rest else ""
        verb = VERBS[self.command]
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        self.asked.append(verb)
        if namespace != "flagger" or not granted(verb, resource, name):
            return self.send(403, {"message": f"may not {verb} {resource} {name}"})
        if verb == "get":
            found = self.objects.get(name)
            return self.send(200, found) if found else self.send(404, {"message": "not found"})
        body["metadata"]["resourceVersion"] = str(len(self.asked))
        self.objects[body["metadata"]["name"]] = body
        return self.send(200, body)

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = answer  # noqa: N815

    def send(self, status: int, value: object) -> None:
        self.send_response(status)
        data = json.dumps(value).encode()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[str]:
    ApiServer.objects.clear()
    ApiServer.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), ApiServer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def store(url: str, token: Path, name: str) -> ConfigMapStore:
    token.write_text("token")
    credentials = Credentials(url, token, None, "flagger")
    runs = ConfigMapClient(credentials, f"{name}-runs")
    return ConfigMapStore(ConfigMapClient(credentials, name), runs)


@pytest.mark.anyio
async def test_the_role_is_enough_to_keep_a_gate(api: str, tmp_path: Path) -> None:
    kept = store(api, tmp_path / "token", ENV["LOADTESTER_CONFIGMAP"])
    try:
        assert not await kept.is_open("detail.flagger")
        await kept.set_gate("detail.flagger", True)
        await kept.set_gate("detail.flagger", False)
        await kept.set_gate("detail.flagger", True)
        assert await kept.is_open("detail.flagger")
        await kept.save_run(RUN)
        assert await kept.runs(9) == [RUN]
    finally:
        await kept.close()

    assert set(ApiServer.asked) == {"get", "create", "update"}
    assert set(ApiServer.objects) == {"loadtester-state", "loadtester-state-runs"}


@pytest.mark.anyio
async def test_the_role_is_no_more_than_that(api: str, tmp_path: Path) -> None:
    other = store(api, tmp_path / "token", "kube-root-ca.crt")
    try:
        with pytest.raises(StoreError, match="may not get configmaps"):
            await other.is_open("detail.flagger")
    finally:
        await other.close()

    needed = {"get", "create", "update"}
    assert {verb for rule in ROLE["rules"] for verb in rule["verbs"]} == needed
    assert {resource for rule in ROLE["rules"] for resource in rule["resources"]} == {"configmaps"}


def test_the_load_tester_runs_with_that_role_and_that_store() -> None:
    (binding,) = [item for item in build("base") if item["kind"] == "RoleBinding"]
    workload = one(build("base"), "Deployment", "flagger-loadtester")
    account = workload["spec"]["template"]["spec"]["serviceAccountName"]

    assert ENV["LOADTESTER_STORE"] == "configmap"
    assert binding["roleRef"]["name"] == ROLE["metadata"]["name"]
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": account, "namespace": "flagger"}
    ]
