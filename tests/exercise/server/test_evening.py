"""An exercise from the first card to the report, in real browsers, with what goes wrong on the way.

One facilitator and three people play the flood. One of them uses the keyboard alone, one drops out
and returns, the fourth seat never says a word, the server is killed, and a turn is played twice.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from crisis_abm.exercise import Log
from crisis_abm.web.address import listening
from tests.conftest import PATIENCE

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
SEATS = ("hospital", "care", "council")
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


class Command:
    """`crisis-abm exercise flood`, which can be killed and goes on with the same command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with listening("127.0.0.1", 0) as place:
            self.port = place.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"

    def begin(self, *what: str) -> str:
        """Start it; the facilitator's link."""
        command = [sys.executable, "-m", "crisis_abm", "exercise", *what]
        command += ["--data", str(self.folder), "--port", str(self.port), "--no-browser"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        told = ""
        for line in self.process.stdout:
            told += line
            if "Ctrl-C" in line:
                break
        return re.search(r"http\S+/facilitate/enter\S+", told).group(0)

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def end(self) -> None:
        """As Ctrl-C does."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()


@pytest.fixture
def command(tmp_path):
    made = Command(tmp_path / "held")
    yield made
    if made.process.poll() is None:
        made.end()


@pytest.fixture
def people(chromium, command):
    """Makes people with a browser of their own; a fault in a page fails the test."""
    faults: list[str] = []
    contexts = []

    def person(viewport=WIDE):
        context = chromium.new_context(viewport=viewport)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((command.base, "data:", "blob:", "file:"))
                else faults.append(f"asked for {asked.url}")
            ),
        )
        return page

    yield person
    for context in contexts:
        context.close()
    assert not faults


def sit_down(page, command, code, seat, pin, name):
    page.goto(f"{command.base}/join/{code}?seat={seat}")
    page.get_by_label("PIN on your card").fill(pin)
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Sit down").click()
    page.wait_for_url(f"**/seat/{seat}/")


def confirm(page, reason):
    page.get_by_label("Why", exact=True).fill(reason)
    page.get_by_role("button", name="Confirm").click()
    page.locator("#confirmed", has_text=reason).wait_for()


def with_keys(page, reason):
    """Decide by the keyboard alone."""
    for key in ["Tab"] * 80:
        page.keyboard.press(key)
        if page.evaluate("document.activeElement.name") == "reason":
            break
    page.keyboard.type(reason)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Confirm"
    page.keyboard.press("Enter")
    page.locator("#confirmed", has_text=reason).wait_for()


def turn_is(page, number):
    page.locator("#time", has_text=f"Turn {number} of 5").wait_for()


def serious(page):
    from axe_playwright_python.sync_playwright import Axe

    only = {"resultTypes": ["violations"]}
    return [
        (page.url, one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in Axe().run(page, options=only).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def test_a_facilitator_and_three_players_play_the_flood_to_its_end(people, command, tmp_path):
    facilitator, room = people(), people()
    facilitator.goto(command.begin("flood"))
    cards = facilitator.context.new_page()
    cards.goto(f"{command.base}/facilitate/handouts/")
    sheets = cards.locator(".keys").all_inner_texts()
    code = re.search(r"Code (\w+)", sheets[0]).group(1)
    pins = [re.search(r"PIN (\d+)", sheet).group(1) for sheet in sheets[1:]]
    cards.close()
    room.goto(f"{command.base}/room/{code}/")
    players = {seat: people(NARROW if seat == "care" else WIDE) for seat in SEATS}
    for seat, pin in zip(SEATS, pins, strict=False):
        sit_down(players[seat], command, code, seat, pin, f"Player of {seat}")
    hospital, care, council = players.values()
    for page in (facilitator, room, *players.values()):
        assert not serious(page)

    # turn 1: no telephone; nobody waits for the seat that says nothing
    facilitator.get_by_role("button", name="Start").click()
    for page in (room, *players.values()):
        turn_is(page, 1)
    assert hospital.get_by_role("group", name="Call").count() == 0
    hospital.get_by_label("How much").first.select_option("need")
    confirm(hospital, "We have enough food")
    confirm(care, "As ever <b>here</b>")
    with_keys(council, "By keyboard alone")
    facilitator.get_by_text("Waiting for Fuel and roads").wait_for()
    for page in (facilitator, room, *players.values()):
        assert not serious(page)
    facilitator.get_by_role("button", name="Next turn without them").click()
    for page in (facilitator, room, *players.values()):
        turn_is(page, 2)
    hospital.get_by_text("In turn 1 you served").wait_for()

    # turn 2: one drops out with half a sentence typed, and returns to it
    care.get_by_label("Why", exact=True).fill("Half a sentence")
    care.get_by_text("Draft, not confirmed").wait_for()
    care.context.set_offline(True)
    care.goto("about:blank")
    hospital.get_by_role("checkbox", name="Care homes and home care").check()
    hospital.get_by_label("What you tell them").fill("How long does your fuel last?")
    confirm(hospital, "They lack fuel")
    care.context.set_offline(False)
    care.goto(f"{command.base}/seat/care/")
    care.get_by_text("“How long does your fuel last?”").wait_for()
    expect(care.get_by_label("Why", exact=True)).to_have_value("Half a sentence")

    # the server is killed: what was confirmed is there, pages follow again by themselves
    command.kill()
    council.get_by_text("The connection is lost").wait_for()
    assert facilitator.url.startswith(command.begin("flood").partition("enter")[0])
    for page in (council, facilitator, room):
        page.get_by_text("The connection is lost").wait_for(state="hidden")
        turn_is(page, 2)
    confirm(care, "A whole sentence")
    facilitator.locator("#seats tr", has_text="Hospital").get_by_text("decided").wait_for()
    facilitator.get_by_role("button", name="Next turn without them").click()
    for page in (facilitator, *players.values()):
        turn_is(page, 3)

    # back to turn 2, and another way from there
    facilitator.get_by_text("Rewind", exact=True).click()
    facilitator.get_by_label("To the beginning of").select_option("1")
    facilitator.get_by_role("button", name="Go back there and branch").click()
    for page in (facilitator, *players.values()):
        turn_is(page, 2)
    facilitator.get_by_text("branch 2").wait_for()
    hospital.get_by_text("Nothing confirmed yet").wait_for()
    confirm(hospital, "Otherwise this time")
    for turn in (2, 3, 4, 5):
        facilitator.get_by_role("button", name="Next turn without them").click()
        if turn < 5:
            turn_is(facilitator, turn + 1)

    # afterwards
    council.get_by_text("Hot wash").first.wait_for()
    council.get_by_label("1. ").fill("On Sunday evening")
    council.get_by_role("button", name="Save").first.click()
    council.get_by_text("Your answer is stored.").wait_for()
    facilitator.get_by_label("Action").fill("A list of who depends on a machine")
    facilitator.get_by_label("Owner").fill("Council")
    facilitator.get_by_label("By", exact=True).fill("2027-03-01")
    facilitator.get_by_role("button", name="Add", exact=True).click()
    facilitator.get_by_text("is in the plan").wait_for()
    for page in (facilitator, room, council):
        assert not serious(page)
    for page in (facilitator, room, council, care):
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    facilitator.goto(f"{command.base}/facilitate/report/")
    facilitator.get_by_role("heading", name="What came of it", exact=True).wait_for(timeout=180_000)
    offline = people()
    offline.context.set_offline(True)
    offline.goto((command.folder / "report.html").as_uri())
    shown = offline.locator("body").inner_text()
    for words in (
        "As ever <b>here</b>",
        "Otherwise this time",
        "On Sunday evening",
        "A list of who depends on a machine",
        "mattered most",
    ):
        assert words in shown
    assert not serious(offline)
    entries = Log.read(command.folder / "exercise.log")
    reasons = [one.data["decision"].get("reason") for one in entries if one.kind == "decided"]
    told = ["We have enough food", "As ever <b>here</b>", "By keyboard alone", "They lack fuel"]
    assert reasons == [*told, "A whole sentence", "Otherwise this time"]
    assert [one.data["turn"] for one in entries if one.kind == "advanced"] == [0, 1, 2, 2, 3, 4, 5]
    assert os.stat(command.folder / "exercise.log").st_size > 0
