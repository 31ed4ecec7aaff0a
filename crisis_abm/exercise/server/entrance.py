"""Coming in: the code, a seat and its PIN; the facilitator's link; the page for the wall."""

from __future__ import annotations

import contextlib
import functools
import logging
from importlib import resources
from urllib.parse import quote

import anyio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from crisis_abm.exercise.log import LogError
from crisis_abm.exercise.server.desk import GET, NOTHING, Requests, Unwelcome, sentence
from crisis_abm.exercise.server.forms import fields_of, last
from crisis_abm.exercise.server.keys import FACILITATOR, OBSERVER, Pass, TooMany
from crisis_abm.exercise.server.people import is_reserved, name_of
from crisis_abm.exercise.server.room_page import room_page
from crisis_abm.exercise.sitting import Refused

logger = logging.getLogger(__name__)

STATIC = {"exercise.css": "text/css", "exercise.js": "text/javascript"}
ROOM = "@room"  # who looks at the wall


class Entrance(Requests):
    """How anybody comes in, and what is open to all who know the code."""

    def routes(self) -> list[Route]:
        """Its addresses."""
        both = ["GET", "POST"]
        return [
            Route("/", self.begin, methods=GET),
            Route("/static/{name}", self.static, methods=GET),
            Route("/join", self.join, methods=both),
            Route("/join/{code}", self.join_with, methods=both),
            Route("/facilitate/enter", self.enter, methods=GET),
            Route("/room/{code}/", self.room, methods=GET),
            Route("/room/{code}/live", self.room_live, methods=GET),
        ]

    async def begin(self, request: Request) -> Response:
        """To where one sits down."""
        return RedirectResponse("/join", 303)

    async def static(self, request: Request) -> Response:
        """The style sheet and the script of every page."""
        name = request.path_params["name"]
        if name not in STATIC:
            return PlainTextResponse(NOTHING, 404)
        file = resources.files("crisis_abm.exercise.server") / name
        return Response(file.read_bytes(), media_type=STATIC[name])

    async def join(self, request: Request) -> Response:
        """Ask for the join code."""
        if request.method == "GET":
            return self.desk.page("join", seats=[], code="", seat="", name="")
        fields = await fields_of(request)
        code = last(fields, "code").replace(" ", "").upper()[:20]
        return RedirectResponse(f"/join/{quote(code, safe='')}", 303)

    async def join_with(self, request: Request) -> Response:
        """Ask for seat, PIN and name, or let in whoever knows them."""
        code, address = request.path_params["code"], _address(request)
        keys = self.hall.keys
        ask_again = functools.partial(self.desk.page, "join", seats=[], code="", seat="", name="")
        try:
            if not keys.knows(code, address):
                return ask_again(wrong="No exercise here has this code.", status=403)
        except TooMany as error:
            return ask_again(wrong=sentence(error), status=429)
        course = self.hall.sitting.course
        titles = self.hall.sitting.exercise.content.seats
        shown = {"seats": [(name, titles[name].title) for name in course.seats], "code": code}
        if request.method == "GET":
            seat = request.query_params.get("seat", "")
            return self.desk.page("join", **shown, seat=seat, name="")
        fields = await fields_of(request)
        seat, name = last(fields, "seat"), name_of(last(fields, "name"))
        again = functools.partial(self.desk.page, "join", **shown, seat=seat, name=name)
        if not name:
            return again(wrong="Please give your name.", status=422)
        if is_reserved(name):
            text = "This name stands for somebody else in the report. Please give your own."
            return again(wrong=text, status=422)
        pin = last(fields, "pin")[:100]
        try:
            token = await anyio.to_thread.run_sync(keys.enter, code, seat, pin, name, address)
        except TooMany as error:
            return again(wrong=sentence(error), status=429)
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
        self.desk.remember(response, "/facilitate/", token)
        return response

    def _let_in(self, path: str, token: str) -> Response:
        response = RedirectResponse(path, 303)
        self.desk.remember(response, path, token)
        return response

    def _room(self, request: Request) -> Pass:
        try:
            if not self.hall.keys.knows(request.path_params["code"], _address(request)):
                raise Unwelcome
        except TooMany:
            raise Unwelcome from None
        return Pass(ROOM, "")

    async def room(self, request: Request) -> Response:
        """The page for the wall."""
        self._room(request)
        shown = await anyio.to_thread.run_sync(room_page, self.hall.sitting)
        return self.desk.page("room", **shown, live=f"/room/{self.hall.keys.code}/live")

    async def room_live(self, request: Request) -> Response:
        """What changes for the room."""
        return self.desk.follow(self._room(request))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
