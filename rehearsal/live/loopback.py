"""HTTP clients of what listens on this machine: without TLS, and past the environment's proxies.

The certificates of this machine take tens of milliseconds to read, and nobody here shows one.
"""

import ssl
from typing import Any

import httpx2

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
NO_TLS.check_hostname = False
NO_TLS.verify_mode = ssl.CERT_NONE


def loopback_client(**options: Any) -> httpx2.AsyncClient:
    """A client that verifies nobody; the options are those of `httpx2.AsyncClient`."""
    return httpx2.AsyncClient(verify=NO_TLS, trust_env=False, **options)
