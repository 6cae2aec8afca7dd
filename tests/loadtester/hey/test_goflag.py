import pytest

from commons.errors import UsageError
from loadtester.hey.goflag import Flag, FlagSet, Values, boolean, repeatable
from loadtester.hey.numbers import integer

NUMBER = Flag(("n", "requests"), integer, 200, "how many", "N")
BODY = Flag(("d", "body"), str, "", "what to send", "TEXT")
HOST = Flag(("host",), str, "", "the Host header", "NAME")
QUIET = Flag(("quiet",), boolean, False, "say less")


HEADERS = repeatable(("H", "header"), "a header", "LINE")
FLAGS = FlagSet([NUMBER, BODY, HOST, QUIET, HEADERS], twins="HEY_")


def parse(*arguments: str, **environment: str) -> Values:
    return FLAGS.parse(arguments, environment)


@pytest.mark.parametrize(
    "arguments",
    [("-n", "5"), ("-n=5",), ("--n", "5"), ("--n=5",), ("-requests", "5"), ("--requests=5",)],
)
def test_every_spelling_of_a_flag_is_read(arguments: tuple[str, ...]) -> None:
    values = parse(*arguments, "http://a/")
    assert (values[NUMBER], values.arguments) == (5, ("http://a/",))


def test_reading_stops_at_the_first_argument_that_is_no_flag() -> None:
    values = parse("-n", "5", "http://a/", "-d", "x")
    assert values.arguments == ("http://a/", "-d", "x")
    assert values[BODY] == ""


def test_two_dashes_end_the_flags_and_one_dash_is_an_argument() -> None:
    assert parse("-n", "1", "--", "-d").arguments == ("-d",)
    assert parse("-", "-d").arguments == ("-", "-d")


def test_a_value_may_look_like_a_flag() -> None:
    assert parse("-d", "-n", "u")[BODY] == "-n"
    assert parse("-d=a=b", "u")[BODY] == "a=b"


def test_a_boolean_takes_no_word_of_its_own() -> None:
    values = parse("-quiet", "false")
    assert (values[QUIET], values.arguments) == (True, ("false",))
    assert parse("-quiet=false")[QUIET] is False


def test_letters_do_not_cluster_and_names_are_not_abbreviated() -> None:
    for word in ("-n5", "-reques", "-nd"):
        with pytest.raises(UsageError, match=f"not defined: {word}"):
            parse(word, "x")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-n",), "flag needs an argument: -n"),
        (("-n", "x"), 'invalid value "x" for flag -n: not a whole number'),
        (("---n",), "bad flag syntax: ---n"),
        (("-=5",), "bad flag syntax: -=5"),
        (("-quiet=maybe",), 'invalid value "maybe" for flag --quiet'),
        (("--hots=x",), r"did you mean --host\?"),
    ],
)
def test_a_mistake_is_named(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse(*arguments)


def test_a_repeated_flag_joins_or_the_last_wins() -> None:
    values = parse("-H", "a: 1", "-H", "b: 2", "-n", "1", "-n", "2")
    assert (values[HEADERS], values[NUMBER]) == (("a: 1", "b: 2"), 2)


def test_the_environment_gives_what_the_command_line_does_not() -> None:
    values = parse("-d", "mine", HEY_BODY="theirs", HEY_REQUESTS="7", HEY_HEADER="a: 1\nb: 2")
    assert (values[BODY], values[NUMBER], values[HEADERS]) == ("mine", 7, ("a: 1", "b: 2"))
    assert values.given(NUMBER)
    assert not values.given(HOST)


def test_a_mistake_in_the_environment_names_the_variable() -> None:
    with pytest.raises(UsageError, match="HEY_REQUESTS"):
        parse(HEY_REQUESTS="many")


def test_a_command_of_our_own_may_take_flags_behind_arguments() -> None:
    flags = FlagSet([NUMBER, QUIET], twins="", flags_anywhere=True)
    values = flags.parse(["a", "-n", "3", "b", "-quiet", "--", "-n"], {})
    assert values.arguments == ("a", "b", "-n")
    assert (values[NUMBER], values[QUIET]) == (3, True)
