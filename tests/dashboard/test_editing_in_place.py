"""Changing a file in place: all else stays, comments too, and a place is found again."""

import tomllib

import pytest

from crisis_abm.dashboard.scenarios.editing import added, difference, nearest, put, where_now
from crisis_abm.scenario import ScenarioError, ready_made_scenarios
from crisis_abm.scenario.io.editor import without

LIBRARY = ready_made_scenarios()

TWO = """title = "x"

[[events]]  # the first
# a word on it
start = 10   # the tenth
capacity = 0.0

# about the second
[[events]]
start = 2020-03-01
capacity = 0.5

# ---- next
[policies.p]
agenda = 1
"""


def _comments(text):
    return [line for line in text.splitlines() if line.startswith("#")]


@pytest.mark.parametrize("name", LIBRARY)
def test_entries_come_and_go_and_all_else_stays(name):
    text = LIBRARY[name].read_text(encoding="utf-8")
    data = tomllib.loads(text)
    lists = {key: v for key, v in data.items() if isinstance(v, list) and isinstance(v[0], dict)}
    assert lists
    for key, entries in lists.items():
        more, place = added(text, (key,))
        assert place == (key, len(entries))
        assert tomllib.loads(more) == data | {key: [*entries, {}]}
        assert _comments(more) == _comments(text)
        for number in {0, len(entries) // 2, len(entries) - 1}:
            fewer = without(text, (key, number))
            left = entries[:number] + entries[number + 1 :]
            rest = {name: value for name, value in data.items() if name != key}
            assert tomllib.loads(fewer) == (rest | {key: left} if left else rest)
            assert _comments(fewer) == _comments(text)


def test_a_new_key_stands_with_its_table_not_under_the_next_comment():
    assert put(TWO, ("events", 0, "end"), "20") == TWO.replace("= 0.0\n", "= 0.0\nend = 20\n")
    assert put(TWO, ("events", 1, "end"), "20") == TWO.replace("= 0.5\n", "= 0.5\nend = 20\n")


def test_a_new_entry_stands_above_the_comment_of_what_follows():
    more, _ = added(TWO, ("events",), values={"start": 3})
    assert more == TWO.replace("= 0.5\n", "= 0.5\n\n[[events]]\nstart = 3\n")


def test_an_entry_goes_with_its_own_comments_and_no_others():
    first = without(TWO, ("events", 0))
    assert first.startswith('title = "x"\n\n\n# about the second\n[[events]]\nstart = 2020')
    second = without(TWO, ("events", 1))
    assert second.endswith(
        "capacity = 0.0\n\n# about the second\n\n# ---- next\n[policies.p]\nagenda = 1\n"
    )
    assert without('title = "x"\n[[events]]\nstart = 3\n', ("events", 0)) == 'title = "x"\n'


def test_what_stands_below_a_table_inside_an_entry_stays_too():
    inside = TWO.replace("capacity = 0.0\n", 'link = 0.0\n[events.to]\nkinds = ["a"]\n')
    assert _comments(without(inside, ("events", 0))) == ["# about the second", "# ---- next"]
    assert tomllib.loads(put(inside, ("events", 0, "end"), "20"))["events"][0]["end"] == 20


def test_entries_in_one_line_are_changed_in_their_line():
    text = 'title = "x"\nevents = [\n  { start = 3, capacity = 0 }, # one\n  { start = 4 },\n]\n'
    assert "{ start = 3, capacity = 0, end = 9}, # one" in put(text, ("events", 0, "end"), "9")
    assert tomllib.loads(added(text, ("events",), values={"start": 5})[0])["events"][2] == {
        "start": 5
    }
    assert len(tomllib.loads(without(text, ("events", 0)))["events"]) == 1


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
