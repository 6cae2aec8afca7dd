"""Import aws-xray-sdk without botocore.

Importing `aws_xray_sdk.core` builds a recorder, that recorder a central sampler, and that sampler
an AWS client: a third of a second and forty megabytes for sampling rules which this service does
not ask for. The sampler is the SDK's extension point (`configure(sampler=...)`), but it comes too
late. So while a recorder is being built the module of the central sampler is represented by one
without a client; afterwards the real one can be imported as ever.
"""

import os
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from commons.errors import UsageError

DAEMON_ADDRESS = "AWS_XRAY_DAEMON_ADDRESS"
HOST_AND_PORT = re.compile(r"[^\s:]{1,253}:([0-9]{1,5})")
CENTRAL = "aws_xray_sdk.core.sampling.sampler"


class NoSampler:
    """What a recorder holds until it is given a sampler: samples nothing."""

    def should_trace(self, sampling_req: object = None) -> bool:
        return False


def check_environment(environ: MutableMapping[str, str] = os.environ) -> None:
    """Raise UsageError where the SDK would raise a traceback, now or in a thread.

    The SDK reads its variables when it is imported, and takes an empty one for a value: those are
    removed.
    """
    for name in [name for name in environ if name.startswith("AWS_XRAY_")]:
        if environ[name] == "":
            del environ[name]
    address = environ.get(DAEMON_ADDRESS)
    if address is not None and not is_daemon_address(address):
        raise UsageError(
            f"{DAEMON_ADDRESS}: {address[:100]!r} is not an address; write 127.0.0.1:2000 or "
            "'tcp:127.0.0.1:2000 udp:127.0.0.1:2000'"
        )


def is_daemon_address(text: str) -> bool:
    """`host:port`, or one for tcp and one for udp; as the SDK splits it, so without IPv6."""
    parts = text.split(" ")
    if len(parts) == 1:
        return _is_host_and_port(text)
    protocols = sorted(part[:4] for part in parts)
    return protocols == ["tcp:", "udp:"] and all(_is_host_and_port(part[4:]) for part in parts)


def _is_host_and_port(text: str) -> bool:
    found = HOST_AND_PORT.fullmatch(text)
    return found is not None and text.isascii() and 1 <= int(found[1]) <= 65535


@contextmanager
def without_central_sampler() -> Iterator[None]:
    """While it lasts, recorders are built without an AWS client."""
    real = sys.modules.get(CENTRAL)
    stand_in = ModuleType(CENTRAL)
    stand_in.DefaultSampler = NoSampler  # type: ignore[attr-defined]
    sys.modules[CENTRAL] = stand_in
    try:
        yield
    finally:
        del sys.modules[CENTRAL]
        if real is not None:
            sys.modules[CENTRAL] = real


def new_recorder() -> Any:
    """A recorder apart from the SDK's global one."""
    from aws_xray_sdk.core.recorder import AWSXRayRecorder

    with without_central_sampler():
        return AWSXRayRecorder()
