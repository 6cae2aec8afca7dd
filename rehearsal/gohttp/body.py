"""A response's body as it comes in: gzip undone, what is kept bounded, what went wrong noted."""

import zlib

MOST_BODY_BYTES = 1 << 20
_GZIP_WINDOW_BITS = 31
_GZIP_HEADER_BYTES = 10
_STEP_BYTES = 65_536


class Body:
    """Keeps the first `MOST_BODY_BYTES` and reads past the rest; `error` is in Go's words."""

    def __init__(self, *, gzipped: bool) -> None:
        self._gzipped = gzipped
        self._inflater = zlib.decompressobj(_GZIP_WINDOW_BITS)
        self._fed_bytes = 0
        self._kept = bytearray()
        self.error: str | None = None

    @property
    def content(self) -> bytes:
        return bytes(self._kept)

    def feed(self, data: bytes) -> None:
        """The next bytes from the wire."""
        self._fed_bytes += len(data)
        if self.error is not None:
            return
        if not self._gzipped:
            self._keep(data)
            return
        try:
            self._inflate(data)
        except zlib.error:
            begun = self._fed_bytes >= _GZIP_HEADER_BYTES
            self.fail("gzip: invalid header" if begun else "unexpected EOF")

    def finish(self) -> None:
        """The wire has no more."""
        if self._gzipped and self._fed_bytes and not self._inflater.eof:
            self.fail("unexpected EOF")

    def fail(self, error: str) -> None:
        """The body has broken off; the first reason counts."""
        self.error = self.error or error

    def _inflate(self, data: bytes) -> None:
        """Undo gzip by small steps, so that a bomb costs time of its sender and no memory."""
        while data:
            if self._inflater.eof:
                self._inflater = zlib.decompressobj(_GZIP_WINDOW_BITS)
            self._keep(self._inflater.decompress(data, _STEP_BYTES))
            data = self._inflater.unconsumed_tail or self._inflater.unused_data

    def _keep(self, data: bytes) -> None:
        self._kept += data[: MOST_BODY_BYTES - len(self._kept)]
