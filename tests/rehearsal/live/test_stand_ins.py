"""What stands in for programs that this machine lacks."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from commons.errors import UserError
from rehearsal.live.stand_ins import check_programs, install_stand_ins


def _machine_with(names: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("#!/bin/sh\necho real\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_what_is_missing_is_noted_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _machine_with(("bash", "sh", "curl"), tmp_path / "whole", monkeypatch)
    assert check_programs() == ()
    _machine_with(("bash", "sh"), tmp_path / "without", monkeypatch)
    assert len(check_programs()) == 1
    _machine_with((), tmp_path / "empty", monkeypatch)
    with pytest.raises(UserError, match="install bash"):
        check_programs()


@pytest.mark.parametrize("has_curl", [True, False])
def test_a_real_curl_comes_first(
    has_curl: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sh = shutil.which("sh")
    _machine_with(("curl",) if has_curl else (), tmp_path / "bin", monkeypatch)
    path = os.pathsep.join((str(tmp_path / "bin"), str(install_stand_ins(tmp_path / "stand-ins"))))
    done = subprocess.run(
        [str(sh), "-c", "curl --no-such-option"],
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.stdout == "real\n") is has_curl
    assert ("install curl" in done.stderr) is not has_curl
