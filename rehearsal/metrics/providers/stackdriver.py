"""Google Cloud Monitoring: the first point of an MQL query (flagger …/providers/stackdriver.go).

Flagger speaks gRPC; the same call is made here as REST, and its errors are put in gRPC's words.
"""

import base64
import json
from typing import Any

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.gohttp import Request, Response
from rehearsal.metrics.providers.decoding import parse
from rehearsal.metrics.providers.fetching import encoded, fetch, text_of
from rehearsal.metrics.providers.provider import Context, missing_keys, secret

_HOST = "https://monitoring.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/monitoring.read"
_TOKEN_URI = "https://oauth2.googleapis.com/token"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_KEY = "serviceAccountKey"
_TOKEN_LIFE_S = 3600
_FAILED = "error requesting stackdriver: "
_STATUS = {
    400: "InvalidArgument",
    401: "Unauthenticated",
    403: "PermissionDenied",
    404: "NotFound",
    409: "AlreadyExists",
    429: "ResourceExhausted",
    500: "Internal",
    501: "Unimplemented",
    503: "Unavailable",
    504: "DeadlineExceeded",
}


class Stackdriver:
    """MQL queries with a service account's key. `address` is for a proxy of the API."""

    type = "stackdriver"
    secret_keys = ("project", _KEY)

    def query(self, source: MetricSource, query: str, context: Context) -> float:
        response = _ask(source, query, context)
        document = _document(response)
        if response.status != 200:
            raise QueryFailed(_FAILED + _rpc_words(response, document))
        series = document.get("timeSeriesData")
        if not isinstance(series, list) or not series:
            raise NoValuesFound("invalid response: <nil>: no values found")
        try:
            value = series[0]["pointData"][0]["values"][0]
        except (LookupError, TypeError):
            text = json.dumps(series[0])
            raise NoValuesFound(f"invalid response: {text}: no values found") from None
        return float(value.get("doubleValue", 0.0)) if isinstance(value, dict) else 0.0

    def check_online(self, source: MetricSource, context: Context) -> None:
        """An empty query is invalid, which only a server that lets us in says."""
        response = _ask(source, "", context)
        if response.status not in (200, 400):
            raise QueryFailed(f"unexpected status code: {_code(response)}")

    def missing(self, source: MetricSource) -> str:
        return missing_keys(source, "project", _KEY)


def _ask(source: MetricSource, query: str, context: Context) -> Response:
    project = secret(source, "project")
    url = f"{source.address or _HOST}/v3/projects/{project}/timeSeries:query"
    headers = (
        ("Authorization", f"Bearer {_access_token(source, context)}"),
        ("Content-Type", "application/json"),
    )
    body = json.dumps({"query": query}).encode()
    try:
        return fetch(context.client, Request("POST", url, headers, body))
    except QueryFailed as error:
        words = f'rpc error: code = Unavailable desc = connection error: "{error}"'
        raise QueryFailed(_FAILED + words) from None


def _access_token(source: MetricSource, context: Context) -> str:
    """An access token for the service account (RFC 7523)."""
    try:
        account = json.loads(secret(source, _KEY))
        token_uri = str(account.get("token_uri") or _TOKEN_URI)
        assertion = _assertion(account, token_uri, int(context.epoch_s()))
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        raise QueryFailed(f"{_FAILED}the key {_KEY} is no service account's") from None
    form = encoded([("grant_type", _GRANT), ("assertion", assertion)])
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    response = fetch(context.client, Request("POST", token_uri, headers, form.encode()))
    token = _document(response).get("access_token")
    if response.status != 200 or not isinstance(token, str):
        text = f"oauth2: cannot fetch token: {response.status} Response: {text_of(response)}"
        raise QueryFailed(f"{_FAILED}rpc error: code = Unauthenticated desc = {text}")
    return token


def _assertion(account: dict[str, Any], token_uri: str, now_s: int) -> str:
    """A signed JWT; raises ValueError for a key that is none."""
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
    except ImportError:
        raise QueryFailed(
            f"{_FAILED}signing needs the package cryptography: pip install"
            " 'canary-rehearsal[stackdriver]'"
        ) from None
    key = serialization.load_pem_private_key(account["private_key"].encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA key")
    claims = {
        "iss": account["client_email"],
        "scope": _SCOPE,
        "aud": token_uri,
        "iat": now_s,
        "exp": now_s + _TOKEN_LIFE_S,
    }
    head = {"alg": "RS256", "typ": "JWT", "kid": account.get("private_key_id", "")}
    signed = f"{_base64(json.dumps(head).encode())}.{_base64(json.dumps(claims).encode())}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_base64(signature)}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _document(response: Response) -> dict[str, Any]:
    try:
        found = parse(response.body.decode("utf-8", "replace"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _rpc_words(response: Response, document: dict[str, Any]) -> str:
    error = document.get("error")
    message = error.get("message") if isinstance(error, dict) else None
    return f"rpc error: code = {_code(response)} desc = {message or text_of(response)}"


def _code(response: Response) -> str:
    return _STATUS.get(response.status, "Unknown")
