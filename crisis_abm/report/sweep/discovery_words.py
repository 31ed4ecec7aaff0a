"""Scenario discovery in words a planner reads: where, how often there, how much of it, how sure."""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm.experiment.findings.discovery import FEWEST, HALVES, Discovered, Discovery
from crisis_abm.experiment.findings.prim import CHANCE, DENSE, PEEL, SUPPORT, Box, Columns, Side
from crisis_abm.report.effect_words import joined, of_outcome
from crisis_abm.report.sweep.regime_words import part, sentence
from crisis_abm.report.words import counted, figure, share_span, span
from crisis_abm.scenario import Scenario

HALF = 0.5
OR_WORSE = ", or worse"


def what_is_asked(found: Discovery, scenario: Scenario) -> str:
    """What the states of interest have in common, as a verb with its subject.

    Such as "reciprocal is worse than siloed by more than 12 units of harm".
    """
    pairs, question = found.pairs, found.question
    unit, limit = of_outcome(pairs.outcome, scenario), question.above
    against = f"{pairs.second} is {{}} than {pairs.first} by {{}} than {{}} {unit}"
    if question.name == "harms":
        return against.format("worse", "more", figure(limit))
    if question.name == "helps":
        return against.format("better", "more", figure(limit))
    if question.name == "helps-least":
        if limit > 0:
            return against.format("worse", "more", figure(limit))
        return against.format("better", "less", figure(-limit)) + OR_WORSE
    word = "more" if pairs.better < 0 else "less"
    return f"{pairs.second} comes to {word} than {figure(abs(limit))} {unit}"


def _verb(found: Discovery) -> str:
    """The same in two words, for sentences that have said it."""
    return {
        "harms": f"{found.pairs.second} harms",
        "helps": f"{found.pairs.second} helps",
        "helps-least": f"{found.pairs.second} helps least",
        "worst": f"{found.pairs.second} does worst",
    }[found.question.name]


def number(value: float, column: np.ndarray) -> str:
    """A limit of a factor, as exact as its values in the sweep warrant."""
    return span(value, value, whole=float(np.ptp(column)))


def limit_words(factor: str, box: Box, columns: Columns) -> str:
    """One factor of a box, such as "behaviour.hoarding is at least 3"."""
    column = columns[factor]
    if factor in box.values:
        words = [_value(value) for value in box.values[factor]]
        return f"{factor} is {' or '.join(words)}"
    low, high = box.low.get(factor), box.high.get(factor)
    if low is not None and high is not None:
        return f"{factor} is {span(low, high, whole=float(np.ptp(column)))}"
    if low is not None:
        return f"{factor} is at least {number(low, column)}"
    assert high is not None
    return f"{factor} is at most {number(high, column)}"


def _value(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def box_words(box: Box, columns: Columns) -> str:
    """All restrictions of a box."""
    return joined([limit_words(factor, box, columns) for factor in box.factors])


def headline(found: Discovery) -> str:
    """The finding in one line."""
    if not found.boxes:
        count = int(found.interesting.sum())
        return sentence(f"{_verb(found)} in {count:,} of {counted(len(found.pairs), 'state')}")
    first = found.boxes[0]
    where = box_words(first.box, found.pairs.worlds)
    return sentence(f"{_verb(found)} {_often(first.density)} where {where}")


def _often(density: float) -> str:
    return "mostly" if density > HALF else "more often"


def discovery_words(found: Discovery, scenario: Scenario) -> list[str]:
    """Paragraphs, the finding first."""
    if not found.boxes:
        return _nothing(found, scenario)
    words = [_finding(found, scenario)]
    words += [_further(found, number) for number in range(1, len(found.boxes))]
    words += [_rest(found), _how_sure(found), _how(found)]
    return [text for text in words if text]


def _nothing(found: Discovery, scenario: Scenario) -> list[str]:
    asked, states = what_is_asked(found, scenario), len(found.pairs)
    count = int(found.interesting.sum())
    if count == 0:
        return [f"In none of {counted(states, 'state')} of the world {asked}.{_left_out(found)}"]
    if count == states:
        return [f"In all {counted(states, 'state')} of the world {asked}.{_left_out(found)}"]
    interval = share_span(*found.base_interval, found.base)
    share = f"{count:,} of {counted(states, 'state')} of the world "
    share += f"({part(found.base)}; 90% interval {interval})"
    if not found.enough:
        rest = count if count < FEWEST else states - count
        what = "are too few" if count < FEWEST else "are the exceptions, and too few"
        return [
            f"In {share} {asked}: {counted(rest, 'state')} {what} to describe by a box (at least "
            f"{FEWEST} are wanted of either sort); they are listed below.{_left_out(found)}"
        ]
    return [
        f"In {share} {asked}. No box tells these states from the others: either all states are as "
        f"good a description, or chance explains the limits (quasi-p above {CHANCE:g})."
        f"{_left_out(found)}"
    ]


def _finding(found: Discovery, scenario: Scenario) -> str:
    first = found.boxes[0]
    asked = what_is_asked(found, scenario)
    asked += "," if asked.endswith(OR_WORSE) else ""
    return sentence(
        f"{asked} {_often(first.density)} where {box_words(first.box, found.pairs.worlds)}: there "
        f"in {part(first.density)} of the states ({part(found.base)} over all); this covers "
        f"{part(first.coverage)} of the states where {_verb(found)} ({first.interesting:,} of "
        f"{int(found.interesting.sum()):,})."
    )


def _further(found: Discovery, place: int) -> str:
    one = found.boxes[place]
    return sentence(
        f"outside {'that' if place == 1 else 'these'}, {_often(one.density)} where "
        f"{box_words(one.box, found.pairs.worlds)}: there in {part(one.density)} of the states "
        f"that are left; this covers another {part(one.coverage)} ({one.interesting:,})."
    )


def _rest(found: Discovery) -> str:
    missed = int(found.interesting.sum()) - sum(one.interesting for one in found.boxes)
    if not missed:
        return "No state of interest lies outside."
    boxes = "the box" if len(found.boxes) == 1 else "the boxes"
    lie = "lies" if missed == 1 else "lie"
    return (
        f"{counted(missed, 'state')} where {_verb(found)} {lie} outside {boxes}, scattered or "
        "beside: what these limits leave out is not safe."
    )


def _how_sure(found: Discovery) -> str:
    pairs = found.pairs
    told = []
    for place, one in enumerate(found.boxes, start=1):
        name = "the box has" if len(found.boxes) == 1 else f"box {place} has"
        told.append(f"{name} {_sure(one)}")
    doubt = ""
    if found.doubtful:
        belongs = "it is in doubt on which side it belongs"
        if found.doubtful > 1:
            belongs = "it is in doubt on which side they belong"
        doubt = (
            f" Of {counted(found.doubtful, 'state')} {belongs}: the 90% interval of the mean over "
            f"its {counted(pairs.crises, 'crisis', 'crises')} holds the threshold."
        )
    source = "which crises there were"
    source += " and which states were drawn" if pairs.together else ""
    intervals = f"How sure: with 90% intervals that cover {source}, {'; '.join(told)}."
    return f"{intervals}{doubt}{_again(found)}"


def _sure(one: Discovered) -> str:
    density = share_span(*one.density_interval, one.density)
    return f"density {density} and coverage {share_span(*one.coverage_interval, one.coverage)}"


def _again(found: Discovery) -> str:
    """What looking again in halves showed; which limits are not to be relied upon."""
    first, columns = found.boxes[0], found.pairs.worlds
    unseen = ""
    if np.isfinite(first.unseen_density):
        unseen = (
            f" came to {part(first.unseen_density)} density and {part(first.unseen_coverage)} "
            "coverage in the other half on average, which is nearer to what new states would show."
        )
    rare = [
        f"{_side(side, one.box, columns)} (in {count})"
        for one in found.boxes
        for side, count in one.again.items()
        if count < HALVES * HALF
    ]
    relied = " Every limit was found again in half of them or more."
    if rare:
        relied = f" Not found again in half of them, so not to be relied upon: {joined(rare)}."
    which = "boxes" if len(found.boxes) == 1 else "first boxes"
    text = f" Sought again in {HALVES} random halves of the states,"
    return f"{text} {which}{unseen}{relied}" if unseen else f"{text[:-1]}.{relied}"


def _side(side: Side, box: Box, columns: Columns) -> str:
    factor, kind = side
    if kind == "values":
        return limit_words(factor, box, columns)
    one = Box(**{kind: {factor: getattr(box, kind)[factor]}})
    return limit_words(factor, one, columns)


def _left_out(found: Discovery) -> str:
    if not found.pairs.left_out:
        return ""
    are = "is" if found.pairs.left_out == 1 else "are"
    return f" {counted(found.pairs.left_out, 'state')} with a run missing {are} left out."


def _how(found: Discovery) -> str:
    return (
        f"How: PRIM (Friedman & Fisher 1999; Bryant & Lempert 2010) peels off {part(PEEL)} of the "
        f"states at a time, down to {part(SUPPORT)} of all. Taken is, of the boxes with a "
        f"density of {part(DENSE)} or more (of all, if there is none), the one with the greatest "
        "harmonic mean of coverage and density; then limits that chance explains (quasi-p above "
        f"{CHANCE:g}) are dropped. A box says where, not why.{_left_out(found)}"
    )
