"""HPACK (RFC 7541): the fields of HTTP/2 messages as bytes. No I/O."""
