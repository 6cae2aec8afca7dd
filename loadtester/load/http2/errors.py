"""The remote's misbehaviour in HTTP/2: what is counted, and what the remote is told."""

from enum import IntEnum

from loadtester.load.errors import ErrorClass, RequestFailed


class ErrorCode(IntEnum):
    """RFC 9113, section 7."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11
    INADEQUATE_SECURITY = 12
    HTTP_1_1_REQUIRED = 13


def code_name(code: int) -> str:
    """As Go prints a code: its name, or its number where it has none."""
    try:
        return ErrorCode(code).name
    except ValueError:
        return f"unknown error code 0x{code:x}"


class Violation(RequestFailed):
    """The remote broke a rule of HTTP/2: the connection is of no use any more.

    `code` is what it is told, by GOAWAY, before the connection is closed.
    """

    def __init__(self, detail: str, code: ErrorCode = ErrorCode.PROTOCOL_ERROR) -> None:
        super().__init__(ErrorClass.PROTOCOL, f"http2: {detail}")
        self.code = code


def bad_block(detail: str) -> Violation:
    """A header block that cannot be unpacked: what comes after it cannot be either."""
    return Violation(f"header block: {detail}", ErrorCode.COMPRESSION_ERROR)
