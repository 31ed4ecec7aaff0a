"""What the server of an exercise answers to: its pages and what is sent from them, nothing else.

A page belongs to a path, and so does the token that opens it: the cookie of a seat is sent to that
seat's addresses alone, so several seats may be open in one browser, and no page can speak as
another.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import resources
from typing import Any
from urllib.parse import quote

import anyio
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from crisis_abm.exercise.inject_table import LARGEST_TABLE, Format, injects_table, read_injects
from crisis_abm.exercise.log import LogError
from crisis_abm.exercise.papers import PAPERS, paper
from crisis_abm.exercise.server import decision_form
from crisis_abm.exercise.server.actions import ACTIONS
from crisis_abm.exercise.server.facilitator_page import facilitator_page
from crisis_abm.exercise.server.forms import Fields, body_of, fields_of, last, whole
from crisis_abm.exercise.server.hall import Hall
from crisis_abm.exercise.server.handouts import handouts
from crisis_abm.exercise.server.keys import FACILITATOR, OBSERVER, Pass, TooMany
from crisis_abm.exercise.server.people import is_reserved, name_of
from crisis_abm.exercise.server.reporting import Reports
from crisis_abm.exercise.server.room_page import room_page
from crisis_abm.exercise.server.seat_page import seat_page
from crisis_abm.exercise.sitting import Refused, Sitting
from crisis_abm.scenario import ScenarioError
from crisis_abm.web.guard import Names, OwnPagesOnly, SecurityHeaders

logger = logging.getLogger(__name__)

COOKIE = "crisis_abm_exercise"
A_DAY = 24 * 3600  # seconds that a token stays in a browser: longer than any exercise
MOST_LIVE, ROOM = 60, "@room"  # pages of one role that follow at the same time
AT_ONCE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would collect them
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
}
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
PAPER = {"Cache-Control": "no-store", "Content-Security-Policy": REPORT_POLICY}
TABLES: dict[str, tuple[Format, str]] = {
    "injects.csv": ("csv", "text/csv"),
    "injects.xlsx": (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}
STATIC = {"exercise.css": "text/css", "exercise.js": "text/javascript"}
Answer = Callable[[Request], Awaitable[Response]]


class Unwelcome(Exception):
    """Whoever asks may not see this; where they may come in is told."""


def application(hall: Hall, names: Names, base: str, secure: bool = False) -> Starlette:
    """An exercise as an ASGI application.

    Parameters
    ----------
    hall : Hall
    names : Names
        What the server goes by.
    base : str
        Its address as players' browsers see it, without a slash at its end.
    secure : bool
        Whether browsers come by https, so that cookies need not go another way.
    """
    pages = _Pages(hall, base, secure)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(run()) for run in hall.beside]
        yield
        for task in tasks:
            task.cancel()

    return Starlette(
        routes=pages.routes(),
        middleware=[
            Middleware(SecurityHeaders, policy=POLICY),
            Middleware(
                OwnPagesOnly, names=names, what="exercise", command="crisis-abm exercise hold"
            ),
        ],
        lifespan=lifespan,
        exception_handlers={Unwelcome: pages.unwelcome},
    )


class _Pages:
    """The answers to everything that a browser may ask for."""

    def __init__(self, hall: Hall, base: str, secure: bool) -> None:
        self.hall, self.base, self.secure = hall, base, secure
        self.live: Counter[str] = Counter()
        self.reports = Reports(hall.sitting.folder)
        loader = PackageLoader("crisis_abm.exercise.server", "pages")
        self.templates = Environment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[Route]:
        """All addresses; a path is of one role alone."""
        get, post = ["GET"], ["POST"]
        return [
            Route("/", self.begin, methods=get),
            Route("/static/{name}", self.static, methods=get),
            Route("/join", self.join, methods=["GET", "POST"]),
            Route("/join/{code}", self.join_with, methods=["GET", "POST"]),
            Route("/seat/{seat}/", self.seat, methods=get),
            Route("/seat/{seat}/live", self.seat_live, methods=get),
            Route("/seat/{seat}/{what}", self.seat_sends, methods=post),
            Route("/facilitate/enter", self.enter, methods=get),
            Route("/facilitate/", self.facilitate, methods=get),
            Route("/facilitate/live", self.facilitate_live, methods=get),
            Route("/facilitate/do", self.facilitator_sends, methods=post),
            Route("/facilitate/handouts/", self.handouts, methods=get),
            Route("/facilitate/rehearsal/", self.rehearsal, methods=get),
            Route("/facilitate/report/", self.report, methods=get),
            Route("/facilitate/papers/{what}", self.paper, methods=get),
            Route("/facilitate/injects/{file}", self.injects, methods=get),
            Route("/facilitate/injects/", self.take_injects, methods=post),
            Route("/facilitate/seat/{seat}/", self.seat_for, methods=get),
            Route("/facilitate/seat/{seat}/{what}", self.seat_sends_for, methods=post),
            Route("/observe/", self.observe, methods=get),
            Route("/observe/live", self.observe_live, methods=get),
            Route("/room/{code}/", self.room, methods=get),
            Route("/room/{code}/live", self.room_live, methods=get),
        ]

    # ------------------------------------------------------------------ coming in

    async def begin(self, request: Request) -> Response:
        """To where one sits down."""
        return RedirectResponse("/join", 303)

    async def static(self, request: Request) -> Response:
        """The style sheet and the script of every page."""
        name = request.path_params["name"]
        if name not in STATIC:
            return PlainTextResponse("There is nothing here.\n", 404)
        file = resources.files("crisis_abm.exercise.server") / name
        return Response(file.read_bytes(), media_type=STATIC[name])

    async def join(self, request: Request) -> Response:
        """Ask for the join code."""
        if request.method == "GET":
            return self._page("join", seats=[], code="", seat="", name="")
        fields = await fields_of(request)
        code = last(fields, "code").replace(" ", "").upper()[:20]
        return RedirectResponse(f"/join/{quote(code, safe='')}", 303)

    async def join_with(self, request: Request) -> Response:
        """Ask for seat, PIN and name, or let in whoever knows them."""
        code = request.path_params["code"]
        course = self.hall.sitting.course
        titles = self.hall.sitting.exercise.content.seats
        shown = {"seats": [(name, titles[name].title) for name in course.seats], "code": code}
        if request.method == "GET":
            seat = request.query_params.get("seat", "")
            return self._page("join", **shown, seat=seat, name="")
        fields = await fields_of(request)
        seat, name = last(fields, "seat"), name_of(last(fields, "name"))
        again = functools.partial(self._page, "join", **shown, seat=seat, name=name)
        if not name:
            return again(wrong="Please give your name.", status=422)
        if is_reserved(name):
            text = "This name stands for somebody else in the report. Please give your own."
            return again(wrong=text, status=422)
        address = request.client.host if request.client else ""
        pin = last(fields, "pin")[:100]
        try:
            keys = self.hall.keys
            token = await anyio.to_thread.run_sync(keys.enter, code, seat, pin, name, address)
        except TooMany as error:
            text = f"{str(error).capitalize()}."
            return again(wrong=text, status=429)
        except LogError as error:
            logger.error("%s", error)
            self.hall.trouble = str(error)
            self.hall.changed()
            return again(wrong="This could not be stored. The facilitator is told.", status=507)
        if not token:
            return again(wrong="Code, seat and PIN do not belong together.", status=403)
        if seat == OBSERVER:
            return self._let_in("/observe/", token)
        who = Pass(seat, name)
        with contextlib.suppress(Refused):
            await self.hall.do(who, lambda sitting: sitting.join(seat, name))
        return self._let_in(f"/seat/{seat}/", token)

    async def enter(self, request: Request) -> Response:
        """Let in whoever has the facilitator's link."""
        token = request.query_params.get("key", "")
        held = self.hall.keys.holder(token)
        if held is None or held.role != FACILITATOR:
            raise Unwelcome
        there = "/facilitate/"
        if request.query_params.get("rehearse"):
            there += "rehearsal/"
        response = RedirectResponse(there, 303)
        self._remember(response, "/facilitate/", token)
        return response

    def _let_in(self, path: str, token: str) -> Response:
        response = RedirectResponse(path, 303)
        self._remember(response, path, token)
        return response

    def _remember(self, response: Response, path: str, token: str) -> None:
        response.set_cookie(
            COOKIE, token, A_DAY, path=path, secure=self.secure, httponly=True, samesite="lax"
        )

    def _who(self, request: Request, role: str) -> Pass:
        held = self.hall.keys.holder(request.cookies.get(COOKIE, ""))
        if held is None or held.role != role:
            raise Unwelcome
        return held

    async def unwelcome(self, request: Request, error: Exception) -> Response:
        """The same answer for what is there and what is not."""
        return self._page(
            "message",
            text="This page is for who sits there. Sit down with the code and PIN of your card.",
            link="/join",
            link_text="Sit down",
            status=403,
        )

    # ------------------------------------------------------------------ a seat

    def _seat_of(self, request: Request) -> tuple[str, Pass]:
        """The seat that is asked for, and who sits there."""
        seat = request.path_params["seat"]
        who = self._who(request, seat)
        if seat not in self.hall.sitting.course.seats:
            raise Unwelcome
        return seat, who

    def _seat_for(self, request: Request) -> tuple[str, Pass]:
        """The seat that the facilitator looks after."""
        seat = request.path_params["seat"]
        who = self._who(request, FACILITATOR)
        if seat not in self.hall.sitting.course.seats:
            raise Unwelcome
        return seat, Pass(who.role, "the facilitator")

    async def seat(self, request: Request) -> Response:
        """The page of a seat, for who sits there."""
        seat, who = self._seat_of(request)
        return await self._seat_page(request, seat, who)

    async def seat_for(self, request: Request) -> Response:
        """The page of a seat, for the facilitator: one on paper, or to see what it sees."""
        seat, who = self._seat_for(request)
        return await self._seat_page(request, seat, who)

    async def seat_live(self, request: Request) -> Response:
        """What changes for a seat."""
        return self._follow(self._seat_of(request)[1])

    async def seat_sends(self, request: Request) -> Response:
        """What a seat decides, has read or answers."""
        seat, who = self._seat_of(request)
        return await self._seat_sent(request, seat, who)

    async def seat_sends_for(self, request: Request) -> Response:
        """The same from paper, by the facilitator."""
        seat, who = self._seat_for(request)
        return await self._seat_sent(request, seat, who)

    async def _seat_page(
        self, request: Request, seat: str, who: Pass, status: int = 200, **more: Any
    ) -> Response:
        wrong, said = more.pop("wrong", ""), more.pop("said", "")
        make = functools.partial(
            seat_page, self.hall.sitting, seat, who.person, self.hall.here(seat), **more
        )
        shown = await anyio.to_thread.run_sync(make)
        by_facilitator = who.role == FACILITATOR
        here = f"/facilitate/seat/{seat}/" if by_facilitator else f"/seat/{seat}/"
        live = "/facilitate/live" if by_facilitator else f"{here}live"
        course = self.hall.sitting.course
        draft = f"{self.hall.keys.code}-{seat}-{len(course.branches)}-{course.turn}"
        shown |= {"here_url": here, "live": live, "draft_key": draft}
        shown["by_facilitator"] = by_facilitator
        return self._page("seat", status, **shown, wrong=wrong, said=said)

    async def _seat_sent(self, request: Request, seat: str, who: Pass) -> Response:
        fields = await fields_of(request)
        what = request.path_params["what"]
        try:
            if what == "decide":
                return await self._decided(request, seat, who, fields)
            number = whole(fields, "question" if what == "answer" else "number")
            if what == "acknowledge":
                await self.hall.do(who, lambda sitting: sitting.acknowledge(seat, number))
                said = "Noted: you have read it."
            elif what == "answer":
                text = last(fields, "text")
                await self.hall.do(who, lambda sitting: sitting.answer(seat, number, text))
                said = "Your answer is stored."
            else:
                return PlainTextResponse("There is nothing here.\n", 404)
        except Refused as error:
            return await self._seat_page(request, seat, who, 409, wrong=_sentence(error))
        return await self._seat_page(request, seat, who, said=said)

    async def _decided(self, request: Request, seat: str, who: Pass, fields: Fields) -> Response:
        decision, problems = decision_form.read(fields)
        turn, key = whole(fields, "turn"), last(fields, "key")[:64]
        again = functools.partial(self._seat_page, request, seat, who)
        if not problems:
            try:
                await self.hall.do(
                    who, lambda sitting: sitting.decide(seat, turn, decision, who.person, key)
                )
                return await again(said="Confirmed, and stored.")
            except Refused as error:
                if not error.problems:
                    return await again(409, wrong=_sentence(error), fields=fields)
                problems = error.problems
        errors = decision_form.at_fields(problems)
        wrong = "Not confirmed. See what is marked below."
        return await again(422, wrong=wrong, errors=errors, fields=fields)

    # ------------------------------------------------------------------ the facilitator

    async def facilitate(self, request: Request) -> Response:
        """The facilitator's page."""
        self._who(request, FACILITATOR)
        return await self._facilitator_page(True)

    async def facilitate_live(self, request: Request) -> Response:
        """What changes for the facilitator."""
        return self._follow(self._who(request, FACILITATOR))

    async def observe(self, request: Request) -> Response:
        """The same page for who touches nothing."""
        self._who(request, OBSERVER)
        return await self._facilitator_page(False)

    async def observe_live(self, request: Request) -> Response:
        """What changes for an observer."""
        return self._follow(self._who(request, OBSERVER))

    async def _facilitator_page(self, may: bool, status: int = 200, **more: str) -> Response:
        shown = await anyio.to_thread.run_sync(facilitator_page, self.hall)
        live = "/facilitate/live" if may else "/observe/live"
        return self._page(
            "facilitator", status, **shown, may=may, live=live, code=self.hall.keys.code, **more
        )

    async def facilitator_sends(self, request: Request) -> Response:
        """Whatever the facilitator does, by the name of it."""
        who = self._who(request, FACILITATOR)
        fields = await fields_of(request)
        act = ACTIONS.get(last(fields, "action"))
        if act is None:
            return await self._facilitator_page(True, 400, wrong="There is no such action.")
        try:
            said = await self.hall.do(who, lambda sitting: act(sitting, fields))
        except Refused as error:
            return await self._facilitator_page(True, 409, wrong=_sentence(error))
        return await self._facilitator_page(True, said=said)

    async def handouts(self, request: Request) -> Response:
        """Cards and sheets to print."""
        self._who(request, FACILITATOR)
        sitting = self.hall.sitting
        make = functools.partial(
            handouts, sitting.exercise, sitting.course.seats, self.hall.keys, self.base
        )
        return self._page("handouts", **await anyio.to_thread.run_sync(make))

    async def paper(self, request: Request) -> Response:
        """The guide, briefings or feedback form, to print."""
        self._who(request, FACILITATOR)
        sitting, what = self.hall.sitting, request.path_params["what"]
        if what not in PAPERS:
            raise Unwelcome
        make = functools.partial(paper, sitting.exercise, what, sitting.course.players)
        text = await anyio.to_thread.run_sync(make)
        return HTMLResponse(text, headers=PAPER)

    async def injects(self, request: Request) -> Response:
        """The injects as they stand now, as a table."""
        self._who(request, FACILITATOR)
        form = TABLES.get(request.path_params["file"])
        if form is None:
            raise Unwelcome
        table = injects_table(self.hall.sitting.course.injects(), form[0])
        name = {"Content-Disposition": f'attachment; filename="{request.path_params["file"]}"'}
        return Response(table, media_type=form[1], headers={**name, "Cache-Control": "no-store"})

    async def take_injects(self, request: Request) -> Response:
        """Take the injects of a table that was sent: all, or none if one cannot be."""
        who = self._who(request, FACILITATOR)
        name = request.query_params.get("name", "")[:200] or "injects.csv"
        body = await body_of(request, LARGEST_TABLE)

        def take(sitting: Sitting) -> list[int]:
            try:
                return sitting.edit_all(read_injects(body, name))
            except ScenarioError as error:
                raise Refused("\n".join(map(str, error.problems[:20]))) from None

        try:
            changed = await self.hall.do(who, take)
        except Refused as error:
            return await self._facilitator_page(True, 422, wrong=_sentence(error))
        numbers = ", ".join(map(str, changed))
        said = f"Taken from the table: injects {numbers}." if changed else "Nothing is new in it."
        return await self._facilitator_page(True, said=said)

    async def rehearsal(self, request: Request) -> Response:
        """The split screen of a rehearsal."""
        self._who(request, FACILITATOR)
        content = self.hall.sitting.exercise.content
        seats = [(name, content.seats[name].title) for name in self.hall.sitting.course.seats]
        return self._page("demo", seats=seats, code=self.hall.keys.code)

    async def report(self, request: Request) -> Response:
        """The after-action report as things stand now; while it is made, how far it is."""
        self._who(request, FACILITATOR)
        asked = request.query_params.get("number", "")
        number = int(asked) if asked.isdecimal() and len(asked) < 9 else self.reports.begin()
        if self.reports.failure:
            return self._page("message", 500, text=self.reports.failure, link="", link_text="")
        text = await anyio.to_thread.run_sync(self.reports.text, number)
        if text is not None:
            return HTMLResponse(text, headers=PAPER)
        again = f"/facilitate/report/?number={number}"
        shown = {"text": self.reports.told(), "link": again, "link_text": "Look again"}
        response = self._page("message", **shown)
        response.headers["Refresh"] = f"2;url={again}"
        return response

    # ------------------------------------------------------------------ the room

    def _room(self, request: Request) -> Pass:
        if not self.hall.keys.is_code(request.path_params["code"]):
            raise Unwelcome
        return Pass(ROOM, "")

    async def room(self, request: Request) -> Response:
        """The page for the wall."""
        self._room(request)
        shown = await anyio.to_thread.run_sync(room_page, self.hall.sitting)
        return self._page("room", **shown, live=f"/room/{self.hall.keys.code}/live")

    async def room_live(self, request: Request) -> Response:
        """What changes for the room."""
        return self._follow(self._room(request))

    # ------------------------------------------------------------------ inside

    def _page(self, name: str, status: int = 200, /, **shown: Any) -> Response:
        about = {"title": self.hall.sitting.exercise.content.title, "root": "", "live": ""}
        status = shown.pop("status", status)
        told = {**about, "said": "", "wrong": "", **shown}
        text = self.templates.get_template(f"{name}.html.jinja").render(told)
        return HTMLResponse(text, status, {"Cache-Control": "no-store"})

    def _follow(self, who: Pass) -> Response:
        if self.live[who.role] >= MOST_LIVE:  # nobody takes the place of others
            return PlainTextResponse("Too many pages are open.\n", 503)

        async def events() -> AsyncIterator[str]:
            self.live[who.role] += 1
            try:
                async for version in self.hall.versions(who):
                    yield f"retry: 1000\ndata: {version}\n\n"
            finally:
                self.live[who.role] -= 1

        return StreamingResponse(events(), media_type="text/event-stream", headers=AT_ONCE)


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
