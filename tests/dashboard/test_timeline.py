"""Events on the line of time: moved and stretched by pointer, finger and keyboard, and undone."""

import re
import tomllib
from pathlib import Path

import pytest

from crisis_abm.dashboard.widgets.pictures import Timeline

EVENTS = [
    {"number": 0, "what": "a", "start": 5, "end": 9, "once": False, "waits": "", "fault": ""},
    {"number": 1, "what": "b", "start": 5, "end": None, "once": False, "waits": "", "fault": ""},
    {"number": 2, "what": "c", "start": None, "end": None, "once": False, "waits": "x"},
    {"number": 3, "what": "d", "start": 5, "end": 40, "once": False, "waits": "", "fault": ""},
]


def _asked(content):
    asked = []

    def ask(*wanted):
        asked.append(wanted)
        return True

    widget = Timeline(events=EVENTS, steps=30, asked=ask)
    widget._came(widget, content, [])
    return asked


@pytest.mark.parametrize(
    ("content", "asked"),
    [
        ({"what": "move", "number": 0, "start": 6, "end": 10}, ("move", 0, 6, 10)),
        ({"what": "move", "number": 1, "start": 0, "end": None}, ("move", 1, 0, None)),
        ({"what": "move", "number": 1, "start": 29, "end": 30}, ("move", 1, 29, 30)),
        ({"what": "move", "number": 3, "start": 6, "end": 40}, ("move", 3, 6, 40)),
        ({"what": "remove", "number": 2}, ("remove", 2, None, None)),
    ],
)
def test_what_a_browser_may_ask_for_is_passed_on(content, asked):
    assert _asked(content) == [asked]


@pytest.mark.parametrize(
    "content",
    [
        None,
        "move",
        {"what": "open", "number": 0},
        {"what": "remove", "number": "0"},
        {"what": "remove", "number": 7},
        {"what": "remove", "number": False},
        {"what": "move", "number": 0, "start": -1, "end": 10},
        {"what": "move", "number": 0, "start": 30, "end": None},
        {"what": "move", "number": 0, "start": 6, "end": 6},
        {"what": "move", "number": 0, "start": 6, "end": 31},
        {"what": "move", "number": 0, "start": 6.5, "end": 10},
        {"what": "move", "number": 0, "start": "6", "end": 10},
        {"what": "move", "number": 2, "start": 6, "end": 10},
    ],
)
def test_anything_else_from_a_browser_is_dropped(content):
    assert _asked(content) == []


def _opened(page):
    page.goto("/scenarios")
    card = page.locator(".ca-card").filter(has_text="Local shock").first
    card.get_by_role("button", name=re.compile("Copy and edit")).click()
    page.locator("h1").filter(has_text="Edit:").wait_for()
    page.locator(".ca-event").first.wait_for()


def _row(page):
    return page.locator(".ca-event").filter(has_text="Both suppliers")


def _says(page, words):
    _row(page).locator(".ca-event-when").filter(has_text=words).wait_for()


def _dragged(page, what, days, held=0.5):
    """The pointer takes something of the first event and moves it by so many days."""
    box = _row(page).locator(what).bounding_box()
    day = _row(page).locator(".ca-event-track").bounding_box()["width"] / 120
    x, y = box["x"] + held * box["width"], box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + days * day, y, steps=5)
    page.mouse.up()


def _downloaded(page, until):
    """The file as it is, once it is as it should be."""
    for _ in range(50):
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        if until(tomllib.loads(text)["events"]):
            return text
        page.wait_for_timeout(100)
    pytest.fail(f"the file never is as it should be:\n{text}")


@pytest.mark.slow
def test_an_event_is_dragged_stretched_and_put_back(page):
    _opened(page)
    _says(page, "day 20 to day 64")
    before = _downloaded(page, lambda events: events[0]["start"] == 20)
    _dragged(page, ".ca-event-bar", 10)
    _says(page, "day 30 to day 74")
    _dragged(page, ".ca-event-end", -5)
    _says(page, "day 30 to day 69")
    after = _downloaded(page, lambda events: (events[0]["start"], events[0]["end"]) == (30, 70))
    expected = before.replace("start = 20\nend = 65", "start = 30\nend = 70")
    assert after == expected != before
    for words in ("day 30 to day 74", "day 20 to day 64"):
        page.get_by_role("button", name=re.compile("^Undo")).click()
        _says(page, words)
    assert _downloaded(page, lambda events: events[0]["end"] == 65) == before


@pytest.mark.slow
def test_the_keyboard_moves_and_stretches_and_opens(page):
    page.set_viewport_size({"width": 390, "height": 844})
    _opened(page)
    page.get_by_label("Last: Both suppliers").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    _says(page, "day 20 to day 66")
    page.keyboard.press("Shift+ArrowLeft")
    _says(page, "day 19 to day 65")
    page.get_by_role("button", name=re.compile("^Undo")).and_(
        page.locator("button:enabled")
    ).wait_for()
    page.get_by_label("First: Both suppliers").press("Enter")
    page.get_by_label("start", exact=True).wait_for()
    assert page.get_by_label("start", exact=True).input_value() == "19"
    assert page.get_by_label("end", exact=True).input_value() == "66"
    page.get_by_label("end", exact=True).fill("3")
    page.get_by_label("end", exact=True).press("Enter")
    _row(page).locator(".ca-fault").filter(has_text="is not after the start").wait_for()


@pytest.mark.slow
def test_a_finger_moves_an_event(visitors):
    page = visitors(has_touch=True, is_mobile=True).page
    page.set_viewport_size({"width": 390, "height": 844})
    _opened(page)
    bar = _row(page).locator(".ca-event-bar")
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    day = _row(page).locator(".ca-event-track").bounding_box()["width"] / 120
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    places = [x + far * day for far in (0, 4, 8, 12)]
    kinds = ["touchStart", *["touchMove"] * 3]
    for kind, at in zip(kinds, places, strict=True):
        points = [{"x": at, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    _says(page, "day 32 to day 76")
    assert page.url.count("place=") == 0


@pytest.mark.slow
def test_hundreds_of_events_are_shown_on_demand_and_taken_away(page):
    many = "".join(
        f'[[events]]\ntitle = "Event {k}"\nannouncement = "x"\nstart = {k % 120}\n'
        for k in range(200)
    )
    hall = '[[organisations]]\nid = "hall"\nkind = "council"\ncapacity = 9\n'
    town = f'title = "Town"\n[resources]\ncoordination = {{}}\n{many}{hall}'
    page.goto("/scenarios")
    field = page.get_by_label("Upload a scenario, or tables of organisations and links")
    field.set_input_files({"name": "t.toml", "mimeType": "", "buffer": town.encode()})
    page.locator("h1").filter(has_text="Town").wait_for()
    page.goto(page.url.replace("/?", "/edit?"))
    page.get_by_role("button", name="Show all 200 events").click()
    page.locator(".ca-event").nth(199).wait_for()
    page.get_by_role("button", name="Remove: Event 199", exact=True).click()
    page.wait_for_function("document.querySelectorAll('.ca-event').length === 199")
    focused = page.evaluate("document.activeElement.textContent")
    assert focused == "Event 198"
    page.get_by_role("button", name=re.compile("^Undo")).click()
    page.locator(".ca-event").nth(199).wait_for()
