"""What is asked for and sent at a seat, by who sits there or by the facilitator from paper."""

from __future__ import annotations

import functools
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from crisis_abm.exercise.server import decision_form
from crisis_abm.exercise.server.desk import GET, NOTHING, POST, Requests, Unwelcome, sentence
from crisis_abm.exercise.server.forms import Fields, fields_of, last, whole
from crisis_abm.exercise.server.keys import FACILITATOR, Pass
from crisis_abm.exercise.server.seat_page import seat_page
from crisis_abm.exercise.sitting import Refused


class SeatRequests(Requests):
    """The pages of seats, and what is sent from them."""

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/seat/{seat}/", self.seat, methods=GET),
            Route("/seat/{seat}/live", self.seat_live, methods=GET),
            Route("/seat/{seat}/{what}", self.seat_sends, methods=POST),
            Route("/facilitate/seat/{seat}/", self.seat_for, methods=GET),
            Route("/facilitate/seat/{seat}/{what}", self.seat_sends_for, methods=POST),
        ]

    def _seat_of(self, request: Request) -> tuple[str, Pass]:
        """The seat that is asked for, and who sits there."""
        seat = request.path_params["seat"]
        who = self.desk.who(request, seat)
        if seat not in self.hall.sitting.course.seats:
            raise Unwelcome
        return seat, who

    def _seat_for(self, request: Request) -> tuple[str, Pass]:
        """The seat that the facilitator looks after."""
        seat = request.path_params["seat"]
        who = self.desk.who(request, FACILITATOR)
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
        return self.desk.follow(self._seat_of(request)[1])

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
        return self.desk.page("seat", status, **shown, wrong=wrong, said=said)

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
                return PlainTextResponse(NOTHING, 404)
        except Refused as error:
            return await self._seat_page(request, seat, who, 409, wrong=sentence(error))
        return await self._seat_page(request, seat, who, said=said)

    async def _decided(self, request: Request, seat: str, who: Pass, fields: Fields) -> Response:
        decision, problems = decision_form.read(fields)
        turn, key = whole(fields, "turn"), last(fields, "key")[:64]
        again = functools.partial(self._seat_page, request, seat, who)
        if turn < 0:
            return await again(422, wrong="What was sent cannot be read. Nothing of it counts.")
        if not problems:
            try:
                await self.hall.do(
                    who, lambda sitting: sitting.decide(seat, turn, decision, who.person, key)
                )
                return await again(said="Confirmed, and stored.")
            except Refused as error:
                if not error.problems:
                    return await again(409, wrong=sentence(error), fields=fields)
                problems = error.problems
        errors = decision_form.at_fields(problems)
        wrong = "Not confirmed. See what is marked below."
        return await again(422, wrong=wrong, errors=errors, fields=fields)
