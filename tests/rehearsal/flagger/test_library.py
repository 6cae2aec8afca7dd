"""The library's public names, and docs/library.md, whose program is run."""

import re
import subprocess
import sys
from pathlib import Path

from rehearsal import flagger

PAGE = (Path(__file__).parents[3] / "docs" / "library.md").read_text()


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.S)
    assert found is not None
    return found[1]


def test_the_program_on_the_page_prints_what_the_page_says(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(_block("python"))
    root = Path(flagger.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, program],
        cwd=root,
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == _block("text")


def test_every_public_name_is_there_once_and_in_order() -> None:
    names = flagger.__all__
    assert len(set(names)) == len(names)
    assert all(hasattr(flagger, name) for name in names)
    assert {name for name in vars(flagger) if name[0].isupper()} <= set(names)


def test_what_the_page_names_is_public() -> None:
    named = set(re.findall(r"`([A-Z]\w+)`", PAGE)) - {"Protocol"}
    assert named <= set(flagger.__all__) | {"Controller"}
    assert len(named) >= 10


def test_the_library_needs_nothing_else_of_the_rehearsal() -> None:
    code = (
        "import sys, rehearsal.flagger;"
        "print(*sorted({m.split('.')[1] for m in sys.modules if m.startswith('rehearsal.')}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["flagger"]
