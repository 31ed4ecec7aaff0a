"""Bots play what they are called: by policy, or all that people can, and nothing that cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crisis_abm.exercise import Decision, Exercise, Sitting
from crisis_abm.exercise.bots import Bot, bot, decide_all, play_through
from crisis_abm.exercise.evaluation.observed import observed
from crisis_abm.exercise.evaluation.principles import principles
from crisis_abm.exercise.exercise import ready_made_exercises
from crisis_abm.runs import run_once
from crisis_abm.scenario import ScenarioError
from tests.exercise.evaluation.three_customers import SEATS, three_customers
from tests.exercise.small import FILE, exercise

QUESTIONS = ["What did you know?", "One action?"]


def sat(folder: Path, made: Exercise, players: int, named: str, seed: int = 0) -> Sitting:
    """An exercise that bots of one sort have played through."""
    sitting = Sitting.begin(folder, made, players)
    play_through(sitting, all_seats(sitting, named, seed))
    return sitting


def all_seats(sitting: Sitting, named: str, seed: int = 0) -> dict[str, Bot]:
    return {seat: bot(named, sitting.exercise, seed) for seat in sitting.course.seats}


def decided(sitting: Sitting) -> dict[tuple[int, str], Any]:
    return {
        move: one.model_dump(exclude_defaults=True)
        for move, one in sitting.course.branch.decided.items()
    }


def test_a_standing_bot_says_nothing(tmp_path):
    sitting = sat(tmp_path, exercise(questions=QUESTIONS, injects=[]), 3, "standing")
    assert not sitting.course.branch.decided
    alone = run_once(sitting.exercise.scenario, "siloed", seed=0)
    np.testing.assert_array_equal(sitting.played().state.record.harm, alone.state.record.harm)
    said = sitting.course.answers["home", 1]
    assert said == "A bot (standing) sat here. We left it to the standing policy."


@pytest.mark.parametrize("policy", ["reciprocal", "siloed", "agenda=1,measures=.5,reciprocity=1"])
def test_bots_of_a_policy_at_all_seats_play_its_run(tmp_path, policy):
    """From the first turn on; it began an exercise whose first turn is the first tick."""
    turns = [{"title": "all of it", "start": 0}]
    sitting = sat(tmp_path, exercise(turns=turns, end=20, injects=[]), 3, policy)
    alone = run_once(sitting.exercise.scenario, policy, seed=0).state.record
    np.testing.assert_array_equal(sitting.played().state.record.harm, alone.harm)
    for decision in sitting.course.branch.decided.values():
        assert decision.reason.endswith(".") and not decision.answers


def test_who_communicates_by_half_calls_half_of_its_partners(tmp_path):
    made = three_customers(turns=[{**FILE["turns"][0], "calls": False}, *FILE["turns"][1:]])
    sitting = Sitting.begin(tmp_path, made, 4)
    play_through(sitting, {"wards": bot("communication=.5", made)})
    calls = [decision.calls for decision in sitting.course.branch.decided.values()]
    assert calls == [[], ["home"], ["works"]]  # nobody at first, then one of two by turns
    assert set(sitting.course.branch.standing) >= {(0, "works"), (2, "home")}


@pytest.mark.parametrize("setting", [0.0, 1.0])
def test_bots_are_measured_as_what_they_are(tmp_path, setting):
    levers = ",".join(
        f"{name}={setting:g}"
        for name in ("agenda", "measures", "communication", "parity", "reciprocity")
    )
    sitting = sat(tmp_path, three_customers(), 4, levers)
    rows = [row for row in principles(observed(sitting.course)) if row.value is not None]
    assert {row.principle for row in rows} >= {"agenda", "measures", "communication", "parity"}
    for row in rows:
        assert row.value == pytest.approx(setting, abs=0.1), row


def test_a_varied_bot_decides_the_same_for_the_same_seed(tmp_path):
    one, again, other = (
        decided(sat(tmp_path / str(k), three_customers(), 4, "varied", seed))
        for k, seed in enumerate((7, 7, 8))
    )
    assert one == again and one != other


def test_varied_bots_decide_all_that_people_can(tmp_path):
    """Over some seeds, each field of a decision is filled, and no seat is like another."""
    said: set[str] = set()
    for seed in range(8):
        sitting = sat(tmp_path / str(seed), three_customers(), 4, "varied", seed)
        for fields in decided(sitting).values():
            said |= set(fields)
            assert fields["reason"].endswith(".")
    assert said >= {"orders", "serve", "first", "lend", "calls", "say", "reason"}
    decisions = decided(sitting)
    assert len({str(decisions.get((1, seat))) for seat in SEATS}) > 1


def test_what_people_decided_stays_and_seats_without_a_bot_are_left_alone(tmp_path):
    sitting = Sitting.begin(tmp_path, exercise(), 3)
    sitting.start()
    sitting.decide("home", 0, {"reason": "we wait"})
    decide_all(sitting, {seat: bot("reciprocal", sitting.exercise) for seat in ("home", "wards")})
    branch = sitting.course.branch
    assert branch.decided[0, "home"] == Decision(reason="we wait")
    assert branch.decided[0, "wards"].reason == "What serves all of us serves us, too."
    assert (0, "works") not in branch.decided
    by = [entry.data["by"] for entry in sitting.entries if entry.kind == "decided"]
    assert by == ["", "bot: reciprocal"]


def test_a_play_that_was_begun_is_played_on(tmp_path):
    sitting = Sitting.begin(tmp_path, exercise(questions=QUESTIONS), 3)
    sitting.start()
    sitting.advance()
    play_through(sitting, all_seats(sitting, "siloed"))
    assert {turn for turn, _ in sitting.course.branch.decided} == {1, 2}
    assert len(sitting.course.answers) == 6


def test_there_is_no_bot_of_a_policy_that_there_is_not():
    with pytest.raises(ScenarioError, match=r"reciprocl.*did you mean \"reciprocal\"\?"):
        bot("reciprocl", exercise())


def sizes(named: str) -> tuple[int, int]:
    """The least and the most players of an exercise for whom its seats differ."""
    made = Exercise.load(named)
    counts = {players: len(made.seats(players)) for players in range(1, 31)}
    fitting = [players for players, seats in counts.items() if seats == players]
    return fitting[0], fitting[-1]


@pytest.mark.slow
@pytest.mark.parametrize("most", [0, 1], ids=["fewest", "most"])
@pytest.mark.parametrize("named", ready_made_exercises())
def test_every_ready_made_exercise_can_be_played_through(tmp_path, named, most):
    players = sizes(named)[most]
    sitting = sat(tmp_path, Exercise.load(named), players, "varied", seed=players)
    course = sitting.course
    assert course.turn == sitting.exercise.turns
    assert {seat for _, seat in course.branch.decided} == set(course.seats)
    dated = [one for one in sitting.exercise.content.injects if one.date is not None]
    assert len(course.branch.sent) == len(dated)
    assert len(course.answers) == players * len(sitting.exercise.content.questions)
    assert np.isfinite(sitting.played().state.record.harm).all()
