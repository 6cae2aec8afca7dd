import json

import pytest

from rehearsal.errors import UserError
from rehearsal.faults import Fault
from rehearsal.scenario.commands import BY_HAND, Command, parse_command
from rehearsal.scenario.step import Action
from rehearsal.world import TargetChange


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ('{"do": {"fault": "errors=5%,path=/x"}}', "fault", Fault("abort", 5.0, path="/x")),
        ('{"do": {"clear-faults": true}}', "clear-faults", True),
        ('{"do": {"gate": "open"}}', "gate", "open"),
        ('{"do": {"rollback-gate": "closed"}}', "rollback-gate", "closed"),
        ('{"do": {"speed": 2}}', "speed", 2.0),
        ('{"do": {"pause": false}}', "pause", False),
        ('{"do": {"suspend": true}}', "suspend", True),
        ('{"do": {"kill": "primary"}}', "kill", "primary"),
        (
            '{"do": {"set": {"image": "reg.io/shop:2.0@sha256"}}}',
            "set",
            TargetChange("reg.io/shop:2.0@sha256"),
        ),
    ],
)
def test_actions(text: str, kind: str, value: object) -> None:
    found = parse_command(text).action
    assert found is not None
    assert (found.kind, found.value) == (kind, value)


def test_steps_rollouts_and_the_end() -> None:
    assert parse_command('{"play": "promotion"}') == Command(play="promotion")
    assert parse_command('{"finish": true}') == Command(finish=True)
    text = '{"roll-out": {"image": "2.0", "candidate": true, "faults": ["errors=5%"],'
    step = parse_command(text + ' "expect": "rolled-back"}}').rollout
    assert step is not None
    assert step.expect.ending == "rolled-back"
    assert step.actions == (
        Action("fault", Fault("abort", 5.0)),
        Action("set", TargetChange("2.0", candidate=True)),
    )
    assert step.title == "roll out the candidate's command, image 2.0, with 1 faults"
    plain = parse_command('{"roll-out": {"annotations": {"try": "2"}}}').rollout
    assert plain is not None
    assert plain.expect.ending is None
    assert plain.title == "roll out annotation try"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not one JSON object"),
        ("{", "not JSON"),
        ("[]", "must be an object with do, play"),
        ("{}", "the command needs exactly one of do"),
        ('{"do": {"gate": "open"}, "finish": true}', "needs exactly one"),
        ('{"finish": false}', "finish: must be true"),
        ('{"finish": true, "canary": "a.b"}', "needs exactly one"),
        ('{"do": {"pause": true}, "canary": 5}', "canary: must be a string"),
        ('{"play": ""}', "play: must be the name"),
        ('{"play": 5}', "play: must be a string"),
        ('{"do": {"fault": "errors=500%"}}', "do.fault: fault"),
        ('{"do": {"gate": "ajar"}}', "do.gate: must be one of open, closed"),
        ('{"do": {"speed": 0}}', "do.speed: must be a number above 0"),
        ('{"do": {"gate": "open", "pause": true}}', "do: needs exactly one"),
        ('{"do": 5}', "do: must be an object"),
        ('{"roll-out": {}}', "roll-out: needs one of"),
        ('{"roll-out": {"image": "2", "expect": "finished"}}', "expect: must be one of promoted"),
        ('{"roll-out": {"image": "2", "faults": "x"}}', "faults: must be a list"),
    ],
)
def test_mistakes_are_one_line(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said.replace("(", r"\(")) as caught:
        parse_command(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["exec", "apply", "edit", "deploy", "wait", "wait-for"])
def test_nothing_that_reaches_a_shell_or_a_file_is_done(kind: str) -> None:
    assert kind not in BY_HAND
    with pytest.raises(UserError, match="unknown field"):
        parse_command(f'{{"do": {{"{kind}": "x"}}}}')


@pytest.mark.parametrize("image", ["2.0; id", "$(id)", "a b", "`id`", "-x", "2\n0", "a" * 300])
@pytest.mark.parametrize("form", ['{"do": {"set": {"image": %s}}}', '{"roll-out": {"image": %s}}'])
def test_an_image_is_a_plain_name(form: str, image: str) -> None:
    with pytest.raises(UserError, match="image: is not a plain name"):
        parse_command(form % json.dumps(image))


def test_no_variable_is_set() -> None:
    with pytest.raises(UserError, match=r"set\.env: unknown field"):
        parse_command('{"do": {"set": {"env": {"LD_PRELOAD": "x"}}}}')


def test_an_action_may_be_for_another_canary() -> None:
    assert parse_command('{"do": {"gate": "open"}, "canary": "shop.prod"}').canary == "shop.prod"


def test_depth_is_bounded() -> None:
    with pytest.raises(UserError):
        parse_command('{"do": ' + "[" * 10_000)
