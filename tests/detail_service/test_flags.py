import pytest

from detail_service import flags
from detail_service.errors import SettingError
from detail_service.flags import Flag

SOME = (
    Flag("port", "PORT", "the port", 3000, flags.whole(0, 65535), "N"),
    Flag("drain_seconds", "X_DRAIN_SECONDS", "the drain", 3.0, flags.number(0, 10)),
    Flag("loud", "X_LOUD", "a switch", False, flags.switch),
    Flag("vendors", "X_VENDORS", "a list", (), flags.names),
    Flag("level", "X_LEVEL", "a word", "info", flags.one_of("info", "debug")),
)


def read(argv: list[str], environ: dict[str, str]) -> dict[str, object]:
    return flags.read(SOME, argv, environ, prog="x", description="d", epilog="e")


def test_the_flag_wins_over_its_twin_and_the_twin_over_the_default() -> None:
    environ = {"PORT": "81", "X_LOUD": "yes", "X_VENDORS": "a, b,"}

    values = read(["--port", "80"], environ)

    assert values == {
        "port": 80,
        "drain_seconds": 3.0,
        "loud": True,
        "vendors": ("a", "b"),
        "level": "info",
    }


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert read([], {"PORT": ""})["port"] == 3000


@pytest.mark.parametrize(
    ("argv", "environ", "text"),
    [
        (["--port", "x"], {}, "--port: 'x' is not a whole number"),
        (["--port", "70000"], {}, "--port: 70000 is not between 0 and 65535"),
        ([], {"PORT": "-1"}, "PORT: -1 is not between 0 and 65535"),
        (["--drain-seconds", "nan"], {}, "--drain-seconds: nan is not between 0 and 10"),
        (["--drain-seconds", "soon"], {}, "--drain-seconds: 'soon' is not a number"),
        ([], {"X_LOUD": "maybe"}, "X_LOUD: 'maybe' is neither true nor false"),
        (["--level", "shout"], {}, "--level: 'shout' is not one of info, debug"),
        (["--port", ""], {}, "--port: '' is not a whole number"),
    ],
)
def test_a_wrong_value_names_its_source(
    argv: list[str], environ: dict[str, str], text: str
) -> None:
    with pytest.raises(SettingError) as caught:
        read(argv, environ)

    assert str(caught.value) == text


def test_an_unknown_flag_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        read(["--prot", "80"], {})

    assert caught.value.code == 2
    assert capsys.readouterr().err.splitlines() == [
        "x: unrecognized arguments: --prot 80 (see x --help)"
    ]


def test_help_names_every_flag_and_its_twin(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        read(["--help"], {})

    text = capsys.readouterr().out
    assert caught.value.code == 0
    assert all(flag.option in text and flag.env in text for flag in SOME)
