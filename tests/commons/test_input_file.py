from pathlib import Path

import pytest

from commons.input_file import InputFileError, check_ends, read_at_most


def test_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"a" * 3000)
    assert read_at_most(file, 3000) == b"a" * 3000
    with pytest.raises(InputFileError, match="is larger than 2 KiB"):
        read_at_most(file, 2999)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
def test_what_has_no_end_is_given_up(device: str) -> None:
    with pytest.raises(InputFileError, match="is larger than 3 MiB"):
        read_at_most(device, 3 << 20)
    with pytest.raises(InputFileError, match="is neither a file nor a pipe"):
        check_ends(device)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none", "no such file or directory"), (".", "is a directory"), ("a\0b", "embedded null")],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(InputFileError, match=reason):
        read_at_most(str(tmp_path / name), 10)
