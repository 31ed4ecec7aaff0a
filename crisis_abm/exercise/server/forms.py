"""What a browser sends: fields of a form, or a file; nothing of what is too long or too slow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

import anyio
from starlette.requests import Request

LARGEST = 100_000  # bytes of what a form sends
MOST_FIELDS = 1_000
LONGEST_SENDING = 30.0  # seconds that something may take to come in
Fields = Mapping[str, Sequence[str]]


async def fields_of(request: Request) -> dict[str, list[str]]:
    """What a form sent; nothing of what is too long, or no form's."""
    try:
        text = (await body_of(request, LARGEST)).decode()
        return parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}


async def body_of(request: Request, largest: int) -> bytes:
    """What was sent; nothing of what is too long, or comes too slowly."""
    body = b""
    with anyio.move_on_after(LONGEST_SENDING):
        async for chunk in request.stream():
            body += chunk
            if len(body) > largest:
                return b""
        return body
    return b""


def last(fields: Fields, name: str) -> str:
    """What stands last in a field; empty if nothing does."""
    return fields.get(name, [""])[-1].strip()


def whole(fields: Fields, name: str) -> int:
    """The whole number in a field; -1 if there is none."""
    text = last(fields, name)
    return int(text) if text.isdecimal() and len(text) < 10 else -1
