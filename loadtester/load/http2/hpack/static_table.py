"""The fields that HPACK knows from the start (RFC 7541, appendix A)."""

from typing import Final

Field = tuple[bytes, bytes]
"""Name and value."""

ENTRY_OVERHEAD_BYTES: Final = 32
"""What each entry of a table counts beside its name and value (RFC 7541, section 4.1)."""
DEFAULT_TABLE_BYTES: Final = 4096
"""How large a dynamic table may be while nobody has said otherwise (RFC 9113, section 6.5.2)."""

_LISTED: Final = (
    ":authority :method=GET :method=POST :path=/ :path=/index.html :scheme=http :scheme=https"
    " :status=200 :status=204 :status=206 :status=304 :status=400 :status=404 :status=500"
    " accept-charset accept-encoding=gzip,_deflate accept-language accept-ranges accept"
    " access-control-allow-origin age allow authorization cache-control content-disposition"
    " content-encoding content-language content-length content-location content-range content-type"
    " cookie date etag expect expires from host if-match if-modified-since if-none-match if-range"
    " if-unmodified-since last-modified link location max-forwards proxy-authenticate"
    " proxy-authorization range referer refresh retry-after server set-cookie"
    " strict-transport-security transfer-encoding user-agent vary via www-authenticate"
)


def _field(text: str) -> Field:
    name, _, value = text.partition("=")
    return name.encode(), value.replace("_", " ").encode()


STATIC_TABLE: Final[list[Field]] = [(b"", b""), *map(_field, _LISTED.split())]
"""By index; the first one is 1."""
STATIC_FIELDS: Final[dict[Field, int]] = {
    field: index for index, field in enumerate(STATIC_TABLE) if index
}
STATIC_NAMES: Final[dict[bytes, int]] = {
    STATIC_TABLE[index][0]: index for index in range(len(STATIC_TABLE) - 1, 0, -1)
}
"""The first index of each name."""


def entry_bytes(field: Field) -> int:
    """The size of an entry."""
    return len(field[0]) + len(field[1]) + ENTRY_OVERHEAD_BYTES
