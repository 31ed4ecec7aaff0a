"""Words of the model: each is explained once, truly, and can be read by everybody."""

import re

import pytest

from crisis_abm.dashboard.components.html import GLOSSARY, find, identity, marked, term
from crisis_abm.engine import Status
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.scenario import LEVERS


def test_meanings_are_short_sentences():
    for word, means in GLOSSARY.items():
        assert re.fullmatch(r"[A-Z0-9].*\.", means), word
        assert len(means) <= 260, word
        assert len(re.findall(r"[.;:](?: |$)", means)) <= 4, word
    assert len({identity(word) for word in GLOSSARY}) == len(GLOSSARY)


@pytest.mark.parametrize("words", [*LEVERS, *(lever.title for lever in LEVERS.values())])
def test_every_principle_is_explained(words):
    assert find(words) is not None


@pytest.mark.parametrize("status", Status)
def test_every_status_is_explained(status):
    assert status.name.lower() in GLOSSARY  # run_view_shapes.js makes the id of its name


@pytest.mark.parametrize("title", [outcome.title for outcome in OUTCOMES.values()])
def test_every_outcome_is_explained(title):
    assert find(title) is not None


@pytest.mark.parametrize(
    "key",
    [
        "altruism",
        "patience",
        "recovery",
        "hoarding",
        "cover",
        "criticality",
        "capacity",
        "lead_time",
        "rank",
        "harm",
        "hazard",
        "events",
        "uncertain",
        "kind",
        "area",
        "resource",
        "policy",
    ],
)
def test_keys_of_a_scenario_that_are_words_of_the_model_are_explained(key):
    assert find(key.replace("_", " ")) is not None


def test_a_word_that_nobody_explains_cannot_be_marked():
    with pytest.raises(KeyError, match=r"words\.toml"):
        term("synergy")
    with pytest.raises(KeyError, match="synergy"):
        marked("Synergy helps", "synergy")


def _shape(children):
    """A sentence as text; marked words in brackets."""
    return "".join(c if isinstance(c, str) else f"[{c.kwargs['children'][0]}]" for c in children)


def test_each_word_is_marked_where_it_first_stands():
    shown = marked("Siloed, then siloed: 90% interval of a mean interval", "siloed", "90% interval")
    assert _shape(shown) == "[Siloed], then siloed: [90% interval] of a mean interval"
    assert _shape(marked("unstrained [uncertain]", "strained", "uncertain")) == (
        "unstrained [[uncertain]]"
    )
    assert marked("nothing of it here", "band") == ["nothing of it here"]
    assert marked("<b>siloed</b>", "siloed")[0] == "<b>"


@pytest.mark.slow
def test_a_word_explains_itself_by_keyboard_pointer_and_to_a_reader(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/?replicates=10")
    page.locator(".ca-finding").filter(has_text="over 10 crises").wait_for()
    tip = page.get_by_role("tooltip")
    word = page.locator(".ca-finding .ca-term").filter(has_text="siloed")
    word.focus()
    tip.filter(has_text=GLOSSARY["siloed"]).wait_for()
    box = tip.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    tip.wait_for(state="hidden")
    assert word.evaluate("one => one === document.activeElement")
    session = page.context.new_cdp_session(page)
    focused = session.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]
    node = session.send(
        "Accessibility.getPartialAXTree",
        {"objectId": focused["objectId"], "fetchRelatives": False},
    )["nodes"][0]
    assert node["description"]["value"] == GLOSSARY["siloed"]
    page.locator("h1").click()
    word.hover()
    tip.wait_for()
    page.mouse.move(*_middle(tip), steps=4)
    page.wait_for_timeout(600)  # longer than the pointer may take from the word to what it means
    assert tip.is_visible()
    page.mouse.move(200, 5)
    tip.wait_for(state="hidden")
    unexplained = page.evaluate(
        """[...document.querySelectorAll(".ca-term")].filter((one) =>
          !document.getElementById(one.getAttribute("aria-describedby"))?.textContent)
          .map((one) => one.textContent)"""
    )
    assert not unexplained
    page.get_by_text("Words", exact=True).click()
    page.get_by_role("term").filter(has_text="common agenda").wait_for()
    assert page.get_by_role("term").count() == len(GLOSSARY)


def _middle(place):
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
