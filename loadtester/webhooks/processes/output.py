"""A bounded record of what a process printed: the beginning and the end, the middle counted."""


class BoundedOutput:
    """Keeps at most ``limit_bytes``: the first half as it came, the last half as a moving tail."""

    def __init__(self, limit_bytes: int) -> None:
        self._head_room = limit_bytes - limit_bytes // 2
        self._tail_room = limit_bytes // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def add(self, data: bytes) -> None:
        """Take the next piece of output."""
        free = self._head_room - len(self._head)
        self._head += data[:free]
        self._tail += data[free:]
        surplus = len(self._tail) - self._tail_room
        if surplus > 0:
            del self._tail[:surplus]
            self._dropped += surplus

    def value(self) -> bytes:
        """All of it, or head, a note of what is missing, and tail."""
        if not self._dropped:
            return bytes(self._head + self._tail)
        note = f"\n... {self._dropped} bytes left out ...\n".encode()
        return bytes(self._head) + note + bytes(self._tail)
