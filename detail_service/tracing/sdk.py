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
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from detail_service.errors import SettingError

DAEMON_ADDRESS = "AWS_XRAY_DAEMON_ADDRESS"
ADDRESS = re.compile(r"[^\s:]+:[0-9]+|(tcp|udp):[^\s:]+:[0-9]+ (tcp|udp):[^\s:]+:[0-9]+")
CENTRAL = "aws_xray_sdk.core.sampling.sampler"


class NoSampler:
    """What a recorder holds until it is given a sampler: samples nothing."""

    def should_trace(self, sampling_req: object = None) -> bool:
        return False


def check_daemon_address() -> None:
    """Raise SettingError where the SDK, which reads it on import, would raise a traceback."""
    address = os.getenv(DAEMON_ADDRESS, "127.0.0.1:2000")
    if not ADDRESS.fullmatch(address):
        raise SettingError(
            DAEMON_ADDRESS,
            f"{address!r} is not an address; write 127.0.0.1:2000 or "
            "'tcp:127.0.0.1:2000 udp:127.0.0.1:2000'",
        )


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
