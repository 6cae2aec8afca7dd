"""Break the code on purpose, one mutant at a time, and see whether its tests notice.

python -m tests.mutation.run [WORD ...]   # only mutants whose name or file contains a word

Works on a copy of the sources, so that nothing here is changed. Prints the survivors; exit code 1
when more than one in ten survives, 2 when a mutant no longer fits the code.
"""

import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MUTANTS = Path(__file__).with_name("mutants.toml")
_PACKAGES = ("commons", "detail_service", "loadtester", "rehearsal", "xray_local", "tests", "k8s")
_TIMEOUT_S = 240.0
SURVIVORS_ALLOWED = 0.1


@dataclass(frozen=True)
class Mutant:
    """One fault: a file in which `old` becomes `new`, and the tests that should fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def fits(self, root: Path) -> bool:
        """Whether `old` stands exactly once in the file."""
        return (root / self.file).read_text().count(self.old) == 1


def read_mutants() -> list[Mutant]:
    found = tomllib.loads(MUTANTS.read_text())["mutant"]
    return [Mutant(**{**one, "tests": tuple(one["tests"])}) for one in found]


def copy_sources(target: Path) -> None:
    """What the tests need, without caches."""
    for name in _PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, target / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, target / name)


def is_killed(mutant: Mutant, copy: Path) -> bool:
    """Whether a test failed, or hung, with the mutant in the copy; the copy is mended again."""
    file = copy / mutant.file
    before = file.read_text()
    file.write_text(before.replace(mutant.old, mutant.new))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    command += ["-m", "not e2e and not slow", *mutant.tests]
    try:
        ran = subprocess.run(
            command,
            cwd=copy,
            env={"PYTHONPATH": str(copy), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        file.write_text(before)
    return ran.returncode == 1


def main(words: list[str]) -> int:
    chosen = [m for m in read_mutants() if not words or any(w in m.name + m.file for w in words)]
    stale = [mutant for mutant in chosen if not mutant.fits(ROOT)]
    for mutant in stale:
        print(f"no longer fits {mutant.file}: {mutant.name}")
    if stale:
        return 2
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        copy_sources(copy)
        for number, mutant in enumerate(chosen, 1):
            started_s = time.monotonic()
            killed = is_killed(mutant, copy)
            took_s = time.monotonic() - started_s
            state = "killed  " if killed else "SURVIVED"
            print(f"{number:>3}/{len(chosen)}  {state}  {took_s:5.1f} s  {mutant.name}", flush=True)
            if not killed:
                survivors.append(mutant)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants killed")
    for mutant in survivors:
        print(f"survived: {mutant.file}: {mutant.name}")
    return 1 if len(survivors) > SURVIVORS_ALLOWED * len(chosen) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
