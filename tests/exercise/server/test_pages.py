"""What pages show and do, as a browser without scripts has them."""

from __future__ import annotations

import re

from crisis_abm.exercise import Exercise
from tests.exercise.server.served import served


def decide(hall, visitor, seat, **fields):
    turn = hall.sitting.course.turn
    key = visitor.key(f"/seat/{seat}/")
    return visitor.ask(f"/seat/{seat}/decide", {"turn": turn, "key": key, **fields})


def test_from_the_code_to_a_confirmed_decision(hall):
    home = hall.visitor()
    assert home.ask("/").address.endswith("/join")
    code = hall.keys.code.lower()
    assert home.ask("/join", {"code": f" {code} "}).address.endswith(f"/join/{hall.keys.code}")
    fields = {"seat": "home", "pin": hall.keys.pin("home"), "name": " Ada  Byron "}
    shown = home.ask(f"/join/{hall.keys.code}", fields)
    assert shown.address.endswith("/seat/home/")
    assert "The facilitator starts the first turn" in shown.text
    assert hall.sitting.course.people == {"home": ["Ada Byron"]}
    hall.do("start")
    shown = decide(hall, home, "home", **{"orders.kit.how": "need", "reason": "enough"})
    assert (shown.status, "Confirmed, and stored." in shown.text) == (200, True)
    assert "Orders kit (just what is needed)" in shown.text
    assert "by Ada Byron" in shown.text
    decision = hall.sitting.course.branch.decided[0, "home"]
    assert (decision.orders["kit"].need, decision.reason) == (True, "enough")


def test_what_is_wrong_is_told_at_the_field_and_what_was_typed_stays(hall):
    hall.do("start")
    home = hall.seated("home")
    shown = decide(hall, home, "home", **{"lend.kit": "150", "reason": "a long reason"})
    assert shown.status == 422
    field = re.search(r'<input name="lend.kit"[^>]*>', shown.text).group(0)
    assert 'value="150"' in field
    assert 'aria-describedby="fault-lend.kit"' in field
    assert 'id="fault-lend.kit"' in shown.text
    assert "a long reason</textarea>" in shown.text
    assert "Not confirmed" in shown.text
    assert hall.sitting.course.branch.decided == {}


def test_what_is_wrong_with_what_the_form_does_not_have_is_told_above_it(hall):
    hall.do("start")
    home = hall.seated("home")
    fields = {"turn": 0, "key": "k", "lend.gold": "10", "orders.gold.how": "need"}
    answer = home.ask("/seat/home/decide", fields)
    assert answer.status == 422
    (told,) = re.findall(r'<p class="fault"[^>]*>([^<]+)', answer.text)
    assert "lend.gold: is not lent" in told
    assert "orders.gold.how: is not what it needs" in told


def test_what_came_of_it_stands_on_the_page_after_the_turn(hall):
    hall.do("start")
    home = hall.seated("home")
    assert "In turn 1 you served" not in home.ask("/seat/home/").text
    hall.do("advance", turn=0)
    hall.do("advance", turn=1)
    shown = home.ask("/seat/home/").text
    assert re.search(r"In turn 2 you served <b>\d+%</b>", shown)
    assert "went without" in shown


def test_a_call_tells_both_ends_and_shows_todays_figures(hall):
    hall.do("start")
    home, works = hall.seated("home"), hall.seated("works", "Ben")
    assert "nothing: you have not talked" in home.ask("/seat/home/").text
    shown = decide(hall, home, "home", calls="works", say="How much is left?")
    assert "today&#39;s" in shown.text
    other = works.ask("/seat/works/").text
    assert "“How much is left?”" in other
    assert "<b>Home</b> calls you" in other
    hall.do("advance", turn=0)
    assert "<b>Home</b> called you in the turn before" in works.ask("/seat/works/").text


def test_a_seat_on_paper_is_typed_by_the_facilitator(hall):
    hall.do("start")
    path = "/facilitate/seat/home/"
    key = hall.facilitator.key(path)
    fields = {"turn": 0, "key": key, "orders.kit.how": "need"}
    shown = hall.facilitator.ask(path + "decide", fields)
    assert shown.status == 200
    assert "by the facilitator" in shown.text
    assert "back to your page" in shown.text
    assert "back to your page" not in hall.seated("home").ask("/seat/home/").text
    assert hall.sitting.course.branch.decided[0, "home"].orders["kit"].need


def test_everything_a_facilitator_does_is_told(hall):
    told: dict[str, tuple[dict, str | None]] = {
        "start": ({}, "The first turn has begun."),
        "extend": ({"minutes": 2, "seat": "home"}, "2 minutes more, for this seat alone."),
        "hold": ({"number": 2, "held": "yes"}, "Inject 2 is held."),
        "edit": ({"number": 2, "text": "All of it is spoilt.", "date": "7"}, "Inject 2 is stored."),
        "send": ({"number": 1}, None),
        "pause": ({"paused": "yes"}, "Paused: nobody can decide."),
        "hand_over": ({"seat": "home", "to_standing": "yes"}, "standing policy now."),
        "note": ({"text": "They talk.", "objective": "need"}, "Noted."),
        "rate": ({"objective": "need", "rating": "S"}, "The rating is stored."),
        "advance": ({"turn": 0}, "The turn is closed and was played."),
        "rewind": ({"turn": 0}, "Back at the beginning of turn 1."),
        "promise": ({"text": "Call", "owner": "Ada", "due": "2027-01-01"}, "is in the plan."),
    }
    for action, (fields, sentence) in told.items():
        shown = hall.do(action, **fields)
        if sentence is not None:
            assert (shown.status, sentence in shown.text) == (200, True), action
    course = hall.sitting.course
    assert (course.turn, len(course.branches), course.ratings) == (0, 2, {"need": "S"})
    edited = next(one for one in course.injects() if one.number == 2)
    assert (edited.text, edited.date, edited.to) == ("All of it is spoilt.", 7, ["works"])
    assert edited.effect  # what the form does not show stays


def test_what_a_facilitator_cannot_do_is_said_and_changes_nothing(hall):
    wrong: dict[str, dict] = {
        "advance": {"turn": 0},
        "extend": {"minutes": 2},
        "send": {"number": 99},
        "hold": {"number": "x"},
        "edit": {"number": 2, "text": "x", "date": "tomorrow"},
        "rate": {"objective": "need", "rating": "A"},
        "rewind": {"turn": 0},
        "nothing": {},
    }
    entries = len(hall.sitting.entries)
    for action, fields in wrong.items():
        shown = hall.do(action, **fields)
        assert shown.status in (400, 409), action
        assert 'class="wrong"' in shown.text
    assert len(hall.sitting.entries) == entries


def test_an_inject_that_is_added_reaches_whom_it_is_for_and_is_acknowledged(hall):
    hall.do("start")
    home = hall.seated("home")
    fields = {"number": 3, "new": "yes", "text": "Look out", "sender": "Region", "to": ["home"]}
    assert hall.do("edit", **fields, acknowledge="yes", then="send").status == 200
    shown = home.ask("/seat/home/").text
    assert "Look out" in shown
    assert "to you, not to all" in shown
    assert "Not read yet: Home" in hall.facilitator.ask("/facilitate/").text
    assert "You have read it." in home.ask("/seat/home/acknowledge", {"number": 3}).text
    assert "Not read yet" not in hall.facilitator.ask("/facilitate/").text
    assert home.ask("/seat/home/acknowledge", {"number": 99}).status == 409


def test_an_inject_may_wait_for_another(hall):
    hall.do("start")
    hall.do("hold", number=1, held="yes")
    hall.do("edit", number=3, new="yes", text="Afterwards", date="3", after="1")
    assert "waits for 1" in hall.facilitator.ask("/facilitate/").text
    assert hall.sitting.course.due() == []
    hall.do("send", number=1)
    assert [one.number for one in hall.sitting.course.due()] == [3]


def test_the_room_sees_the_day_and_the_news_and_no_decision(hall):
    hall.do("start")
    hall.do("send", number=1)
    home = hall.seated("home")
    decide(hall, home, "home", reason="for ourselves alone")
    shown = hall.visitor().ask(f"/room/{hall.keys.code}/").text
    assert "Count what you hold." in shown
    assert "1 of 3 seats have decided." in shown
    assert "for ourselves alone" not in shown
    assert "Works: works" in shown  # the picture in words


def test_after_the_last_turn_each_answers_for_their_own(hall):
    hall.do("start")
    for turn in range(3):
        hall.do("advance", turn=turn)
    home = hall.seated("home")
    shown = home.ask("/seat/home/").text
    assert "When did you know?" in shown
    assert "Confirm</button>" not in shown
    sent = home.ask("/seat/home/answer", {"question": 0, "text": "On Monday."})
    assert "On Monday.</textarea>" in sent.text
    assert home.ask("/seat/home/answer", {"question": 5, "text": "x"}).status == 409
    assert hall.sitting.course.answers == {("home", 0): "On Monday."}


def test_hand_outs_have_every_seats_way_in_and_a_sheet_a_turn(tmp_path):
    with served(Exercise.load("first_wave"), tmp_path / "held", 6) as hall:
        shown = hall.facilitator.ask("/facilitate/handouts/").text
        for seat in hall.sitting.course.seats:
            assert hall.keys.pin(seat) in shown
        assert hall.keys.pin("hospital_one") not in shown  # nobody sits there with six players
        assert shown.count("decision sheet, turn") == 6 * 6
        assert shown.count("data:image/svg+xml") == 6 + 1
        assert f"{hall.base}/join" in shown


def test_a_handed_seat_is_disclosed_to_it_and_to_the_room(hall):
    hall.do("start")
    hall.do("hand_over", seat="home", to_standing="yes")
    home = hall.seated("home")
    assert "The standing policy decides for this seat now" in home.ask("/seat/home/").text
    assert (
        "Decided by the standing policy: Home"
        in hall.visitor().ask(f"/room/{hall.keys.code}/").text
    )


def test_injects_go_out_as_a_table_and_come_back_changed(hall):
    table = hall.facilitator.ask("/facilitate/injects/injects.csv").text
    assert "Count what you hold." in table
    changed = table.replace("Count what you hold.", "Count what you have.").encode()
    shown = hall.facilitator.send("/facilitate/injects/?name=mine.csv", changed)
    assert "Taken from the table: injects 1." in shown.text
    again = hall.facilitator.send("/facilitate/injects/?name=mine.csv", changed)
    assert "Nothing is new in it." in again.text
    entries = len(hall.sitting.entries)
    for bad in (b"", b"PK\x03\x04 no workbook", table.replace("works", "wroks").encode()):
        shown = hall.facilitator.send("/facilitate/injects/?name=mine.csv", bad)
        assert (shown.status, 'class="wrong"' in shown.text) == (422, True)
    assert len(hall.sitting.entries) == entries
    texts = [one.text for one in hall.sitting.course.injects()]
    assert texts == ["Count what you have.", "Half of the store is spoilt."]


def test_papers_are_there_to_print(hall):
    for what, heading in (
        ("guide", "Facilitator"),
        ("briefings", "Brief"),
        ("feedback", "Feedback"),
    ):
        shown = hall.facilitator.ask(f"/facilitate/papers/{what}")
        assert shown.status == 200
        assert heading in shown.text
    assert hall.facilitator.ask("/facilitate/papers/nothing").status == 403
