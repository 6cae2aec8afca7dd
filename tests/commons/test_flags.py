import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons import __version__, values
from commons.errors import UsageError
from commons.flags import CommandParser, Flag, add_flags, parse_flags, read_flags, with_twins

FLAGS = with_twins(
    "X_",
    (
        Flag("port", "port to listen on", 3000, values.port, env="PORT"),
        Flag("drain-time", "how long to drain", 3.0, values.duration_s()),
        Flag("loud", "say more", False, values.switch),
        Flag("level", "least level to log", "info", values.one_of("info", "debug")),
        Flag("allow", "what is allowed: 100%", (), values.not_empty("PATTERN"), repeatable=True),
        Flag(
            "token",
            "what callers must know",
            "",
            values.not_empty("TOKEN"),
            secret=True,
            protects=True,
        ),
    ),
)
DEFAULTS = {
    "port": 3000,
    "drain_time": 3.0,
    "loud": False,
    "level": "info",
    "allow": (),
    "token": "",
}


def parse(argv: list[str], environ: dict[str, str] | None = None) -> dict[str, object]:
    return parse_flags(FLAGS, argv, environ or {}, prog="x", description="An example.")


def refusal(argv: list[str], environ: dict[str, str] | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        parse(argv, environ)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_defaults() -> None:
    assert parse([]) == DEFAULTS


def test_two_dashes_are_a_value_like_any() -> None:
    assert parse(["--allow=--", "--allow", "x"])["allow"] == ("--", "x")
    assert "--port: " in refusal(["--port=--"])


def test_a_flag_wins_over_its_twin_and_the_twin_over_the_default() -> None:
    twins = {"PORT": "81", "X_LOUD": "yes", "X_ALLOW": "a b\n\nc", "X_DRAIN_TIME": "1m"}
    assert parse(["--port", "80"], twins) == DEFAULTS | {
        "port": 80,
        "drain_time": 60.0,
        "loud": True,
        "allow": ("a b", "c"),
    }


@pytest.mark.parametrize(
    ("argv", "field", "value"),
    [
        (["-port", "1"], "port", 1),
        (["-port=1"], "port", 1),
        (["--port", "1"], "port", 1),
        (["--port=1"], "port", 1),
        (["--port=1", "--port=2"], "port", 2),
        (["--loud"], "loud", True),
        (["-loud"], "loud", True),
        (["-loud=false"], "loud", False),
        (["--loud", "--loud=0"], "loud", False),
        (["--allow", "a", "-allow=b"], "allow", ("a", "b")),
        (["--allow=-x"], "allow", ("-x",)),
    ],
)
def test_ways_to_write_a_flag(argv: list[str], field: str, value: object) -> None:
    assert parse(argv)[field] == value


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if not flag.protects])
def test_an_empty_twin_counts_as_unset(flag: Flag) -> None:
    assert parse([], {flag.env: ""}) == DEFAULTS


def test_a_secret_that_did_not_resolve_is_refused() -> None:
    assert refusal([], {"X_TOKEN": ""}) == (
        "X_TOKEN: is set but empty; give it a value, or unset it"
    )
    assert refusal(["--token", ""]) == "--token: is empty"


def test_a_secret_is_never_repeated() -> None:
    assert refusal([], {"X_TOKEN": "a\0b"}) == "X_TOKEN: cannot be used"


def test_the_variable_of_a_kubernetes_service_is_no_port() -> None:
    assert parse([], {"PORT": "81"})["port"] == 81
    flags = with_twins("X_", (Flag("port", "", 9, values.port),))
    twins = {"X_PORT": "tcp://10.0.0.1:80"}
    assert parse_flags(flags, [], twins, prog="x", description="") == {"port": 9}


MISTAKES = [
    (["--port", "x"], {}, "--port: 'x' is not a whole number from 0 to 65535"),
    ([], {"PORT": "-1"}, "PORT: -1 is not between 0 and 65535"),
    (["--port", ""], {}, "--port: '' is not a whole number from 0 to 65535"),
    ([], {"X_LOUD": "maybe"}, "X_LOUD: 'maybe' is neither true nor false"),
    (["--loud="], {}, "--loud: '' is neither true nor false"),
    ([], {"X_LEVEL": "dbug"}, "X_LEVEL: 'dbug' is not one of info, debug (did you mean debug?)"),
    (["--allow", " "], {}, "--allow: is empty"),
    (["--prot", "80"], {}, "unknown flag --prot (did you mean --port?) (see x --help)"),
    (["-prot=80"], {}, "unknown flag -prot (did you mean --port?) (see x --help)"),
    (["--por", "80"], {}, "unknown flag --por (did you mean --port?) (see x --help)"),
    (["--qqq"], {}, "unknown flag --qqq (see x --help)"),
    (["--loud", "false"], {}, "unexpected argument 'false' (see x --help)"),
    (["extra"], {}, "unexpected argument 'extra' (see x --help)"),
    (["--port"], {}, "argument --port: expected one argument (see x --help)"),
    (
        ["--port", "--loud"],
        {},
        "--port needs a value; if '--loud' is it, write --port=--loud (see x --help)",
    ),
]


@pytest.mark.parametrize(("argv", "environ", "problem"), MISTAKES)
def test_mistakes_are_one_line(argv: list[str], environ: dict[str, str], problem: str) -> None:
    assert refusal(argv, environ) == problem


WORDS = st.lists(
    st.sampled_from(["--port", "-port", "--loud", "--", "-", "=", "1", "-1", "--loud=", "x", "-x"])
    | st.text(max_size=8),
    max_size=5,
)


@given(WORDS)
def test_any_command_line_is_read_or_a_usage_error(argv: list[str]) -> None:
    if {"-h", "--help", "-help", "--version", "-version"} & {w.partition("=")[0] for w in argv}:
        return
    problem = ""
    try:
        assert set(parse(argv)) == set(DEFAULTS)
    except UsageError as error:
        problem = str(error)
    assert len(problem.splitlines()) <= 1


def test_help_shows_each_flag_once_in_one_dialect(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as ending:
        parse(["--help"])
    text = capsys.readouterr().out
    assert ending.value.code == 0
    assert [line.rstrip() for line in text.partition("options:\n")[2].splitlines()] == [
        "  -h, --help             show this help",
        "  --version              show the version",
        "  --port PORT            port to listen on (default 3000) [PORT]",
        "  --drain-time DURATION  how long to drain (default 3s) [X_DRAIN_TIME]",
        "  --loud                 say more [X_LOUD]",
        "  --level info|debug     least level to log (default info) [X_LEVEL]",
        "  --allow PATTERN        what is allowed: 100% [X_ALLOW]",
        "  --token TOKEN          what callers must know [X_TOKEN]",
    ]


@pytest.mark.parametrize("argv", [["--version"], ["-version"]])
def test_version(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        parse(argv)
    assert (ending.value.code, capsys.readouterr().out) == (0, f"x {__version__}\n")


def commands() -> CommandParser:
    parser = CommandParser("x", version=True)
    children = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    play = children.add_parser("play", help="play it")
    add_flags(play, FLAGS, title="serving")
    play.add_argument("files", nargs="*")
    children.add_parser("lint", help="lint it")
    return parser


def read_command(argv: list[str], environ: dict[str, str]) -> tuple[argparse.Namespace, object]:
    found = commands().parse_args(argv)
    return found, read_flags(FLAGS, found, environ)


def test_commands_have_flags_and_arguments_of_their_own() -> None:
    found, settings = read_command(["play", "a", "--loud", "b", "-port", "5"], {"X_TOKEN": "t"})
    assert (found.command, found.files) == ("play", ["a", "b"])
    assert settings == DEFAULTS | {"loud": True, "port": 5, "token": "t"}


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (["pley"], "unknown command 'pley' (did you mean play?) (see x --help)"),
        (["play", "--prot"], "unknown flag --prot (did you mean --port?) (see x play --help)"),
        (["--loud", "play"], "unknown flag --loud (see x --help)"),
        (["lint", "x"], "unexpected argument 'x' (see x lint --help)"),
    ],
)
def test_mistakes_below_a_command(argv: list[str], problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        commands().parse_args(argv)
    assert str(caught.value) == problem
