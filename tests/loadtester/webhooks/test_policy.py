import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.shellwords import split_plain


def check(command: str, *patterns: str, targets: tuple[str, ...] = ()) -> bool:
    return Policy(patterns, targets).check_command(split_plain(command), command)


@pytest.mark.parametrize(
    ("command", "pattern"),
    [
        ("hey -z 1m http://a/", "hey *"),
        ("hey", "hey *"),
        ("hey 'a;b'", "hey *"),
        ("kubectl get pods -n test", "kubectl get *"),
        ("curl http://a.flagger/x", "curl http://*.flagger/*"),
        ("curl -s http://a/ -o x", "curl * http://a/ *"),
        ("curl http://a/", "curl * http://a/ *"),
        ("echo 'a b'", "echo 'a b'"),
        ("echo [x]", "echo [x]"),
    ],
)
def test_a_command_that_matches_word_for_word_runs_as_these_words(
    command: str, pattern: str
) -> None:
    assert check(command, "other", pattern) is True


@pytest.mark.parametrize(
    ("command", "pattern"),
    [
        ("rm -rf /", "hey *"),
        ("heyy x", "hey *"),
        ("hey", "hey x"),
        ("hey x; rm -rf /", "hey *"),
        ("hey $(id)", "hey *"),
        ("hey `id`", "hey *"),
        ("hey x && id", "hey *"),
        ("hey x\nid", "hey *"),
        ("hey x | sh", "hey *"),
        ("hey <(id)", "hey *"),
        ("hey x > /etc/passwd", "hey *"),
        ("hey x & id", "hey *"),
        ("X=1 hey x", "hey *"),
        ("curl http://a.flagger/ -o /etc/passwd", "curl http://*.flagger/*"),
        ("curl http://evil/ http://a.flagger/", "curl http://*.flagger/*"),
        ("kubectl delete pods", "kubectl get *"),
        ("curl 'http://a.flagger/ x' y", "curl http://*.flagger/*"),
        ("", "hey *"),
    ],
)
def test_anything_else_is_refused(command: str, pattern: str) -> None:
    with pytest.raises(RefusedError, match="--allow-command"):
        check(command, pattern)


def test_two_stars_span_anything_in_a_shell() -> None:
    assert check("hey x; id\n", "hey **") is False
    assert check("hey x | tee a b", "hey ** b") is False
    with pytest.raises(RefusedError):
        check("id; hey x", "hey **")


def test_beside_allowed_targets_only_what_can_be_told_runs() -> None:
    assert check("hey http://x/", targets=("x",)) is True
    for command in ("curl http://x/", "hey http://x/ | tee y", "true", ""):
        with pytest.raises(RefusedError, match="what it would reach cannot be told"):
            check(command, targets=("x",))
    assert check("curl http://x/", "curl *", targets=("x",)) is True


@given(st.text(max_size=40), st.text(alphabet="ab* '\"", max_size=20))
def test_any_command_against_any_pattern(command: str, pattern: str) -> None:
    with contextlib.suppress(RefusedError):
        assert check(command, pattern) in (True, False)


@pytest.mark.parametrize(
    "pattern", ["hey" + " *" * 30 + " x", "hey **" + "a**" * 30 + "x", "hey a*a*a*a*b"]
)
def test_matching_does_not_explode(pattern: str) -> None:
    started = time.process_time()
    for command in ("hey " + "a " * 20_000, "hey " + "a" * 20_000):
        with pytest.raises(RefusedError):
            check(command, pattern)
    assert time.process_time() - started < 20


TARGETS = Policy(allow_targets=("*.flagger", "10.0.0.1:80", "::1"))


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("detail.flagger", 3000),
        ("DETAIL.flagger", 80),
        ("a.flagger.", 80),
        ("10.0.0.1", 80),
        ("::1", 5),
    ],
)
def test_allowed_targets(host: str, port: int) -> None:
    TARGETS.check_target(host, port)


@pytest.mark.parametrize(
    ("host", "port"),
    [("evil.com", 80), ("10.0.0.1", 81), ("flagger", 80), ("a.flagger.evil.com", 80), ("", 0)],
)
def test_refused_targets(host: str, port: int) -> None:
    with pytest.raises(RefusedError, match="is not an allowed target"):
        TARGETS.check_target(host, port)


def test_without_rules_everything_goes(tmp_path: Path) -> None:
    assert check("rm -rf /tmp/x; id") is False
    policy = Policy()
    policy.check_target("anywhere", 1)
    policy.check_code("script")
    (tmp_path / "f").touch()
    assert policy.check_file("f", f"{tmp_path}/f") == tmp_path / "f"


RULES = [
    Policy(allow_commands=("hey *",)),
    Policy(allow_targets=("x",)),
    Policy(no_shell=True),
]


@pytest.mark.parametrize("policy", RULES)
def test_any_rule_takes_files_and_code_away(policy: Policy, tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    for path in (f"{tmp_path}/f", "/etc/shadow", "/nowhere"):
        with pytest.raises(RefusedError, match=r"^f: files are not allowed here"):
            policy.check_file("f", path)
    with pytest.raises(RefusedError, match=r"^script: code is not allowed here"):
        policy.check_code("script")


def test_permissions_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a").touch()
    (folder / "link").symlink_to(folder / "deep" / "a")
    (folder / "out").symlink_to("/etc/passwd")
    (folder / "up").symlink_to(tmp_path)
    (tmp_path / "files-too").mkdir()
    (tmp_path / "files-too" / "a").touch()
    policy = Policy(no_shell=True, files=folder, allow_code=True)
    policy.check_code("script")
    for text in ("deep/a", f"{folder}/deep/a", "link", "./deep/../deep/a"):
        assert policy.check_file("f", text) == folder / "deep" / "a"
    outside = {"/etc/passwd", "/nowhere", "../files-too/a", "out", "up/files-too/a", "../x", ".."}
    outside |= {f"{tmp_path}/files-too/a", "/dev/zero", "deep/../../../../etc/passwd"}
    said = set()
    for text in outside:
        with pytest.raises(RefusedError) as refused:
            policy.check_file("f", text)
        said.add(str(refused.value))
    assert said == {"f: only files below --task-files are allowed here"}, "nothing of what is there"
    for text in ("deep", "none", ""):
        with pytest.raises(BadTaskError, match="there is no file"):
            policy.check_file("f", text)
