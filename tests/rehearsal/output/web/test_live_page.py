import asyncio
import stat
import webbrowser
from pathlib import Path
from typing import Any

import httpx2
import pytest

from commons.sockets import listen
from rehearsal.output.web.access import Access
from rehearsal.output.web.live_page import LivePage, choices_of
from rehearsal.scenario.commanded import CommandedRunner
from rehearsal.scenario.runner import ScenarioRunner
from rehearsal.simulated.world import SimulatedWorld
from tests.rehearsal.output.web.played import NAME, PROVIDER, SUBJECT, document, scenario_of
from tests.rehearsal.output.web.serving import client, served

pytestmark = pytest.mark.anyio
TUTORIAL = scenario_of("tutorial")


def test_what_the_page_offers() -> None:
    found = choices_of(TUTORIAL, manual=True, images=("9.0", "2.0"), candidate=True)
    assert [step["name"] for step in found["steps"]] == [step.name for step in TUTORIAL.steps]
    assert found["images"] == ["9.0", "2.0", "3.0"]
    assert (found["manual"], found["candidate"]) == (True, True)


async def test_a_browser_is_led_to_it_without_the_address_on_a_command_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(webbrowser, "open", asked.append)
    world = SimulatedWorld([SUBJECT])
    runner = ScenarioRunner(world, TUTORIAL, NAME, PROVIDER, lambda _: {})
    commanded = CommandedRunner(runner, world, TUTORIAL, by_hand=True)
    page = LivePage(world, commanded, document, choices_of(TUTORIAL, manual=True))
    listener = listen("127.0.0.1", 0)
    access = Access("127.0.0.1", listener.getsockname()[1], "a&b")
    page.serve(access, listener, opens_browser=True)
    while not asked:
        await asyncio.sleep(0.01)
    file = Path(asked[0].removeprefix("file://"))
    assert access.token not in asked[0]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "token=a&amp;b" in file.read_text()
    await page.close()
    assert not file.exists()


async def test_a_page_begins_with_what_has_happened_before_it() -> None:
    async with served(manual=False, scenario="errors") as page:
        await page.play(speed=1000)
        data = page.page._describe()
        assert data["state"] == "running"
        assert data["live"]["apex_url"] == ""
        assert [step["step"] for step in data["steps"]] == ["bootstrap", "rollout"]
    with pytest.raises(httpx2.ConnectError):
        async with client(page) as late:
            await late.get("/")
