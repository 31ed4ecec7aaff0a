"""What is printed says what the exercise file says, and what the crisis is when play begins."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from crisis_abm.exercise import Exercise
from crisis_abm.exercise.exercise import ready_made_exercises
from crisis_abm.exercise.papers import PAPERS, blocks, fewest_players, paper
from tests.exercise.small import FILE, exercise

READY_MADE = sorted(ready_made_exercises())


def words(page: str) -> str:
    """A page without its marks."""
    body = page.partition("</head>")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def guided(**changes: Any) -> Exercise:
    guide = {
        "rules": 7,
        "hot_wash": 13,
        "before": "Bring:\n- pens\n- paper\n\nThen breathe.",
        "pitfalls": "<b>Haste</b> & more.",
    }
    return exercise(**{"guide": guide, "questions": ["Who knew?"], **changes})


def test_paragraphs_and_lists():
    assert blocks("One\nline.\n\nTwo.\n- a\n- b\n") == [
        ("text", "One line."),
        ("text", "Two."),
        ("list", ["a", "b"]),
    ]
    assert blocks("") == []
    assert blocks("Twice.\nTwice.") == [("text", "Twice. Twice.")]


def test_minutes_add_up_from_the_rules_to_the_hot_wash():
    said = words(paper(guided(), "guide"))
    assert "Lasts 50 minutes" in said  # 7 + 3 × 10 + 13
    for part in ("0–7 Rules", "7–17 Turn 1", "27–37 Turn 3: Over", "37–50 Hot wash"):
        assert part in said


def test_the_guide_tells_each_inject_with_its_minute_its_effect_and_what_to_ask():
    injects = [
        {"number": 1, "date": 8, "text": "Look.", "ask": ["Who saw it?"], "if_not": "2"},
        {"number": 2, "text": "Look again.", "to": ["wards"], "after": 1, "acknowledge": True},
        {**FILE["injects"][1], "number": 3, "if_not": "", "agreed": True},
    ]
    said = words(paper(guided(injects=injects), "guide"))
    # day 8 is 2 of 5 days into turn 2, which begins at minute 17: a fifth of 10 minutes on
    assert "Inject 1, from minute 19: nobody named to all" in said
    assert "send inject 2" in said and "You may ask Who saw it?" in said
    assert "Sent by hand" in said and "Inject 2: nobody named to Wards" in said
    assert "Only if inject 1 was sent." in said and "say that they have read it" in said
    assert "stock of kit × 0.5" in said and "Only if they agree" in said


def test_what_nobody_wrote_is_not_there():
    said = words(paper(exercise(guide={}), "guide"))
    assert "Before the day" not in said and "Hot wash The" not in said
    assert "What is practised" not in words(paper(exercise(objectives={}, injects=[]), "guide"))


def test_levels_are_told_the_way_they_count():
    levels = {"performed": 0.6, "some": 0.3, "major": 0.05}
    lent = {"title": "Lend", "measure": "lent", **levels}
    made = guided(objectives={**FILE["objectives"], "lend": lent})
    said = words(paper(made, "guide"))
    assert "at most 0.25 at most 0.5 at most 1 more" in said
    assert "at least 60% at least 30% at least 5% less" in said


def test_whatever_is_written_stays_text():
    page = paper(guided(title="<script>x</script>"), "guide")
    assert "<script>" not in page and "<b>Haste" not in page
    assert "<b>Haste</b> & more." in unescape(page)


def test_a_briefing_says_what_is_held_when_play_begins_and_with_whom_one_deals():
    seats = dict(FILE["seats"])
    seats["wards"] = {"title": "Wards", "kinds": ["ward"], "card": "Two wards.", "chair": True}
    said = words(paper(exercise(seats=seats), "briefings"))
    assert "Wards (chair) Two wards." in said
    assert "You decide for: 2 × ward." in said
    # cover of two days at a lead time of one: one is used up in the evening, one under way
    assert "kit 0 1 With whom" in said.partition("Wards (chair)")[2]
    assert "Works: supplies you with kit" in said
    assert "Home: may lend you kit, and you them" in said


def test_a_supplier_s_briefing_says_how_long_its_store_lasts():
    """The works keep what they ship tomorrow, the depot two weeks besides."""
    said = words(paper(exercise(), "briefings"))
    assert "What you have to supply Of Lasts, for so many days of ordinary orders kit 1 " in said
    assert "Depot" in words(paper(Exercise.load("first_wave"), "briefings"))
    depot = words(paper(Exercise.load("first_wave"), "briefings")).partition(" Depot You run")[2]
    assert "ppe 15 With whom" in depot


def test_a_larger_group_gets_the_seats_that_it_is_split_into():
    made = Exercise.load("first_wave")
    assert fewest_players(made) == 6
    assert "Infirmary" not in words(paper(made, "briefings"))
    assert "Infirmary" in words(paper(made, "briefings", 7))
    seats = {"home": {"title": "Home", "kinds": ["home"], "from_players": 2, "to_players": 2}}
    with pytest.raises(ValueError, match="for 3 players"):
        paper(exercise(seats=seats, injects=[]), "guide", 3)


def test_turns_without_phones_are_told():
    turns = [{**FILE["turns"][0], "calls": False}, *FILE["turns"][1:]]
    made = exercise(turns=turns)
    assert "In turn 1 nobody can be called" in words(paper(made, "briefings"))
    assert "Nobody can be called." in words(paper(made, "guide"))
    assert "can be called" not in words(paper(exercise(), "guide"))


def test_the_form_has_a_scale_or_lines():
    feedback = [{"text": "I learned."}, {"text": "What?", "answer": "text"}]
    page = paper(exercise(feedback=feedback), "feedback")
    assert words(page).count("☐ 5") == 1
    assert page.count('class="line"') == 4


@pytest.mark.parametrize("name", READY_MADE)
@pytest.mark.parametrize("what", sorted(PAPERS))
def test_the_ready_made_ones_have_every_paper(name, what):
    made = Exercise.load(name)
    said = words(paper(made, what))
    assert made.content.title in said and "None" not in said and "_" not in said
    if what == "guide":
        for key in ("before", "opening", "running", "expect", "pitfalls", "closing"):
            assert getattr(made.content.guide, key)
        for one in made.content.injects:
            assert one.ask and all(question in said for question in one.ask)
            assert " ".join(one.text.split()) in said
    if what == "briefings":
        for seat in made.seats(fewest_players(made)).values():
            assert " ".join(seat.card.split()) in said
    if what == "feedback":
        assert len(made.content.feedback) >= 6


@pytest.mark.parametrize(("name", "minutes"), [("first_wave", 90), ("flood", 45)])
def test_the_ready_made_ones_last_as_long_as_they_say(name, minutes):
    assert f"Lasts {minutes} minutes" in words(paper(Exercise.load(name), "guide"))


@pytest.mark.parametrize(
    ("seat", "resource", "days"), [("hospital", "generator fuel", "6"), ("care", "food", "3")]
)
def test_the_flood_s_cards_say_what_is_held(seat, resource, days):
    """Figures of a card, which is written by hand, are those of the crisis."""
    made = Exercise.load("flood")
    said = words(paper(made, "briefings")).partition(f"{made.content.seats[seat].title} You")[2]
    assert f"{resource} {days} " in said.partition("With whom")[0]
    numbers = {"3": "three", "6": "six"}
    assert numbers[days] in made.content.seats[seat].card
