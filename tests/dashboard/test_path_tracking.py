"""Where in a file something is, after another page changed it, or if it is not there at all."""

import pytest

from crisis_abm.dashboard.path_tracking import difference, nearest, where_now
from crisis_abm.scenario import ScenarioError

TEXT = """title = "x"
behaviour = 3
[areas.north]
population = 1
[[events]]
start = 1
capacity = 0.5
[[events]]
start = 2
capacity = 0.5
[[events]]
start = 3
capacity = 0.5
"""
SECOND = "[[events]]\nstart = 2\ncapacity = 0.5\n"


@pytest.mark.parametrize(
    ("place", "found", "there"),
    [
        ((), (), True),
        (("title",), (), True),
        (("events", 2), ("events", 2), True),
        (("events", 2, "start"), ("events", 2), True),
        (("events", 99), ("events",), False),
        (("events", 99, "to", "kinds"), ("events",), False),
        (("organisations", 0), ("organisations",), False),
        (("areas", "north", "weights"), ("areas", "north", "weights"), True),
        (("areas", "south", "population"), ("areas",), False),
        (("hazard", "residents"), ("hazard", "residents"), True),
        (("behaviour", "hoarding"), (), True),
        (("nonsense", "here"), (), False),
        (("events", "first"), ("events",), False),
    ],
)
def test_the_nearest_part_that_there_is(place, found, there):
    assert nearest(TEXT, place) == (found, there)


def test_an_entry_is_found_where_it_is_now():
    fewer = TEXT.replace("[[events]]\nstart = 1\ncapacity = 0.5\n", "")
    assert where_now(TEXT, fewer, ("events", 2, "start")) == ("events", 1, "start")
    assert where_now(fewer, TEXT, ("events", 0)) == ("events", 1)
    assert where_now(TEXT, fewer, ("title",)) == ("title",)


def test_an_entry_that_was_itself_changed_is_the_same_entry():
    other = TEXT.replace("start = 2", "start = 20")
    assert where_now(TEXT, other, ("events", 1, "capacity")) == ("events", 1, "capacity")


@pytest.mark.parametrize(
    "after", [TEXT.replace(SECOND, ""), TEXT.replace("start = 2", "start = 9") + SECOND + SECOND]
)
def test_an_entry_that_cannot_be_told_from_others_is_not_guessed(after):
    with pytest.raises(ScenarioError, match="another window"):
        where_now(TEXT, after, ("events", 1, "start"))


def test_what_two_texts_say_otherwise():
    assert difference(TEXT, TEXT.replace("start = 2", "start = 9")) == ("events", 1, "start")
    assert difference(TEXT, TEXT.replace(SECOND, "")) == ("events",)
    assert difference(TEXT, TEXT.replace('"x"', '"y"')) == ("title",)
    assert difference(TEXT, TEXT + "[time]\nsteps = 3\n") == ("time",)
    assert difference(TEXT, "# more\n" + TEXT) == ()
