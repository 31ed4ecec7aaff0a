"""Nobody is let in who has no business there, and nobody is taken for somebody else."""

from __future__ import annotations

import html
import itertools
import os
import re
import socket
import sqlite3
import sys
import urllib.parse

import pytest
from starlette.routing import Route

from crisis_abm.exercise import LogError
from crisis_abm.exercise.server.app import application
from crisis_abm.exercise.server.desk import COOKIE
from crisis_abm.exercise.server.keys import (
    FACILITATOR,
    FREE,
    LONGEST_WAIT,
    MEMORY,
    MOST_TOKENS,
    MOST_WRONG,
    OBSERVER,
    Keys,
    TooMany,
)
from crisis_abm.web.guard import names

PUBLIC = {"/", "/static/{name}", "/join", "/join/{code}"}
FACILITATES = ["/facilitate/", "/facilitate/handouts/", "/facilitate/live"]
FACILITATES += ["/facilitate/seat/home/", "/facilitate/rehearsal/"]


def test_every_address_but_the_way_in_is_closed_to_who_has_no_token(hall):
    routes = application(hall.hall, names("127.0.0.1"), hall.base).routes
    closed = [one for one in routes if isinstance(one, Route) and one.path not in PUBLIC]
    assert len(closed) > 10
    for route in closed:
        path = route.path.replace("{seat}", "home").replace("{code}", "WRONGS")
        path = path.replace("{what}", "decide")
        stranger = hall.visitor()
        answer = stranger.ask(path, {} if "POST" in route.methods else None)
        assert answer.status == 403, path
        assert "Sit down" in answer.text


def test_what_is_there_and_what_is_not_look_the_same_to_a_stranger(hall):
    pages = {hall.visitor().ask(f"/seat/{seat}/").text for seat in ("home", "nobody", "@observer")}
    assert len(pages) == 1


@pytest.mark.parametrize("own", ["home", "works"])
def test_no_seat_reaches_another_seat_or_the_facilitator(hall, own):
    hall.do("start")
    other = "wards"
    visitor = hall.seated(own)
    stolen = f"{COOKIE}={visitor.token()}"  # sent where a browser would not send it
    fields = {"turn": 0, "key": "k", "reason": "as another"}
    entries = len(hall.sitting.entries)
    for path in (f"/seat/{other}/", f"/seat/{other}/live", *FACILITATES, "/observe/"):
        assert hall.visitor().ask(path, Cookie=stolen).status == 403, path
    for what in ("decide", "acknowledge", "answer"):
        sent = hall.visitor().ask(f"/seat/{other}/{what}", fields, Cookie=stolen)
        assert sent.status == 403
        sent = hall.visitor().ask(f"/facilitate/seat/{other}/{what}", fields, Cookie=stolen)
        assert sent.status == 403
    for action in ("advance", "rewind", "hand_over", "note"):
        fields = {"action": action, "turn": 0, "text": "x", "seat": other, "to_standing": "yes"}
        assert hall.visitor().ask("/facilitate/do", fields, Cookie=stolen).status == 403
    assert len(hall.sitting.entries) == entries
    assert visitor.ask(f"/seat/{own}/").status == 200


def test_an_observer_sees_everything_and_touches_nothing(hall):
    observer = hall.seated(OBSERVER, "Eve")
    shown = observer.ask("/observe/")
    assert shown.status == 200
    assert "How it truly stands" in shown.text
    assert "<form" not in shown.text
    stolen = f"{COOKIE}={observer.token()}"
    answer = hall.visitor().ask("/facilitate/do", {"action": "start"}, Cookie=stolen)
    assert (answer.status, hall.sitting.course.turn) == (403, -1)


def test_a_seat_is_told_nothing_that_is_for_another(hall):
    hall.do("start")
    hall.do("edit", number=7, text="For the works alone", to="works", new="yes")
    hall.do("send", number=7)
    hall.do("note", text="A secret note")
    hall.do("extend", minutes=5, seat="works")
    works, home = hall.seated("works"), hall.seated("home")
    assert "For the works alone" in works.ask("/seat/works/").text
    shown = home.ask("/seat/home/").text
    room = hall.visitor().ask(f"/room/{hall.keys.code}/").text
    for page in (shown, room):
        assert "For the works alone" not in page
        assert "A secret note" not in page
        assert "+5 min" not in page
    left = [
        int(re.search(r'data-left="(-?\d+)"', page).group(1))
        for page in (works.ask("/seat/works/").text, shown)
    ]
    assert left[0] - left[1] in (299, 300, 301)


def test_a_message_that_is_sent_again_does_nothing_again(hall):
    hall.do("start")
    home = hall.seated("home")
    fields = {"turn": 0, "key": home.key("/seat/home/"), "reason": "once"}
    assert home.ask("/seat/home/decide", fields).status == 200
    entries = len(hall.sitting.entries)
    assert home.ask("/seat/home/decide", fields).status == 200
    assert len(hall.sitting.entries) == entries
    assert hall.visitor().ask("/seat/home/decide", fields).status == 403
    hall.do("advance", turn=0)
    late = {**fields, "key": "another"}
    assert home.ask("/seat/home/decide", late).status == 409
    assert hall.do("advance", turn=0).status == 409  # pressed twice
    assert hall.sitting.course.turn == 1


def test_a_page_of_somebody_else_can_send_nothing(hall):
    hall.do("start")
    home = hall.seated("home")
    fields = {"turn": 0, "key": "k", "reason": "forged"}
    for headers in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        assert home.ask("/seat/home/decide", fields, **headers).status == 403
    assert home.ask("/seat/home/", Host="evil.example").status == 403
    assert (0, "home") not in hall.sitting.course.branch.decided


def test_cookies_are_of_one_path_and_of_no_script(hall):
    answer = hall.visitor().ask(
        f"/join/{hall.keys.code}",
        {"seat": "home", "pin": hall.keys.pin("home"), "name": "Ada"},
        follow=False,
    )
    cookie = answer.headers["set-cookie"]
    assert "Path=/seat/home/" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_tokens_have_128_bits_and_only_their_hashes_are_stored(hall):
    home = hall.seated("home")
    token = home.token()
    assert len(token) >= 22  # of 64 signs each: 128 bits
    stored = hall.keys.path.read_bytes()
    assert token.encode() not in stored
    log = b"".join(one.read_bytes() for one in hall.sitting.folder.glob("exercise.log*"))
    for secret in (token, hall.keys.pin("home"), hall.keys.code):
        assert secret.encode() not in log
    if sys.platform != "win32":
        assert os.stat(hall.keys.path).st_mode & 0o077 == 0


@pytest.mark.parametrize("wrong", ["", "000000", "home", "1" * 5000, "é"])
def test_who_does_not_know_the_pin_is_not_let_in(hall, wrong):
    fields = {"seat": "home", "pin": wrong, "name": "Eve"}
    answer = hall.visitor().ask(f"/join/{hall.keys.code}", fields)
    assert answer.status in (403, 422)
    fields["pin"] = hall.keys.pin("works")  # of another seat
    assert hall.visitor().ask(f"/join/{hall.keys.code}", fields).status == 403
    fields["pin"] = hall.keys.pin("home")
    assert hall.visitor().ask("/join/ABCDEF", fields).status == 403


def test_wrong_pins_are_slowed_at_a_seat_and_limited_by_address(tmp_path):
    now = [0.0]
    keys = Keys(tmp_path, ["home", "works"], lambda: now[0])

    def tries(seat, address="here", pin="no"):
        return keys.enter(keys.code, seat, pin, "Eve", address)

    for _ in range(FREE + 1):
        assert tries("home") == ""
    with pytest.raises(TooMany, match="try again in 2 seconds"):
        tries("home")
    assert tries("works", "there", keys.pin("works"))  # another seat is as quick as ever
    waits: list[float] = []
    while len(waits) < 8:
        now[0] += 1.0
        try:
            tries("home", f"address {now[0]}")
            waits.append(now[0])
        except TooMany:
            pass
    gaps = [b - a for a, b in itertools.pairwise(waits)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == LONGEST_WAIT
    now[0] += LONGEST_WAIT
    assert tries("home", "there", keys.pin("home"))  # who knows it is let in all the same
    for number in range(MOST_WRONG):
        now[0] += LONGEST_WAIT / 3
        tries(f"no seat {number}", "busy")
    with pytest.raises(TooMany):
        tries("works", "busy", keys.pin("works"))
    now[0] += MEMORY
    assert tries("works", "busy", keys.pin("works"))
    keys.close()


def test_too_many_wrong_pins_are_told_in_the_page(hall):
    fields = {"seat": "home", "pin": "no", "name": "Eve"}
    statuses = [
        hall.visitor().ask(f"/join/{hall.keys.code}", fields).status for _ in range(FREE + 2)
    ]
    assert statuses == [403] * (FREE + 1) + [429]


def test_keys_are_the_same_after_a_restart_and_tokens_stay_good(tmp_path):
    keys = Keys(tmp_path, ["home"])
    token = keys.give("home", "Ada")
    code, pin = keys.code, keys.pin("home")
    keys.close()
    again = Keys(tmp_path, ["home"])
    assert (again.code, again.pin("home")) == (code, pin)
    assert again.holder(token).person == "Ada"
    assert again.holder(token + "x") is None
    assert again.holder("") is None
    again.close()


NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}=1+1"


def test_what_players_type_does_nothing_anywhere(hall):
    hall.do("start")
    name = "<b>Eve</b>"
    home = hall.seated("home", name)
    fields = {"turn": 0, "key": "k", "reason": NASTY, "calls": "works", "say": NASTY}
    assert home.ask("/seat/home/decide", fields).status == 200
    hall.do("note", text=NASTY)
    hall.do("edit", number=9, text=NASTY, to="all", new="yes", then="send", sender=NASTY)
    works = hall.seated("works")
    pages = [home.ask("/seat/home/"), works.ask("/seat/works/")]
    pages += [hall.facilitator.ask("/facilitate/"), hall.visitor().ask(f"/room/{hall.keys.code}/")]
    for page in pages:
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "<b>Eve" not in page.text
        assert "49=1+1" not in page.text
        assert html.escape("<script>alert(1)") in page.text
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"a=" + b"x" * 200_000,
        b"&".join(b"f%d=1" % k for k in range(3000)),
        b"turn=0&key=k&orders.kit.units=nan&orders.kit.how=units",
        b"turn=0&key=k&orders.kit.how=units&orders.kit.units=-5",
        b"turn=0&key=k&lend.kit=400",
        b"turn=0&key=k&orders.nothing.how=need",
        b"turn=0&key=k&calls=home",
        b"turn=1e9&key=k",
        b"turn=0&key=k&reason=" + b"%41" * 2500,
    ],
)
def test_nonsense_is_refused_and_nothing_of_it_stored(hall, body):
    hall.do("start")
    home = hall.seated("home")
    entries = len(hall.sitting.entries)
    answer = home.send("/seat/home/decide", body)
    assert answer.status in (409, 422)
    assert len(hall.sitting.entries) == entries
    assert home.ask("/seat/home/").status == 200


def test_a_full_disk_is_told_at_once_and_nothing_counts_that_is_not_stored(hall):
    hall.do("start")
    home = hall.seated("home")
    connection = hall.sitting._log._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    fields = {"turn": 0, "key": "k1", "reason": "x" * 1900}
    for number in range(20):  # until the last page is full
        answer = home.ask("/seat/home/decide", {**fields, "key": f"k{number}"})
        if answer.status != 200:
            break
    assert answer.status == 409
    assert "could not be stored" in answer.text
    held = len(hall.sitting.entries)
    assert "Nothing can be stored" in hall.facilitator.ask("/facilitate/").text
    with sqlite3.connect(hall.sitting.folder / "exercise.log") as file:
        assert file.execute("SELECT count(*) FROM entries").fetchone() == (held,)
    connection.execute("PRAGMA max_page_count = 100000")
    assert home.ask("/seat/home/decide", {**fields, "key": "later"}).status == 200
    assert "Nothing can be stored" not in hall.facilitator.ask("/facilitate/").text


def test_keys_that_cannot_be_stored_are_told_in_a_line(tmp_path):
    (tmp_path / "keys.db").mkdir()
    with pytest.raises(LogError, match=r"keys\.db: cannot be used"):
        Keys(tmp_path, ["home"])


def test_the_facilitators_link_is_not_to_be_guessed(hall):
    for key in ("", "x" * 22, hall.keys.code, hall.seated("home").token()):
        link = f"/facilitate/enter?key={urllib.parse.quote(key)}"
        assert hall.visitor().ask(link).status == 403
    assert hall.keys.holder(hall.facilitator.token()).role == FACILITATOR


@pytest.mark.parametrize(
    "name", ["The Facilitator", "facilitator", " the\u200b facilitator ", "bot: siloed", "A bot"]
)
def test_nobody_is_called_like_the_facilitator_or_a_bot(hall, name):
    fields = {"seat": "home", "pin": hall.keys.pin("home"), "name": name}
    answer = hall.visitor().ask(f"/join/{hall.keys.code}", fields)
    assert answer.status == 422
    assert "stands for somebody else" in answer.text
    assert hall.sitting.course.people == {}


def test_what_cannot_be_seen_is_no_part_of_a_name(hall):
    hall.seated("home", "Ada\u202e\x00 \u2066Botha")
    assert hall.sitting.course.people["home"] == ["Ada Botha"]


def test_what_no_form_has_decides_nothing(hall):
    hall.do("start")
    home = hall.seated("home")
    fields = {
        "turn": 0,
        "key": home.key("/seat/home/"),
        "levers.communication": "1",
        "levers": "1",
        "orders.kit.exact.home": "9",
        "orders.kit.need": "yes",
        "seat": "wards",
        "by": "the facilitator",
        "reason": "mine",
    }
    assert home.ask("/seat/home/decide", fields).status == 200
    (entry,) = [one for one in hall.sitting.entries if one.kind == "decided"]
    assert entry.data["decision"] == {"reason": "mine"}
    assert (entry.data["seat"], entry.data["by"]) == ("home", "Ada")


def test_a_seat_that_opens_pages_without_end_takes_no_others_place(hall, monkeypatch):
    monkeypatch.setattr("crisis_abm.exercise.server.desk.MOST_LIVE", 3)
    host, port = hall.base.removeprefix("http://").split(":")

    def follow(path, token=""):
        line = socket.create_connection((host, int(port)), timeout=10)
        head = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        line.sendall(f"{head}Cookie: {COOKIE}={token}\r\n\r\n".encode())
        return line, line.recv(65536).split(b"\r\n")[0]

    home, works = hall.seated("home").token(), hall.seated("works").token()
    lines = [follow("/seat/home/live", home) for _ in range(5)]
    lines += [follow("/seat/works/live", works), follow("/facilitate/live", "")]
    lines += [follow(f"/room/{hall.keys.code}/live")]
    assert [int(said.split()[1]) for _, said in lines] == [200] * 3 + [503] * 2 + [200, 403, 200]
    for line, _ in lines:
        line.close()


def test_of_a_role_the_newest_tokens_are_good(tmp_path):
    keys = Keys(tmp_path, ["home", "works"])
    kept = keys.give("works", "Ben")
    tokens = [keys.give("home", "Ada") for _ in range(MOST_TOKENS + 2)]
    keys.close()
    for _ in range(2):
        held = [keys.holder(one) is not None for one in tokens]
        assert held == [False] * 2 + [True] * MOST_TOKENS
        assert keys.holder(kept).person == "Ben"
        keys = Keys(tmp_path, ["home", "works"])
    keys.close()


def test_what_is_sent_too_slowly_is_left(hall, monkeypatch):
    monkeypatch.setattr("crisis_abm.exercise.server.forms.LONGEST_SENDING", 0.3)
    host, port = hall.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        head = f"POST /join HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 100\r\n\r\ncode="
        line.sendall(head.encode())
        assert line.recv(65536).startswith(b"HTTP/1.1 303")


def test_the_code_is_not_guessed_and_seats_are_named_to_who_knows_it(hall):
    shown = hall.visitor().ask("/join/ABCDEF")
    assert (shown.status, "No exercise here has this code." in shown.text) == (403, True)
    assert "Wards" not in shown.text
    assert "Wards" in hall.visitor().ask(f"/join/{hall.keys.code}").text
    statuses = [hall.visitor().ask("/room/ABCDEF/").status for _ in range(MOST_WRONG)]
    assert set(statuses) == {403}
    assert hall.visitor().ask("/join/ABCDEG").status == 429
    home = hall.keys.give("home", "Ada")  # whoever sits there already notices nothing
    cookie = f"{COOKIE}={home}"
    assert hall.visitor().ask("/seat/home/", Cookie=cookie).status == 200
