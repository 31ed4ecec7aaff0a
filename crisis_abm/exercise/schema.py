"""Schema of an exercise file: turns, seats, objectives, injects and questions for afterwards."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from crisis_abm.scenario.schema.fields import (
    Key,
    Line,
    Names,
    PositiveWhole,
    Section,
    Text,
    When,
)
from crisis_abm.scenario.schema.policy import Who

DECISIONS: dict[str, str] = {
    "order": "how much of each resource to order, and from whom",
    "ration": "whom to serve first where there is not enough",
    "lend": "how much of what it can spare to lend to partners",
    "places": "how many people of partners to take over",
    "call": "whom to call, which costs time",
}
"""What a seat may decide, each with what that is."""

MEASURES: dict[str, str] = {
    "told": "private news that was passed on by a call in the same turn or the next",
    "excess": "orders beyond need, against those of the same crisis siloed",
    "shares": "mean distance of the shares shipped from those by need and worth",
    "lent": "what was lent, of what lay spare while a partner lacked it",
    "decided": "turns that people decided, with a reason",
}
"""What an objective can be measured by."""

LESS_IS_BETTER = ("excess", "shares")
"""Measures of which less is better."""

RATINGS: dict[str, str] = {
    "P": "performed without challenges",
    "S": "performed with some challenges",
    "M": "performed with major challenges",
    "U": "unable to be performed",
}
"""Of an objective, as the Homeland Security Exercise and Evaluation Program (HSEEP) has them."""

Minutes = Annotated[int, Field(ge=1, le=24 * 60)]
MOST_PLAYERS = 30
Players = Annotated[int, Field(ge=1, le=MOST_PLAYERS)]


def _sentence(value: str) -> str:
    if not value:
        raise ValueError("must be a sentence; take the empty one away")
    return value


Sentence = Annotated[Line, AfterValidator(_sentence)]
Told = Annotated[Text, AfterValidator(str.strip)]


class Turn(Section):
    """`[[turns]]`: some days of the crisis, decided about once."""

    title: Line
    """What it is called on the screen."""
    start: When
    """Its first tick, a day or number; the first turn's is where play begins."""
    minutes: Minutes = 10
    """How long players have."""
    briefing: Text = ""
    """What all are told at its beginning."""
    calls: bool = True
    """Whether anybody can be called in it: no, where phones are dead."""


class Seat(Who):
    """`[seats.NAME]`: an organisation, or all of some kinds, that somebody decides for."""

    title: Line
    """What it is called on the screen."""
    card: Text = ""
    """The briefing card: what it runs, whom it supplies, what harm it answers for."""
    decides: Annotated[list[Key], Field(min_length=1)] = list(DECISIONS)
    """What it may decide: `order`, `ration`, `lend`, `places`, `call`; all, unless said."""
    chair: bool = False
    """Whether it brings the others together."""
    from_players: Players = 1
    """It is taken if there are so many players, or more."""
    to_players: Players = MOST_PLAYERS
    """It is taken if there are so many players, or fewer: where a larger group splits it."""


class Objective(Section):
    """`[objectives.NAME]`: what is practised, and when it counts as done."""

    title: Line
    """What it is called on the screen."""
    measure: Literal["told", "excess", "shares", "lent", "decided"]
    """What it is measured by; `excess` and `shares` are better when less."""
    performed: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
    """From here on it is rated P, performed without challenges."""
    some: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
    """From here on S, with some challenges."""
    major: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
    """From here on M, with major challenges; short of it U, unable."""


class Inject(Section):
    """`[[injects]]`: something that seats are told on a day, and may change what happens."""

    number: PositiveWhole
    """By which others refer to it."""
    date: When | None = None
    """The day or tick of it; without one it waits until it is sent by hand."""
    text: Told
    """What they are told."""
    sender: Line = Field("", alias="from")
    """From whom it is said to come."""
    to: Names = ["all"]
    """Seats that are told; `all` of them, unless said."""
    effect: list[dict[str, Any]] | dict[str, Any] | None = None
    """What it does: an event as of a scenario, or several; from its day on, unless said."""
    agreed: bool = False
    """Whether it does so only when the facilitator says that they agreed to it."""
    expected: Line = ""
    """What they are expected to do; ``[lend ppe to care_home >= 1]`` is looked for by itself."""
    objective: Key | None = None
    """The objective that it is for."""
    if_not: Line = ""
    """What follows if they do not: the number of another inject, or what the facilitator does."""
    after: PositiveWhole | None = None
    """It is sent only if this inject was."""
    acknowledge: bool = False
    """Whether those told have to say that they have read it."""
    ask: list[Sentence] = []
    """What the facilitator may ask about it, one question a line, to whom and all."""


class Guide(Section):
    """`[guide]`: what is said to the facilitator; paragraphs, and lists of lines with a dash."""

    rules: Minutes = 5
    """Minutes before the first turn: for the rules, a test call and a trial order."""
    hot_wash: Minutes = 10
    """Minutes after the last turn, in which each says what they take with them."""
    before: Text = ""
    """What to prepare, and how long ahead."""
    opening: Text = ""
    """What to say before the first turn."""
    running: Text = ""
    """What to do in every turn, and what to leave to the players."""
    expect: Text = ""
    """What usually happens."""
    pitfalls: Text = ""
    """What goes wrong, and what helps."""
    closing: Text = ""
    """How the hot wash is held, and what has to follow it."""


class Feedback(Section):
    """`[[feedback]]`: a question of the form that players fill in at the end."""

    text: Text
    """The question, or a sentence to agree with."""
    answer: Literal["scale", "text"] = "scale"
    """From 1, not at all, to 5, entirely; or in own words."""


class Content(Section):
    """An exercise file as it stands."""

    title: Text
    """What the exercise is called."""
    aim: Text = ""
    """What it is for."""
    scenario: Text
    """A scenario file, relative to this one, or the name of a ready-made one."""
    policy: Line = "siloed"
    """The standing policy: what those decide by who have no seat, and seats that say nothing."""
    seed: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Of all chance: same seed, same crisis."""
    end: When
    """The first tick after the last turn."""
    theme: Line = ""
    """The NHS theme of the year that it serves."""
    standard: Line = ""
    """The standard that it counts for."""
    turns: Annotated[list[Turn], Field(min_length=1, max_length=50)]
    """What is decided about, one after the other; each ends where the next begins."""
    seats: Annotated[dict[Key, Seat], Field(min_length=1, max_length=60)]
    """Who decides."""
    objectives: dict[Key, Objective] = {}
    """What is practised."""
    injects: Annotated[list[Inject], Field(max_length=1000)] = []
    """What they are told on the way; or the name of a table of them beside this file, CSV or XLSX
    (``injects = "injects.csv"``)."""
    questions: list[Text] = []
    """For the hot wash, right afterwards."""
    guide: Guide = Guide()
    """What is said to the facilitator."""
    feedback: Annotated[list[Feedback], Field(max_length=100)] = []
    """The feedback form."""
