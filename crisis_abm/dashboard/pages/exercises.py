"""Tabletop exercises: what one is, those there are, and the ones that this visitor holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import solara

from crisis_abm.dashboard.components.html import tag
from crisis_abm.dashboard.data.exercise_servers import PROXY, Begun, CannotBegin
from crisis_abm.dashboard.data.ready_made_exercises import ReadyMade, ready_made
from crisis_abm.dashboard.state.session import came_by, exercises, visitor
from crisis_abm.dashboard.widgets.controls import Button, Choice
from crisis_abm.exercise.kept import Kept
from crisis_abm.report.words import counted

ABOVE = "yours-now"  # where what was begun stands
PATIENCE = 1.0  # seconds between two looks whether the page is still there
WHAT = (
    "In a tabletop exercise people sit at the seats of organisations, are told turn by turn what "
    "happens, and decide. The model plays on with what they decided. Afterwards all see what came "
    "of it, and what would have come of deciding otherwise."
)
HOW = (
    "One person is the facilitator: begins it here, prints the cards, and leads through the turns "
    "on a page of their own. Players open an address in their own browsers and come in with the "
    "join code and the PIN of their seat. A rehearsal has bots in all seats; nothing of it is kept."
)
LOCAL = "Only this machine can open it. To let players in, start the dashboard so: "
OPEN = (
    "Everyone who can reach this machine can see the way in, and what is sent is not encrypted: "
    "use it in a network that you trust."
)


@solara.component
def Exercises() -> None:
    """What is open, what can be begun, what is kept."""
    _follow()
    who = visitor()
    servers = exercises()
    problem, tell = solara.use_state("")

    def tried(begin: Callable[[], None]) -> None:
        try:
            begin()
            tell("")
        except CannotBegin as error:
            tell(str(error))

    tag("h1", "Exercises")
    tag("p", WHAT)
    tag("p", HOW, look="ca-note")
    if servers.place.base:
        tag("p", PROXY, look="ca-problem")
    if problem:
        tag("div", tag("p", problem), look="ca-problem", attributes={"role": "alert"})
    begun = servers.of(who)
    if begun:
        tag("h2", "Yours now", attributes={"id": ABOVE, "tabindex": "-1"})
    for one in begun:
        _Begun(one.seen_from(came_by())).key(f"begun {one.number}")
    tag("h2", "Ready-made")
    with solara.v.Html(tag="ul", class_="ca-cards"):
        for ready in ready_made():
            going = any(one.title == ready.title and not one.problem for one in begun)
            _Card(ready, going, tried).key(ready.name)
    tag("h2", "Kept")
    kept = servers.kept(who)
    if not kept:
        tag("p", "None yet: an exercise is kept from its beginning on.", look="ca-note")
    opened = {one.folder for one in begun if not one.problem}
    with solara.v.Html(tag="ul", class_="ca-inner"):
        for held in kept:
            _Kept(held, held.folder in opened, tried).key(held.folder.name)


def _follow() -> None:
    """Draw the page anew when something changes, for as long as it is there."""
    servers = exercises()
    _, draw = solara.use_state(servers.version)

    def follow() -> Callable[[], None]:
        gone = threading.Event()

        def watch() -> None:
            seen = -1
            while not gone.is_set():
                now = servers.wait(seen, PATIENCE)
                if now != seen and not gone.is_set():
                    draw(now)
                seen = now

        threading.Thread(target=watch, name="exercises", daemon=True).start()
        return gone.set

    solara.use_effect(follow, [])


@solara.component
def _Begun(one: Begun) -> None:
    """An exercise that was begun: on its way, open, or ended by itself."""
    servers = exercises()
    sure, ask = solara.use_state(False)

    def stop() -> None:
        ask(False)
        servers.stop(one.visitor, one.number)

    with solara.v.Html(tag="section", class_="ca-held", attributes={"aria-label": one.title}):
        tag("h3", one.title if one.folder else f"Rehearsal: {one.title}")
        if one.problem:
            words = [tag("p", one.problem)]
            if one.facilitator and one.folder:
                words.append(tag("p", "What happened in it is kept: go on with it below."))
            tag("div", *words, look="ca-problem", attributes={"role": "alert"})
            Button.element(label="Put away", about=one.title, on_presses=lambda _: stop()).key(
                "away"
            )
            return
        if one.ending:
            tag("p", "Ending …", attributes={"role": "status"})
            return
        if one.is_served:
            _ways_in(one)
        else:
            told = "Starting … The first time takes up to a minute."
            tag("p", told, attributes={"role": "status"})
            tag("progress", look="ca-progress", attributes={"aria-label": f"Starting {one.title}"})
        if sure:
            tag("p", _lost(one), attributes={"role": "alert"})
        with solara.v.Html(tag="div", class_="ca-row"):
            Button.element(
                label="Yes, stop it" if sure else "Stop",
                about=one.title,
                on_presses=lambda _: stop() if sure else ask(True),
            ).key("stop")
            if sure:
                Button.element(
                    label="Let it go on", about=one.title, on_presses=lambda _: ask(False)
                ).key("let")


def _ways_in(one: Begun) -> None:
    where = {"href": one.facilitator, "target": "_blank", "rel": "noopener"}
    words = "Open the facilitator's page" if one.folder else "Open the rehearsal"
    link = tag("a", f"{words} (in a new tab)", attributes=where)
    tag("p", link, " Keep this link to yourself: who has it leads the exercise.")
    if one.folder:
        code = tag("strong", one.code)
        tag("p", "Players open ", tag("strong", one.players), " with the join code ", code, ".")
        if exercises().place.is_local:
            tag("p", LOCAL, tag("code", "crisis-abm dashboard --host 0.0.0.0"), look="ca-note")
        else:
            tag("p", OPEN, look="ca-note")


def _lost(one: Begun) -> str:
    if one.folder is None:
        return "Stop the rehearsal? Nothing of it is kept."
    return "Stop it? Everybody's page stops. What happened is kept: you can go on with it later."


@solara.component
def _Card(ready: ReadyMade, is_begun: bool, tried: Callable[[Callable[[], None]], None]) -> None:
    """A ready-made exercise, to be begun or rehearsed."""
    servers, who = exercises(), visitor()
    players, choose = solara.use_state(ready.players[0] if ready.players else None)

    def begin(rehearsal: bool) -> None:
        tried(lambda: servers.begin(who, ready.name, ready.title, players, rehearsal))

    with solara.v.Html(tag="li", class_="ca-card"):
        tag("h3", ready.title)
        tag("p", _facts(ready), look="ca-note")
        tag("p", ready.aim)
        if len(ready.players) > 1:
            Choice.element(
                label="Players",
                about="A larger group splits seats.",
                options=[[str(count), str(count)] for count in ready.players],
                value=str(players),
                on_value=lambda count: choose(int(count)),
            ).key("players")
        with solara.v.Html(tag="div", class_="ca-row"):
            Button.element(
                label="Begin",
                about=ready.title,
                look="main",
                disabled=bool(servers.place.base),
                on_presses=lambda _: begin(False),
            ).key("begin")
            Button.element(
                label="Rehearse",
                about=ready.title,
                disabled=bool(servers.place.base),
                on_presses=lambda _: begin(True),
            ).key("rehearse")
        if is_begun:
            tag("p", *_above(), look="ca-note", attributes={"role": "status"})


def _above() -> tuple[object, ...]:
    """On a phone what was begun is out of sight."""
    return "It is yours now: ", tag("a", "see above", attributes={"href": f"#{ABOVE}"}), "."


def _facts(ready: ReadyMade) -> str:
    seats = ""
    if ready.players:
        least, most = ready.players[0], ready.players[-1]
        seats = f"{least} seats; " if least == most else f"{least} to {most} seats; "
    time = f"{ready.minutes} minutes, {ready.played} of them in {counted(ready.turns, 'turn')}"
    return f"{time}; {seats}{counted(ready.injects, 'inject')}"


@solara.component
def _Kept(one: Kept, is_open: bool, tried: Callable[[Callable[[], None]], None]) -> None:
    """A sitting that is kept, to go on with."""
    servers, who = exercises(), visitor()
    with solara.v.Html(tag="li", class_="ca-kept"):
        if one.problem:
            tag("p", tag("strong", one.title), f" cannot be read: {one.problem}.")
            return
        tag("p", tag("strong", one.title))
        when = f"begun {_when(one.begun)}; {_how_far(one)}; {counted(one.players, 'player')}"
        tag("p", f"{when}; called {one.folder.name}", look="ca-note")
        if is_open:
            tag("p", *_above(), look="ca-note")
            return
        Button.element(
            label="Go on",
            about=f"{one.title}, {one.folder.name}",
            disabled=bool(servers.place.base),
            on_presses=lambda _: tried(lambda: servers.go_on(who, one)),
        ).key("on")


def _when(at: datetime | None) -> str:
    if at is None:
        return ""
    here = at.astimezone()
    return f"{here.day} {here:%B %Y, %H:%M}"


def _how_far(one: Kept) -> str:
    if one.turn < 0:
        return "not played yet"
    if one.turn >= one.turns:
        return f"all {one.turns} turns played"
    return f"at turn {one.turn + 1} of {one.turns}"
