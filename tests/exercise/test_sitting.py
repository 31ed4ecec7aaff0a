"""A sitting: what may be done when, and that its log alone brings all of it back."""

from __future__ import annotations

import gc
import shutil
import weakref
from datetime import UTC, date, datetime, timedelta

import pytest

from crisis_abm.exercise import Entry, LogError, play
from crisis_abm.exercise.decisions import Decision
from crisis_abm.exercise.sitting import Refused, Sitting
from tests.exercise.small import FILE, exercise
from tests.exercise.test_play import same

NEED = {"orders": {"kit": {"need": True}}, "reason": "enough is enough"}
SERVE, CALL = {"serve": "need"}, {"calls": ["works"]}


@pytest.fixture
def sitting(tmp_path):
    with_questions = exercise(questions=["When did you know?"])
    made = Sitting.begin(tmp_path / "held", with_questions, 3)
    yield made
    made.close()


def again(sitting: Sitting, tmp_path) -> Sitting:
    """The same sitting after its server was killed: from a copy of the files as they are."""
    folder = tmp_path / f"copy-{len(list(tmp_path.iterdir()))}"
    shutil.copytree(sitting._log.path.parent, folder)
    return Sitting.open(folder)


def held(sitting: Sitting):
    """All that a sitting holds, to be compared."""
    kept = {k: v for k, v in vars(sitting.course).items() if k != "take_in"}
    kept["exercise"] = sitting.exercise.text
    kept["branches"] = [vars(one) for one in sitting.course.branches]
    return kept


def played_to_the_end(sitting: Sitting) -> None:
    sitting.start()
    sitting.decide("wards", 0, NEED)
    sitting.advance()
    sitting.hand_over("home", to_standing=True)
    sitting.note("The works were not asked.", "need")
    sitting.decide("works", 1, SERVE)
    sitting.acknowledge("works", 1)
    sitting.advance()
    sitting.rewind(1)
    sitting.hand_over("home", to_standing=False)
    sitting.decide("home", 1, CALL)
    sitting.rate("need", "S")
    sitting.edit(7, {"text": "Made up here"})
    sitting.send(7)
    sitting.take_back()
    sitting.hold(1, held=True)
    sitting.join("wards", "Ada")
    sitting.extend(3)
    sitting.extend(2, "home")
    sitting.pause(True)
    sitting.pause(False)
    sitting.advance()
    sitting.advance()
    sitting.answer("wards", 0, "On the second day.")
    sitting.promise("Keep a list of who holds what", "Wards", "1 March")


def test_it_is_begun_once_in_a_folder(sitting):
    with pytest.raises(LogError, match="exists already"):
        Sitting.begin(sitting._log.path.parent, exercise(), 3)
    seats = {"a": {"title": "A", "from_players": 9}}
    with pytest.raises(Refused, match="no seat of 'Half a works' is for 3 players"):
        Sitting.begin(sitting._log.path.parent / "x", exercise(seats=seats, injects=[]), 3)


def test_turns_come_one_after_the_other(sitting):
    assert (sitting.course.turn, sitting.course.waiting_for(), sitting.course.due()) == (-1, [], [])
    for too_early in (sitting.advance, lambda: sitting.decide("wards", 0, {})):
        with pytest.raises(Refused, match="has not begun"):
            too_early()
    sitting.start()
    with pytest.raises(Refused, match="begun already"):
        sitting.start()
    assert sitting.course.turn == 0 and sitting.course.waiting_for() == ["works", "wards", "home"]
    sitting.decide("wards", 0, NEED)
    assert sitting.course.waiting_for() == ["works", "home"]
    sitting.advance()
    assert sitting.course.branch.standing == {(0, "works"), (0, "home")}
    with pytest.raises(Refused, match="turn 1 is closed; it is turn 2 now"):
        sitting.decide("wards", 0, NEED)
    sitting.advance()
    sitting.advance()
    assert not sitting.course.is_playing
    with pytest.raises(Refused, match="all turns were played"):
        sitting.advance()


def test_the_last_that_was_confirmed_counts(sitting):
    sitting.start()
    sitting.decide("wards", 0, NEED)
    sitting.decide("wards", 0, {"orders": {"kit": {"units": 7}}})
    assert sitting.course.branch.decided[0, "wards"].orders["kit"].units == 7
    assert [one.kind for one in sitting.entries].count("decided") == 2


def test_what_was_decided_is_what_is_played(sitting):
    played_to_the_end(sitting)
    first, second = sitting.course.branches
    made = sitting.exercise
    spoilt = made.events_of(made.content.injects[1], 6)
    need, serve, call = (Decision.model_validate(one) for one in (NEED, SERVE, CALL))
    whole = play(made, {(0, "wards"): need, (1, "home"): call}, spoilt)
    assert same(sitting.played().state.record, whole.state.record)
    short = play(made, {(0, "wards"): need, (1, "works"): serve}, spoilt, ticks=11)
    assert same(sitting.played(branch=first).state.record, short.state.record)
    assert (second.parent, second.forked_at, second.turn) == (0, 1, 3)


def test_killed_anywhere_it_comes_back_as_it_was(sitting, tmp_path):
    seen, take_in = [], sitting.course.take_in

    def and_look(entry):
        take_in(entry)
        back = again(sitting, tmp_path)
        seen.append(entry.kind)
        assert held(back) == held(sitting), entry.kind
        back.close()

    sitting.course.take_in = and_look
    played_to_the_end(sitting)
    kinds = {"decided", "advanced", "sent", "taken_back", "edited", "handed", "rewound", "noted"}
    kinds |= {
        "rated",
        "answered",
        "promised",
        "acknowledged",
        "paused",
        "held",
        "joined",
        "extended",
    }
    assert set(seen) == kinds


def test_a_handed_seat_is_waited_for_by_nobody_and_its_decision_does_not_count(sitting):
    sitting.start()
    sitting.decide("home", 0, NEED)
    sitting.hand_over("home", to_standing=True)
    assert sitting.course.waiting_for() == ["works", "wards"]
    with pytest.raises(Refused, match="by standing policy already"):
        sitting.hand_over("home", to_standing=True)
    sitting.advance()
    assert (0, "home") not in sitting.course.branch.decided and (
        0,
        "home",
    ) in sitting.course.branch.standing
    sitting.hand_over("home", to_standing=False)
    assert "home" in sitting.course.waiting_for()


def test_injects_go_out_by_themselves_or_by_hand_to_those_they_are_for(sitting):
    sitting.start()
    assert [one.number for one in sitting.course.due()] == [1]
    sitting.advance()
    (told,) = sitting.course.told_to("home")
    assert (told.inject.number, told.turn, told.tick) == (1, 0, 2)
    assert [one.number for one in sitting.course.due()] == [2]
    sitting.send(2)
    assert [one.inject.number for one in sitting.course.told_to("works")] == [1, 2]
    assert [one.inject.number for one in sitting.course.told_to("home")] == [1]
    with pytest.raises(Refused, match="inject 2 was sent already"):
        sitting.send(2)
    sitting.take_back()
    assert sitting.course.told_to("works")[-1].inject.number == 1
    with pytest.raises(Refused, match="no inject was sent in this turn"):
        sitting.take_back()
    assert sitting.course.due() == []  # or it would go out again at once
    sitting.edit(2, {"text": "All of it.", "to": ["home"], "date": 7})
    assert sitting.course.due() == []
    sitting.hold(2, held=False)
    assert [one.text for one in sitting.course.due()] == ["All of it."]
    sitting.edit(7, {"text": "Made up here", "to": ["wards"]})
    sitting.send(7)
    assert sitting.course.told_to("wards")[-1].tick == 6  # without a day: the turn's first
    with pytest.raises(Refused, match="inject 7 was sent already"):
        sitting.edit(7, {"text": "otherwise"})
    with pytest.raises(Refused, match="there is no inject 99"):
        sitting.send(99)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"text": "x", "to": ["homes"]}, "to = 'homes' is no seat"),
        ({"text": "x", "expected": "call homes"}, 'expected = "homes": is no seat, kind or'),
        ({"text": "x", "date": date(2020, 1, 1)}, "is a date, but the scenario has no calendar"),
        ({"text": "x", "date": 19}, "is outside the turns; move it into a turn"),
        ({"text": "x", "date": 10**6}, "is tick 1000000, outside the scenario's run of 20"),
        ({"txet": "x"}, 'txet.*did you mean "text"'),
        ({"text": "x", "effect": {"stock": 0.5}}, "effect: is missing: stock is of a resource"),
    ],
)
def test_what_cannot_be_an_inject_is_refused(sitting, given, told):
    sitting.start()
    with pytest.raises(Refused, match=told):
        sitting.edit(7, given)
    assert [one.kind for one in sitting.entries] == ["opened", "advanced"]


def test_days_are_logged_as_text(sitting, tmp_path):
    sitting.edit(7, {"text": "x", "effect": {"announcement": "y", "start": 7}, "date": 7})
    entry = sitting._log.append("edited", number=7, inject={"text": "x", "date": date(2020, 3, 1)})
    assert entry.data["inject"]["date"] == "2020-03-01"


def test_what_waits_for_an_agreement_does_nothing_before(tmp_path):
    gift = {"add_stock": 40, "resource": "kit", "kinds": ["home"]}
    offer = {"number": 1, "date": 6, "text": "Take 40?", "effect": gift, "agreed": True}
    sitting = Sitting.begin(tmp_path / "held", exercise(injects=[offer]), 3)
    sitting.start()
    sitting.advance()
    sitting.send(1)
    sitting.advance()
    without = sitting.played().state.record.harm.sum()
    with pytest.raises(Refused, match="was played"):
        sitting.agree(1)
    sitting.rewind(1)
    sitting.send(1)
    sitting.agree(1)
    with pytest.raises(Refused, match="waits for no agreement"):
        sitting.agree(1)
    sitting.advance()
    assert sitting.played().state.record.harm.sum() < without
    sitting.close()


def test_an_inject_that_depends_on_another_waits_for_it(tmp_path):
    injects = [{"number": 3, "date": 6, "text": "After that", "after": 2}, *FILE["injects"]]
    sitting = Sitting.begin(tmp_path / "held", exercise(injects=injects), 3)
    sitting.start()
    sitting.advance()
    assert [one.number for one in sitting.course.due()] == [2]
    sitting.advance()
    assert [one.inject.number for one in sitting.course.branch.sent] == [1, 2, 3]
    sitting.close()


@pytest.mark.parametrize(
    ("seat", "decision", "parts"),
    [
        ("wards", {"ordes": {}}, ["ordes", 'did you mean "orders"?']),
        ("wards", {"orders": {"kits": {"need": True}}}, ["orders.kits", 'did you mean "kit"?']),
        ("wards", {"orders": {"kit": {"units": -1}}}, ["orders.kit.units = -1"]),
        ("wards", {"orders": {"kit": {"units": 1, "need": True}}}, ["orders.kit.need"]),
        (
            "wards",
            {"orders": {"kit": {"suppliers": {"home": 1.0}}}},
            ["orders.kit.suppliers.home: supplies it with none of it", "works"],
        ),
        (
            "wards",
            {"orders": {"kit": {"suppliers": {"works": 0.5}}}},
            ["orders.kit.suppliers = 0.5: is what the parts of suppliers sum to"],
        ),
        ("wards", {"orders": {"kit": {"exact": {"home": [1.0]}}}}, ["orders.kit.exact.home"]),
        ("home", {"serve": "need"}, ["serve", "it supplies nobody"]),
        ("works", {"first": {"kit": ["works"]}}, ["first.kit[0]", "orders none of it here"]),
        ("works", {"lend": {"kit": 1.0}}, ["lend.kit: is not lent between it and anybody"]),
        ("wards", {"places": 1.0}, ["places = 1.0: means nothing"]),
        ("wards", {"calls": ["wards"]}, ['calls[0] = "wards": is no seat that can be called']),
        ("wards", {"calls": ["home", "x"]}, ['calls[1] = "x"']),
        ("ward", {}, ["'ward' is no seat; they are works, wards, home"]),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_not_kept(sitting, seat, decision, parts):
    sitting.start()
    with pytest.raises(Refused) as refused:
        sitting.decide(seat, 0, decision)
    for part in parts:
        assert part in str(refused.value)
    assert [one.kind for one in sitting.entries] == ["opened", "advanced"]


def test_a_seat_decides_what_it_may_and_calls_where_phones_work(tmp_path):
    turns = [{**FILE["turns"][0], "calls": False}, *FILE["turns"][1:]]
    seats = {**FILE["seats"], "wards": {**FILE["seats"]["wards"], "decides": ["order", "call"]}}
    sitting = Sitting.begin(tmp_path / "held", exercise(turns=turns, seats=seats), 3)
    sitting.start()
    with pytest.raises(Refused, match="calls: is not this seat's to decide in this turn"):
        sitting.decide("wards", 0, {"calls": ["home"]})
    with pytest.raises(Refused, match="lend: is not this seat's to decide"):
        sitting.decide("wards", 0, {"lend": {"kit": 1.0}})
    sitting.advance()
    sitting.decide("wards", 1, {"calls": ["home"]})
    sitting.close()


def test_in_a_pause_nobody_decides(sitting):
    sitting.start()
    sitting.pause(True)
    with pytest.raises(Refused, match="paused"):
        sitting.decide("wards", 0, NEED)
    sitting.pause(False)
    sitting.decide("wards", 0, NEED)


def test_it_goes_back_only_where_it_was(sitting):
    sitting.start()
    with pytest.raises(Refused, match="turn 2 was not played"):
        sitting.rewind(1)
    sitting.decide("wards", 0, NEED)
    sitting.advance()
    sitting.advance()
    sitting.rewind(1)
    assert sitting.course.turn == 1 and (0, "wards") in sitting.course.branch.decided
    assert [one.inject.number for one in sitting.course.branch.sent] == [1]
    with pytest.raises(Refused, match="turn 3 was not played"):
        sitting.rewind(2)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda one: one.note("  "),
        lambda one: one.note("x", "O9"),
        lambda one: one.rate("need", "A"),
        lambda one: one.rate("O9", "P"),
        lambda one: one.answer("wards", 5, "x"),
        lambda one: one.answer("nobody", 0, "x"),
        lambda one: one.promise("", "x", "y"),
        lambda one: one.acknowledge("wards", 2),
        lambda one: one.agree(1),
    ],
)
def test_what_means_nothing_is_refused_and_not_logged(sitting, wrong):
    sitting.start()
    with pytest.raises(Refused):
        wrong(sitting)
    assert len(sitting.entries) == 2


def test_a_turn_has_a_clock_that_stands_still_while_it_is_paused(sitting):
    def entry(minute, kind, **data):
        at = datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(minutes=minute)
        course.take_in(Entry(2, at, kind, data))
        return at

    course = sitting.course
    assert course.ends() is None
    opened = entry(0, "advanced", turn=0, standing=[])
    assert course.ends() - opened == timedelta(minutes=10)
    entry(2, "paused", paused=True)
    assert course.now(opened + timedelta(minutes=7)) - opened == timedelta(minutes=2)
    entry(6, "paused", paused=False)
    assert course.now(opened + timedelta(minutes=7)) - opened == timedelta(minutes=3)
    entry(7, "extended", minutes=2, seat="all")
    entry(7, "extended", minutes=5, seat="home")
    assert course.ends() - opened == timedelta(minutes=12)
    assert course.ends("home") - opened == timedelta(minutes=17)
    again = entry(9, "advanced", turn=1, standing=[])
    assert course.ends("home") - again == timedelta(minutes=10)


def test_injects_go_out_by_themselves_in_the_first_half_of_a_turn(tmp_path):
    injects = [{"number": k, "date": 2 + k, "text": f"No. {k}"} for k in range(1, 4)]
    sitting = Sitting.begin(tmp_path / "held", exercise(injects=injects), 3)
    sitting.start()
    opened = sitting.course.opened  # ticks 2 to 5 in ten minutes

    def minute(number):
        return opened + timedelta(minutes=number)

    assert sitting.on_time(minute(1.2)) == []
    assert sitting.on_time(minute(1.25)) == [1]  # a quarter of the days, of five minutes
    sitting.hold(2, held=True)
    assert sitting.on_time(minute(4)) == [3]
    sitting.hold(2, held=False)
    sitting.pause(True)
    assert sitting.on_time(minute(60)) == []
    sitting.close()


def test_a_decision_that_is_sent_twice_is_taken_once(sitting):
    sitting.start()
    sitting.decide("wards", 0, NEED, by="Ada", key="k1")
    count = len(sitting.entries)
    again = sitting.decide("wards", 0, NEED, by="Ada", key="k1")
    assert again.orders["kit"].need
    assert len(sitting.entries) == count
    sitting.advance()
    assert sitting.decide("wards", 0, NEED, key="k1") is not None  # told again, of a closed turn
    with pytest.raises(Refused, match="turn 1 is closed"):
        sitting.decide("wards", 0, NEED, key="k2")


def test_of_two_people_at_a_seat_the_last_counts_and_both_are_shown(sitting):
    sitting.start()
    sitting.join("wards", "Ada")
    sitting.join("wards", "Ben")
    sitting.join("wards", "Ada")
    sitting.decide("wards", 0, NEED, by="Ada")
    sitting.decide("wards", 0, {"reason": "leave it"}, by="Ben")
    assert sitting.course.people == {"wards": ["Ada", "Ben"]}
    assert [one.data["by"] for one in sitting.course.confirmed] == ["Ada", "Ben"]
    assert sitting.course.branch.decided[0, "wards"].is_standing


def test_a_call_that_was_made_stays_made_for_this_turn(sitting):
    sitting.start()
    sitting.decide("home", 0, CALL)
    assert sitting.decide("home", 0, {"calls": ["wards"]}).calls == ["works", "wards"]
    sitting.advance()
    assert sitting.decide("home", 1, {"calls": ["wards"]}).calls == ["wards"]


def test_thirty_who_look_have_it_played_once_and_what_nobody_looks_at_is_let_go(
    sitting, monkeypatch
):
    ran = []

    def counted(exercise, decided, sent, ticks, **more):
        ran.append(ticks)
        return play(exercise, decided, sent, ticks, **more)

    monkeypatch.setattr("crisis_abm.exercise.sitting.play", counted)
    sitting.start()
    looks = [sitting.watched() for _ in range(30)]
    known = weakref.ref(looks[0][1])
    del looks
    assert ran == [2]
    for _ in range(4):
        sitting.watched(4)
        sitting.watched(5)
    assert ran == [2, 4, 5]
    assert known() is not None
    sitting.watched(6)
    gc.collect()
    assert known() is None
    sitting.watched(5)
    assert ran == [2, 4, 5, 6]


def told(course):
    """All that a course holds, so that it can be compared later."""
    parts = [course, *course.branches]
    kept = [(name, value) for one in parts for name, value in vars(one).items()]
    plain = [(name, sorted(value) if isinstance(value, set) else value) for name, value in kept]
    return repr([one for one in plain if one[0] not in ("exercise", "branches")])


def test_a_snapshot_is_the_same_course_and_does_not_change_any_more(sitting):
    sitting.start()
    sitting.decide("wards", 0, NEED)
    sitting.join("home", "Ada")
    before = sitting.snapshot()
    looked = told(before)
    assert looked == told(sitting.course)
    sitting.advance()
    played_on = {"note": ("x",), "join": ("home", "Ben"), "rewind": (0,), "rate": ("need", "S")}
    for what, given in played_on.items():
        getattr(sitting, what)(*given)
    sitting.decide("home", 0, CALL)
    sitting.edit(7, {"text": "Made up here"})
    sitting.send(7)
    sitting.hold(2, held=True)
    sitting.hand_over("works", to_standing=True)
    sitting.extend(2, "home")
    sitting.acknowledge("works", 7)
    sitting.answer("home", 0, "Late")
    sitting.promise("Call", "Ada", "soon")
    assert told(before) == looked != told(sitting.course)
