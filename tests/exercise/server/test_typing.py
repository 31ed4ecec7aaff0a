"""What somebody is typing, or is at with the keyboard, outlasts whatever changes on the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from crisis_abm.exercise.server.keys import FACILITATOR
from tests.conftest import PATIENCE

pytestmark = pytest.mark.slow


@pytest.fixture
def opened(chromium, hall):
    """Opens a page of somebody who is let in already."""
    contexts = []

    def page(visitor, path):
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        path_of_role = path.split("/")[1]
        place = "/facilitate/" if path_of_role == "facilitate" else path
        cookie = {"name": "crisis_abm_exercise", "value": visitor.token()}
        context.add_cookies([{**cookie, "domain": "127.0.0.1", "path": place}])
        made = context.new_page()
        made.goto(hall.base + path)
        return made

    yield page
    for context in contexts:
        context.close()


def refreshed(page, act):
    """Do something elsewhere, and wait until the page has asked what it changed."""
    with page.expect_response(lambda answer: answer.request.headers.get("x-live") == "1"):
        act()
    page.wait_for_timeout(200)


def test_a_facilitator_loses_nothing_that_is_half_written(hall, opened):
    hall.do("start")
    home = hall.seated("home")
    page = opened(hall.facilitator, "/facilitate/")
    page.locator("#add-inject > summary").click()
    page.locator("#inject-2 > summary").click()
    typed = {
        "#notes textarea": "They waited for each other.",
        "#add-form textarea": "The lift is stuck.",
        "#edit-2 textarea": "Another text.",
    }
    for field, text in typed.items():
        page.locator(field).fill(text)
    page.locator("#add-form").get_by_label("Home", exact=True).check()

    def all_there():
        for field, text in typed.items():
            expect(page.locator(field)).to_have_value(text)
        assert page.locator("#add-form").get_by_label("Home", exact=True).is_checked()

    key = home.key("/seat/home/")
    refreshed(page, lambda: home.ask("/seat/home/decide", {"turn": 0, "key": key, "reason": "x"}))
    all_there()
    page.locator("#seats", has_text="decided").wait_for()
    page.locator("#inject-2").get_by_role("button", name="Hold").click()  # the same section
    page.locator("#inject-2 summary", has_text="held").wait_for()
    all_there()
    page.locator("#add-form input[name=date]").fill("some day")
    page.locator("#add-form").get_by_role("button", name="Add", exact=True).click()
    page.locator("#said", has_text="is no day").wait_for()
    all_there()
    page.locator("#add-form input[name=date]").fill("")
    page.locator("#add-form").get_by_role("button", name="Add", exact=True).click()
    page.locator("#said", has_text="is stored").wait_for()
    del typed["#add-form textarea"]
    expect(page.locator("#add-form textarea")).to_have_value("")
    for field, text in typed.items():
        expect(page.locator(field)).to_have_value(text)


def test_the_keyboard_stays_where_it_was(hall, opened):
    hall.do("start")
    works = hall.seated("works")
    page = opened(hall.facilitator, "/facilitate/")
    row = page.locator("#seats tbody tr", has_text="Home")
    row.get_by_role("button", name="To standing policy").focus()
    key = works.key("/seat/works/")
    refreshed(page, lambda: works.ask("/seat/works/decide", {"turn": 0, "key": key}))
    focused = "document.activeElement.textContent + document.activeElement.closest('tr').innerText"
    assert page.evaluate(focused).startswith("To standing policy (Home)")
    page.keyboard.press("Enter")
    row.get_by_role("button", name="To people").wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate(focused).startswith("To people (Home)")


def test_what_was_sent_is_said_where_it_is_read_out(hall, opened):
    page = opened(hall.facilitator, "/facilitate/")
    page.evaluate("window.region = document.getElementById('said')")
    page.get_by_role("button", name="Start").click()
    page.locator("#said", has_text="begun").wait_for()
    assert page.evaluate("window.region.isConnected")


def test_who_came_while_it_was_paused_can_confirm_when_it_goes_on(hall, opened):
    hall.do("start")
    hall.do("pause", paused="yes")
    page = opened(hall.seated("home"), "/seat/home/")
    page.locator("[name=reason]").fill("early")
    page.get_by_role("button", name="Confirm").click()
    page.locator("#said", has_text="paused").wait_for()
    refreshed(page, lambda: hall.do("pause", paused="no"))
    expect(page.locator("[name=reason]")).to_have_value("early")
    page.get_by_role("button", name="Confirm").click()
    page.locator("#confirmed", has_text="early").wait_for()


def test_a_turn_that_is_played_again_has_a_form_of_its_own(hall, opened):
    hall.do("start")
    page = opened(hall.seated("home"), "/seat/home/")
    page.locator("[name=reason]").fill("before")
    refreshed(page, lambda: hall.do("rewind", turn=0))
    expect(page.locator("[name=reason]")).to_have_value("")


def test_an_answer_stays_to_be_seen_and_those_half_written_beside_it(hall, opened):
    hall.do("start")
    for turn in range(3):
        hall.do("advance", turn=turn)
    page = opened(hall.seated("home"), "/seat/home/")
    box = page.locator("#answer-0 textarea")
    box.fill("On Monday")
    refreshed(page, lambda: hall.do("note", text="x"))
    expect(box).to_have_value("On Monday")
    page.locator("#answer-0 button").click()
    page.locator("#said", has_text="stored").wait_for()
    expect(box).to_have_value("On Monday")
    page.reload()
    expect(box).to_have_value("On Monday")


def test_a_page_that_may_not_follow_goes_on_and_keeps_what_is_typed(hall, opened):
    hall.do("start")
    home = hall.seated("home")
    page = opened(hall.facilitator, "/facilitate/")
    page.route("**/live", lambda route: route.fulfill(status=503, body="busy"))
    page.reload()
    page.locator("#notes textarea").fill("half a note")
    page.evaluate("window.stayed = true")
    key = home.key("/seat/home/")
    refreshed(page, lambda: home.ask("/seat/home/decide", {"turn": 0, "key": key, "reason": "x"}))
    page.locator("#seats", has_text="decided").wait_for()
    assert page.evaluate("window.stayed")
    expect(page.locator("#notes textarea")).to_have_value("half a note")


def test_a_note_that_is_half_written_is_there_when_the_facilitator_comes_back(hall, opened):
    hall.do("start")
    page = opened(hall.facilitator, "/facilitate/")
    page.locator("#notes textarea").fill("half a note")
    page.locator("#seats").get_by_role("link", name="Its page (Home)").click()
    page.get_by_role("link", name="back to your page").click()
    expect(page.locator("#notes textarea")).to_have_value("half a note")
    page.get_by_role("button", name="Note it").click()
    page.locator("#said", has_text="Noted").wait_for()
    expect(page.locator("#notes textarea")).to_have_value("")
    page.reload()
    expect(page.locator("#notes textarea")).to_have_value("")


def test_a_facilitators_page_that_nobody_sees_follows_when_it_is_seen_again(hall, opened):
    hall.do("start")
    page = opened(hall.facilitator, "/facilitate/")
    seat = opened(hall.seated("home"), "/seat/home/")
    here = hall.hall.here

    def shown(one, hidden):
        one.evaluate(
            f"Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }})"
        )
        one.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    def waited(wanted):
        for _ in range(100):
            if here(FACILITATOR) == wanted:
                return True
            page.wait_for_timeout(100)
        return False

    assert waited([""])
    shown(page, "true")
    shown(seat, "true")
    assert waited([])
    assert here("home") == ["Ada"]
    hall.do("pause", paused="yes")
    shown(page, "false")
    page.get_by_role("button", name="Go on").wait_for()
    assert waited([""])
