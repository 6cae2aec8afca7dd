from loadtester.hey import flags
from loadtester.hey.goflag import dashed
from loadtester.hey.helping import help_text


def test_every_flag_is_in_the_help_with_its_twin() -> None:
    text = help_text()
    for flag in flags.FLAGS:
        assert ", ".join(map(dashed, flag.names)) in text
        assert not flag.has_twin or f"[{flag.twin(flags.TWINS)}]" in text


def test_lines_fit_a_terminal() -> None:
    assert max(map(len, help_text().splitlines())) <= 100


def test_defaults_are_told_where_there_are_any() -> None:
    text = " ".join(help_text().split())
    assert "Default 200. [HEY_REQUESTS]" in text
    assert "Default 0" not in text
