"""HTTP/2 as a client speaks it (RFC 9113): one stream at a time over a connection of its own.

`hpack` packs fields, `frames` and `settings` are what goes over the wire, `heads` says what a
message means, `session` is the protocol without I/O, `connection` its socket.
"""
