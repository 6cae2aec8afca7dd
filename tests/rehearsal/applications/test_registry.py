import sys

import pytest

from rehearsal.applications.command import CommandApplication
from rehearsal.applications.container import ContainerApplication
from rehearsal.applications.demo import DemoApplication
from rehearsal.applications.pod import BUILD, read_pod, with_annotations
from rehearsal.applications.registry import (
    CANDIDATE,
    Applications,
    parse_application,
    parse_image_option,
)
from rehearsal.errors import UserError
from tests.rehearsal.applications.launching import context

STABLE, NEW = CommandApplication("bash old"), CommandApplication("bash new")


def _template(image: str = "ghcr.io/a/shop:1") -> dict[str, object]:
    return {"spec": {"containers": [{"name": "app", "image": image}]}}


def test_the_candidate_runs_only_what_was_made_for_it() -> None:
    found = Applications(STABLE, NEW)
    assert found.find(read_pod(_template())) is STABLE
    assert found.find(read_pod(with_annotations(_template(), {BUILD: CANDIDATE}))) is NEW


@pytest.mark.parametrize("name", ["ghcr.io/a/shop:1", "shop:1", "ghcr.io/a/shop", "shop"])
def test_an_image_is_found_by_each_of_its_names(name: str) -> None:
    assert Applications(images={name: NEW}).find(read_pod(_template())) is NEW


def test_a_tag_comes_before_the_image_as_such() -> None:
    found = Applications(images={"ghcr.io/a/shop": STABLE, "shop:2": NEW})
    assert found.find(read_pod(_template("ghcr.io/a/shop:2"))) is NEW
    assert found.find(read_pod(_template("ghcr.io/a/shop:1"))) is STABLE


def test_our_own_images_need_no_command() -> None:
    application = Applications().find(read_pod(_template("ghcr.io/x/detail:2.0")))
    assert application == DemoApplication("detail")
    launch = application.launch(context("ghcr.io/x/detail:2.0", env={"DETAIL_DRAIN_SECONDS": "5"},
                                        speed=20.0))  # fmt: skip
    assert launch.argv[:3] == (sys.executable, "-m", "detail_service")
    assert launch.argv[3:] == ("--port", "20001", "--app-version", "2.0")
    assert launch.env["DETAIL_DRAIN_SECONDS"] == "0.25"
    assert launch.env["HOST"] == "127.0.0.1"


def test_an_image_that_nothing_runs_is_said_with_what_to_give() -> None:
    with pytest.raises(UserError, match=r"'ghcr.io/a/shop:1'.*--stable.*--image ghcr.io/a/shop="):
        Applications().find(read_pod(_template()))


def test_every_command_is_checked() -> None:
    bad = CommandApplication("no-such-program-here", "--image shop")
    for applications in (
        Applications(stable=bad),
        Applications(candidate=bad),
        Applications(images={"shop": bad}),
    ):
        with pytest.raises(UserError, match="no-such-program-here"):
            applications.check()


def test_containers_are_told_by_their_prefix() -> None:
    assert parse_application(" image:shop:1 ", "--stable") == ContainerApplication("shop:1")
    assert parse_application("./image", "--stable") == CommandApplication("./image")
    assert parse_image_option("a/shop:1=image:b/shop:{tag}") == (
        "a/shop:1",
        ContainerApplication("b/shop:{tag}", "--image a/shop:1"),
    )


@pytest.mark.parametrize("text", ["", "shop", "=x", "shop=", "shop= "])
def test_an_image_option_needs_both_sides(text: str) -> None:
    with pytest.raises(UserError, match=r"write REPO\[:TAG\]='COMMAND'"):
        parse_image_option(text)


@pytest.mark.parametrize("text", ["image:", "image:-rm", "image:a b"])
def test_a_container_needs_an_image(text: str) -> None:
    with pytest.raises(UserError, match=r"write image:NAME\[:TAG\]"):
        parse_application(text, "--stable")
