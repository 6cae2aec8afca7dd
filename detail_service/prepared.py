"""Responses that never change, made once: as ASGI messages, and as the bytes of HTTP/1.1."""

from starlette.types import Message, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]


class PreparedResponse:
    """A 200 response with a constant body. As an ASGI application it sends its two messages."""

    __slots__ = ("_default_headers", "_head", "_headers", "body", "length", "path", "start")

    def __init__(self, path: str, content_type: str, body: bytes) -> None:
        self.path = path
        headers = [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", content_type.encode()),
        ]
        self.start: Message = {"type": "http.response.start", "status": 200, "headers": headers}
        self.body: Message = {"type": "http.response.body", "body": body}
        self.length = len(body)
        self._headers = headers
        self._default_headers: Headers | None = None
        self._head = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(self.start)
        await send(self.body)

    def wire_bytes(self, default_headers: Headers, extra: tuple[bytes, bytes] | None) -> bytes:
        """Head and body as they go out beside the server's own headers and one of the request's.

        The server makes a new list of its headers when one changes (the date, once a second), so
        the head is made anew only then. Empty when the headers ask to close the connection: that
        is for the server to do.
        """
        if default_headers is not self._default_headers:
            self._default_headers = default_headers
            self._head = self._assemble(default_headers)
        if not self._head:
            return b""
        if extra is None:
            return b"%s\r\n%s" % (self._head, self.body["body"])
        return b"%s%s: %s\r\n\r\n%s" % (self._head, *extra, self.body["body"])

    def _assemble(self, default_headers: Headers) -> bytes:
        headers = [*default_headers, *self._headers]
        if any(name == b"connection" for name, _ in headers):
            return b""
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        return b"HTTP/1.1 200 OK\r\n" + lines
