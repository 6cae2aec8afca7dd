"""What the remote is told, and how codes are shown."""

from loadtester.load.errors import ErrorClass
from loadtester.load.http2.errors import ErrorCode, Violation, bad_block, code_name


def test_codes_have_the_names_of_the_standard() -> None:
    assert code_name(8) == "CANCEL"
    assert code_name(0xFF) == "unknown error code 0xff"


def test_a_violation_is_a_protocol_error_with_a_code() -> None:
    assert Violation("x").error_class is ErrorClass.PROTOCOL
    assert (Violation("x").detail, Violation("x").code) == ("http2: x", ErrorCode.PROTOCOL_ERROR)
    assert bad_block("x").code is ErrorCode.COMPRESSION_ERROR
