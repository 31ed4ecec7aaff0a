"""An exercise file: what it says is understood, and every fault of it is told at once."""

from __future__ import annotations

from datetime import date

import pytest

from crisis_abm.exercise import Exercise, ExerciseError
from crisis_abm.exercise.schema import DECISIONS
from tests.exercise.small import FILE, exercise, valley


def told(**changes) -> str:
    with pytest.raises(ExerciseError) as refused:
        exercise(**changes)
    return str(refused.value)


def inject(**changes):
    return {"number": 9, "text": "Something", **changes}


def test_it_is_a_scenario_turns_and_seats():
    made = exercise()
    assert (made.turns, made.starts) == (3, (2, 6, 11, 15))
    assert [made.turn_at(tick) for tick in (1, 2, 5, 6, 14, 15)] == [None, 0, 0, 1, 2, None]
    assert made.rows_of("wards") == (1, 2)
    assert made.policy.name == "siloed"
    assert made.content.seats["home"].decides == list(DECISIONS)


def test_a_larger_group_splits_a_seat():
    seats = {
        "wards": {"title": "Wards", "kinds": ["ward"], "to_players": 2},
        "north": {"title": "North", "organisations": ["north"], "from_players": 3},
        "south": {"title": "South", "organisations": ["south"], "from_players": 3},
    }
    made = exercise(seats=seats, injects=[])
    assert list(made.seats(2)) == ["wards"]
    assert list(made.seats(3)) == ["north", "south"]


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"policy": "silod"}, ['policy = "silod": there is no such policy', '"siloed"']),
        ({"titel": "x"}, ["titel", 'did you mean "title"?']),
        ({"end": 11}, ["end = 11: is not after the start of the turn before it"]),
        ({"end": 21}, ["end = 21: is tick 21, outside the scenario's run of 20"]),
        ({"end": date(2020, 3, 1)}, ["end = 2020-03-01: is a date, but the scenario has no"]),
        ({"seats": {}}, ["seats"]),
        (
            {"seats": {"all": {"title": "x", "kinds": ["wards"]}}, "injects": []},
            ['seats.all.kinds[0] = "wards": is none', '"ward"', "seats.all: stands for every seat"],
        ),
        (
            {"seats": {"x": {"title": "x", "organisations": ["nord"]}}, "injects": []},
            ['seats.x.organisations[0] = "nord"', 'did you mean "north"?'],
        ),
        (
            {"seats": {"x": {"title": "x", "kinds": ["ward"], "areas": ["there"]}}, "injects": []},
            ['seats.x.areas[0] = "there": is none of the scenario\'s areas; did you mean "here"?'],
        ),
        (
            {"seats": {"x": {"title": "x", "kinds": ["ward"], "organisations": ["home"]}}},
            ["seats.x: has no organisation"],
        ),
        (
            {
                "seats": {
                    "a": {"title": "a", "kinds": ["ward"]},
                    "b": {"title": "b", "organisations": ["south"], "from_players": 5},
                }
            },
            ["seats.b: decides for south, and so does seats.a"],
        ),
        (
            {"seats": {"a": {"title": "a", "from_players": 4, "to_players": 3}}},
            ["seats.a.from_players = 4: is more than to_players, 3"],
        ),
        (
            {"seats": {"a": {"title": "a", "decides": ["ship"]}}},
            ['seats.a.decides[0] = "ship": is nothing to decide'],
        ),
        (
            {
                "objectives": {
                    "need": {
                        **FILE["objectives"]["need"],
                        "performed": 2.0,
                    }
                }
            },
            ["objectives.need: has its levels in the wrong order: of excess, less is better"],
        ),
        ({"injects": [inject(), inject()]}, ["injects[1].number = 9: is the number of injects[0]"]),
        ({"injects": [inject(date=1)]}, ["injects[0].date = 1: is outside the turns"]),
        ({"injects": [inject(to=["wardens"])]}, ['injects[0].to[0] = "wardens": is no seat']),
        ({"injects": [inject(objective="O1")]}, ['injects[0].objective = "O1": is no objective']),
        ({"injects": [inject(if_not="8")]}, ['injects[0].if_not = "8": is no number']),
        ({"injects": [inject(after=8)]}, ["injects[0].after = 8: is no number of an inject"]),
        ({"injects": [inject(agreed=True)]}, ["injects[0].agreed = true: has no effect"]),
        (
            {"injects": [inject(after=8), inject(number=8, after=9)]},
            ["injects[0].after = 8: waits for itself", "injects[1].after = 9: waits for itself"],
        ),
        (
            {"injects": [inject(date=6, effect={"stock": 0.5, "resource": "kits"})]},
            ['injects[0].effect.resource = "kits"', '"kit"'],
        ),
        (
            {"injects": [inject(effect=[{"capacity": 2}, {"demand": -1}])]},
            ["injects[0].effect[1].demand = -1"],
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_what_would_be_right(changes, parts):
    text = told(**changes)
    for part in parts:
        assert part in text


def test_all_faults_are_told_at_once_with_their_lines():
    text = """
title = "Half"
scenario = "valley.toml"
end = 30
[[turns]]
title = "One"
start = 2
[seats.a]
title = "A"
kinds = ["wardens"]
[[injects]]
number = 1
text = "x"
to = ["b"]
"""
    with pytest.raises(ExerciseError) as refused:
        Exercise.from_text(text, "half.toml", scenario=valley())
    lines = str(refused.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "half.toml:4",
        "half.toml:10",
        "half.toml:14",
    ]


def test_a_scenario_that_is_not_there_is_told(tmp_path):
    path = tmp_path / "half.toml"
    path.write_text('title = "x"\nscenario = "first_wav"\nend = 9\nturns = []\n', encoding="utf-8")
    with pytest.raises(ExerciseError) as refused:
        Exercise.load(path)
    assert "turns" in str(refused.value)
    path.write_text(
        'title = "x"\nscenario = "first_wav"\nend = 9\n[[turns]]\ntitle = "1"\nstart = 1\n'
        '[seats.a]\ntitle = "A"\n',
        encoding="utf-8",
    )
    with pytest.raises(ExerciseError, match=r'scenario = "first_wav": .*did you mean "first_wave"'):
        Exercise.load(path)
    path.write_text(path.read_text(encoding="utf-8").replace("first_wav", "x" * 400), "utf-8")
    with pytest.raises(ExerciseError, match="neither beside the exercise nor among the ready-made"):
        Exercise.load(path)
    with pytest.raises(ExerciseError, match="there is no such file"):
        Exercise.load(tmp_path / "halv")
