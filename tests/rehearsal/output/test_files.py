import os
import stat
from pathlib import Path

import pytest

from rehearsal.errors import RehearsalError, UserError
from rehearsal.output.files import OutputFile, check_folder


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("old")
    path.chmod(0o640)
    file = OutputFile(path, "--report")
    assert path.read_text() == "old", "nothing is lost before there is something new"
    file.write("new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    OutputFile(tmp_path / "a", "--report").write("x")
    (tmp_path / "b").write_text("x")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"}
    assert len(modes) == 1


@pytest.mark.parametrize(
    ("path", "reason"),
    [("absent/r.json", "no such file"), (".", "is a folder"), ("file/r.json", "not a directory")],
)
def test_what_cannot_be_written_is_said_at_once(tmp_path: Path, path: str, reason: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=reason) as raised:
        OutputFile(tmp_path / path, "--picture")
    assert str(raised.value).startswith("--picture ")
    assert len(str(raised.value).splitlines()) == 1


def test_a_device_is_written_through(tmp_path: Path) -> None:
    """Through a link, so that it is the link that would be lost."""
    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    OutputFile(link, "--report").write("x")
    assert link.is_symlink()
    assert stat.S_ISCHR(link.stat().st_mode)


def test_links_are_written_through(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    OutputFile(link, "--report").write("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_full_disk_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this machine has no /dev/full")
    with pytest.raises(RehearsalError, match="no space left"):
        OutputFile(Path("/dev/full"), "--report").write("x")


def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        OutputFile(pipe, "--report").write("hello")
        assert os.read(reader, 100) == b"hello"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_is_made_or_refused(tmp_path: Path) -> None:
    assert check_folder(tmp_path / "a" / "b", "--keep-logs").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="--keep-logs"):
        check_folder(tmp_path / "file", "--keep-logs")
