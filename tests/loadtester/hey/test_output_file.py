"""Outputs go where their name leads, and are looked at before anything starts (curl#6882)."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from commons.errors import UsageError
from loadtester.hey.output_file import output_file


def written(path: Path, text: str = "new") -> None:
    output_file(str(path), "--save").write(text)


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    written(file, "one")
    written(file, "two")
    assert file.read_text() == "two"
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_looking_at_it_changes_nothing(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("old")
    before = old.stat()
    output_file(str(old), "--save")
    output_file(str(new), "--save")
    assert old.read_text() == "old"
    assert old.stat().st_mtime_ns == before.st_mtime_ns
    assert list(tmp_path.iterdir()) == [old]


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text("old")
    file.chmod(0o640)
    written(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_a_device_stays_a_device(device: str) -> None:
    written(Path(device))
    assert stat.S_ISCHR(Path(device).stat().st_mode)


def test_a_device_that_is_full_says_so_when_it_is_written() -> None:
    file = output_file("/dev/full", "--save")
    with pytest.raises(OSError, match="No space left"):
        file.write("text")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    written(pipe, "x" * 200_000)
    reader.join(10)
    assert got == ["x" * 200_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_a_link(tmp_path: Path, exists: bool) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    if exists:
        target.write_text("old")
    written(link)
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert sorted(tmp_path.iterdir()) == [link, target]


def test_a_link_to_a_device_leaves_the_device(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/dev/null")
    written(link)
    assert link.is_symlink()
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_file_of_two_names_keeps_both(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("something longer than before")
    os.link(one, other)
    written(one)
    assert other.read_text() == "new"
    assert one.samefile(other)


def test_an_open_descriptor_is_written_through(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with file.open("w") as opened:
        written(Path(f"/dev/fd/{opened.fileno()}"))
        assert file.read_text() == "new"
        assert os.fstat(opened.fileno()).st_ino == file.stat().st_ino


def test_standard_output_by_another_name_is_standard_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    print("before")
    written(Path("/dev/stdout"), "new\n")
    print("after")
    assert capfd.readouterr().out == "before\nnew\nafter\n"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("folder", "this is a folder"),
        ("folder/", "this names a folder"),
        ("missing/file", "the folder .*missing is not there"),
        ("file/x", "Not a directory"),
        ("loop", "symbolic links"),
        ("socket", "neither a file nor a pipe"),
        ("x" * 300, "File name too long"),
        ("a\0b", "null"),
    ],
)
def test_what_cannot_be_written_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("file").write_text("")
    Path("loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        with pytest.raises(UsageError, match=words):
            output_file(name, "--save")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_what_may_not_be_written_is_told_at_once(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    with pytest.raises(UsageError, match="Permission denied"):
        output_file(str(locked / "new"), "--save")
