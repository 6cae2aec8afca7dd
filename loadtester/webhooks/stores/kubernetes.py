"""One ConfigMap through the Kubernetes API, with the credentials every pod is given.

The API is five verbs of plain HTTP here, so no client library is needed. The token is read for
each request, because the kubelet replaces it while the pod runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from loadtester.webhooks.errors import StoreError

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_TIMEOUT_S = 5.0


class ConflictError(Exception):
    """Somebody else changed or created the object first; read it again."""


@dataclass(frozen=True)
class Credentials:
    """How to reach the API server: ``https://host:port``, a token file, the CA and a namespace."""

    url: str
    token_file: Path
    ca_file: Path | None
    namespace: str

    @classmethod
    def in_cluster(cls, environ: Mapping[str, str], account: Path = ACCOUNT) -> "Credentials":
        """What the kubelet put into this pod; StoreError outside of a cluster."""
        host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT")
        if not host or not port:
            raise StoreError("not in a cluster: KUBERNETES_SERVICE_HOST is not set")
        try:
            namespace = (account / "namespace").read_text().strip()
        except OSError as error:
            raise StoreError(f"{account / 'namespace'}: {error.strerror}") from None
        name = f"[{host}]" if ":" in host else host
        return cls(f"https://{name}:{port}", account / "token", account / "ca.crt", namespace)


class ConfigMapClient:
    """Reads and writes the ConfigMap ``name``. ConflictError asks for another try."""

    def __init__(self, credentials: Credentials, name: str) -> None:
        self._credentials = credentials
        self._name = name
        verify = str(credentials.ca_file) if credentials.ca_file else True
        try:
            self._http = httpx2.AsyncClient(
                base_url=credentials.url, verify=verify, timeout=_TIMEOUT_S, trust_env=False
            )
        except (OSError, httpx2.InvalidURL) as error:
            raise StoreError(f"Kubernetes API: {error}") from error

    async def read(self) -> tuple[dict[str, str], str]:
        """The data and its resourceVersion; both empty if there is no such ConfigMap."""
        answer = await self._call("GET", self._path(self._name))
        if answer.status_code == 404:
            return {}, ""
        value = self._value(answer)
        return dict(value.get("data") or {}), value["metadata"]["resourceVersion"]

    async def write(self, data: Mapping[str, str], version: str) -> None:
        """Replace the data that was read at ``version``; create the ConfigMap if that is empty."""
        metadata: dict[str, Any] = {"name": self._name}
        if version:
            metadata["resourceVersion"] = version
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}
        method, path = ("PUT", self._path(self._name)) if version else ("POST", self._path())
        answer = await self._call(method, path, body)
        if answer.status_code == 409 or (version and answer.status_code == 404):
            raise ConflictError
        self._value(answer)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _path(self, name: str = "") -> str:
        base = f"/api/v1/namespaces/{self._credentials.namespace}/configmaps"
        return f"{base}/{name}" if name else base

    async def _call(self, method: str, path: str, body: object = None) -> httpx2.Response:
        try:
            token = self._credentials.token_file.read_text().strip()
            headers = {"Authorization": f"Bearer {token}"}
            return await self._http.request(method, path, json=body, headers=headers)
        except (httpx2.HTTPError, OSError) as error:
            raise StoreError(f"Kubernetes API: {method} {path}: {error!r}") from error

    def _value(self, answer: httpx2.Response) -> dict[str, Any]:
        try:
            value = answer.json()
        except ValueError:
            value = {}
        if answer.is_success and isinstance(value, dict) and "metadata" in value:
            return value
        said = value.get("message", "") if isinstance(value, dict) else ""
        raise StoreError(f"Kubernetes API: status {answer.status_code} {said}".strip())
