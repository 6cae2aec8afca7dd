import re
import subprocess
from pathlib import Path

import pytest

from commons.errors import UsageError
from loadtester.hey.flags import FLAGS, GROUPS, TWINS
from loadtester.hey.goflag import FlagSet
from tests.loadtester.hey.conftest import REAL_HEY

HEY_DEFAULTS = {
    "n": 200,
    "c": 50,
    "q": 0,
    "z": 0,
    "o": "",
    "m": "GET",
    "H": (),
    "t": 20,
    "A": "",
    "d": "",
    "D": "",
    "T": "text/html",
    "a": "",
    "x": "",
    "h2": False,
    "host": "",
    "disable-compression": False,
    "disable-keepalive": False,
    "disable-redirects": False,
}


def test_no_two_flags_share_a_spelling_or_a_twin() -> None:
    names = [name for flag in FLAGS for name in flag.names]
    twins = [flag.twin(TWINS) for flag in FLAGS if flag.has_twin]
    assert len(set(names)) == len(names)
    assert len(set(twins)) == len(twins)


@pytest.mark.parametrize(("name", "default"), HEY_DEFAULTS.items())
def test_defaults_are_heys(name: str, default: object) -> None:
    (flag,) = (flag for flag in FLAGS if name in flag.names)
    assert flag.default == default


@pytest.mark.skipif(not Path(REAL_HEY).exists(), reason="hey is not installed")
def test_every_flag_that_hey_lists_is_heys_group() -> None:
    usage = subprocess.run([REAL_HEY, "--help"], capture_output=True, text=True, timeout=20)
    listed = set(re.findall(r"^  -([\w-]+)", usage.stdout + usage.stderr, re.MULTILINE))
    ours = {name for flag in GROUPS[0].flags for name in flag.names}
    assert len(listed) > 15
    assert listed <= ours


@pytest.mark.parametrize(
    "arguments",
    [
        ("-t", "-1"),
        ("-q", "-0.5"),
        ("--warmup", "-1s"),
        ("--reuse", "-1"),
        ("--max-age", "-1s"),
        ("--cpus", "0"),
        ("--max-connections", "0"),
    ],
)
def test_numbers_that_make_no_sense_name_their_flag(arguments: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match=f"for flag {arguments[0]}: (must|-1s is below)"):
        FlagSet(FLAGS, twins=TWINS).parse(arguments, {})
