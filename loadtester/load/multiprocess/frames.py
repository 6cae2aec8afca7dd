"""Python values over a pipe between this program and its own child processes."""

import pickle
import struct
from typing import IO, Any

READY = "ready"
"""A shard's report that it could start."""
STOP = "stop"
"""The parent's command to come one step closer to the end."""
_LENGTH = struct.Struct("!Q")


def send(stream: IO[bytes], value: Any) -> None:
    """Write one value, whole. OSError when the other side is gone."""
    data = pickle.dumps(value)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one value, waiting for it. EOFError when the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)
