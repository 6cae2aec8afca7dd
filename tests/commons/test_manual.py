"""Man pages and completion scripts: read by man and run by bash as they come."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from commons import completion
from commons.manual import Option, Program, man_page

MODULES = {
    "detail": "detail_service",
    "frontend": "detail_service.frontend",
    "hey": "loadtester.hey",
    "loadtester": "loadtester",
    "rehearse": "rehearsal",
    "xray": "xray_local",
}
EVIL = Program(
    "x",
    "a 'quoted' $(summary)",
    ".SH not a macro\n'nor this \\n",
    options=(
        Option(("-o", "--output"), "text|json", "how; `touch pwned` \\", ("text", "json")),
        Option(("--file",), "FILE", "-1 is a number"),
        Option(("--rate",), "N", "a rate"),
        Option(("--loud",), "", "say more"),
    ),
    commands=(Program("x run", "run it", options=(Option(("--fast",), "", "quick"),)),),
)


def test_every_console_script_is_here() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert set(project["scripts"]) == set(MODULES)


def _printed(program: str, *words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", MODULES[program], *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def _complete(script: str, program: str, *words: str) -> list[str]:
    """What bash would offer for the last word."""
    listed = " ".join(f"'{word}'" for word in (program, *words))
    run = f"COMP_WORDS=({listed}); COMP_CWORD={len(words)}; _{program}_complete; "
    done = subprocess.run(
        ["bash", "--norc", "-c", f'{script}\n{run}printf "%s\\n" "${{COMPREPLY[@]}}"'],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_completion_knows_commands_flags_and_values() -> None:
    script = completion.bash(EVIL)
    assert _complete(script, "x", "") == ["run"]
    assert _complete(script, "x", "--") == ["--output", "--file", "--rate", "--loud"]
    assert _complete(script, "x", "-o", "t") == ["text"]
    assert _complete(script, "x", "--rate", "") == []
    assert _complete(script, "x", "run", "-") == ["--fast"]


def test_completion_offers_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "canary.yaml").touch()
    assert _complete(completion.bash(EVIL), "x", "--file", "can") == ["canary.yaml"]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_scripts_are_what_their_shells_read(shell: str) -> None:
    script = completion.SHELLS[shell](EVIL)
    for name in ("output", "file", "rate", "loud", "fast", "run"):
        assert name in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on this machine")
    subprocess.run([shell, "-n"], input=script, text=True, check=True, timeout=20)


def _read(page: str) -> str:
    if shutil.which("groff") is None:
        pytest.skip("groff is not on this machine")
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", "-P-cbou"],
        input=page,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert done.stderr == ""
    return " ".join(done.stdout.split())


def test_nothing_in_a_text_is_a_macro() -> None:
    read = _read(man_page(EVIL))
    for text in (".SH not a macro", "'nor this \\n", "how; `touch pwned` \\", "-1 is a number"):
        assert text in read


@pytest.mark.slow
@pytest.mark.parametrize("program", sorted(MODULES))
def test_every_program_prints_its_own(program: str) -> None:
    read = _read(_printed(program, "--print-man"))
    script = _printed(program, "--print-completion", "bash")
    flags = _complete(script, program, "--")
    assert "--version" in flags
    assert "--help" in flags
    assert all(flag in read for flag in flags)
    for shell in ("zsh", "fish"):
        assert _printed(program, "--print-completion", shell)


@pytest.mark.slow
@pytest.mark.parametrize("program", sorted(MODULES))
def test_an_unknown_shell_is_one_line(program: str) -> None:
    words = [sys.executable, "-m", MODULES[program], "--print-completion", "tcsh"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "choose one of bash, fish, zsh" in done.stderr
    assert len(done.stderr.splitlines()) == 1
