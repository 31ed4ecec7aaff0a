"""XML of strangers, read as a stream: what it holds is never in memory as a whole.

Document types are refused, as their entities could expand without end; so are depths and single
pieces that no graph and no workbook has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol
from xml.parsers import expat

from crisis_abm.scenario.problems import NOTHING, Problem, ScenarioError

DEEPEST = 100
"""Elements in elements."""

LARGEST_PIECE = 1_000_000
"""Bytes of one tag or comment; texts come in parts."""


class Listener(Protocol):
    """Told what comes, in the order of the file."""

    def start(self, space: str, name: str, attributes: Mapping[str, str]) -> None:
        """An element of a namespace begins; names of attributes are as `local` takes them."""

    def end(self, space: str, name: str) -> None:
        """It ends."""

    def text(self, text: str) -> None:
        """A part of the text between tags."""


def local(attributes: Mapping[str, str], name: str) -> str | None:
    """The value of an attribute, whatever its namespace."""
    if name in attributes:
        return attributes[name]
    ending = f" {name}"
    return next((value for key, value in attributes.items() if key.endswith(ending)), None)


def listen(
    parts: Iterable[bytes],
    listener: Listener,
    file: str,
    what: str,
    remedy: str,
    place: Callable[[], str] | None = None,
) -> None:
    """Read XML from its bytes.

    Parameters
    ----------
    parts : iterable of bytes
    listener : Listener
        What it raises is passed on.
    file : str
        What to call the file in messages.
    what, remedy : str
        What it should be ("GraphML"), and what to do if it is not.
    place : callable, optional
        Says how far reading has come; the line, if left out.

    Raises
    ------
    ScenarioError
        If it is not well-formed, or has what nobody needs.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def fault(message: str, help: str = remedy) -> ScenarioError:
        if place is not None:
            return ScenarioError(Problem(file, place(), NOTHING, message, help))
        line = parser.CurrentLineNumber
        return ScenarioError(Problem(file, f"line {line}", NOTHING, message, help, line))

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise fault(f"has more than {DEEPEST} elements in each other")
        space, _, plain = name.rpartition(" ")
        listener.start(space, plain, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        space, _, plain = name.rpartition(" ")
        listener.end(space, plain)

    def document_type(*_: object) -> None:
        raise fault("declares XML entities or a document type, which nothing here needs")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = listener.text
    parser.StartDoctypeDeclHandler = document_type
    fed = 0
    try:
        for part in parts:
            parser.Parse(part, False)
            fed += len(part)
            if fed - max(parser.CurrentByteIndex, 0) > LARGEST_PIECE + len(part):
                raise fault(f"has a tag or comment of more than {LARGEST_PIECE:,} bytes")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code) or str(error)
        raise fault(f"is not {what}: {reason}") from None
    except (LookupError, ValueError) as error:  # encodings that the parser does not know
        raise fault(f"is not {what}: {error}", "save it as UTF-8") from None
