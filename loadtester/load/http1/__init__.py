"""HTTP/1.1 responses: heads, bodies and the reader of a connection. No I/O."""
