"""Which decisions mattered: each, each seat's and each turn's left to standing policy instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from crisis_abm.exercise.after_action.outcome import (
    STANDING,
    Told,
    plain_kind,
    titled,
)
from crisis_abm.exercise.after_action.words import (
    decision_words,
    quoted,
    seat_name,
    sentence,
    turn_name,
)
from crisis_abm.exercise.evaluation.counterfactuals import Otherwise
from crisis_abm.exercise.play import Move
from crisis_abm.report.effect_words import joined
from crisis_abm.report.exercise_pictures import decisions_figure
from crisis_abm.report.sections import Column, Picture, Section, Table
from crisis_abm.report.words import counted
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import CONFIDENCE

NAMED = 3  # that are named; the rest are counted


def mattered_section(told: Told) -> Section:
    """The three decisions that mattered most, each against standing policy in its place."""
    result = told.result
    title = titled("The decisions that mattered most", told)
    name = f"mattered{told.suffix}"
    many = len(result.of("decision"))
    if not many:
        return Section(name, title, ["Nobody decided anything but what standing policy does."])
    ranked = result.mattered()
    if not ranked:
        return Section(name, title, ["No decision changed any harm in any of the crises."])
    short = [_in_short(told, k, *pair) for k, pair in enumerate(ranked, start=1)]
    words = [" ".join(short)]
    shown = sum(bool(one.shown) for _, one in ranked)
    if shown < len(ranked):
        fewer = {0: "None of them", 1: "Only the first"}.get(shown, f"Only the first {shown}")
        words.append(
            f"{fewer} is shown: what the others changed may be chance, and they are named only "
            "since no other decision is shown to have changed more."
        )
    words += [_in_full(told, k, *pair) for k, pair in enumerate(ranked, start=1)]
    words.append(
        f"Each of {counted(many, 'decision')} was left to standing policy by itself, all others as "
        f"they were, and is judged by its own 90% interval: of {many} that change nothing, "
        f"{round(many * (1 - CONFIDENCE)) or 'hardly one'} would be named by chance. Decisions "
        "work on each other, so their effects do not add up; and the largest of many estimates is "
        "more often too large than too small."
    )
    if any(clipped := {move: result.times_clipped(move) for move in result.clipped}.values()):
        words.append(
            f"What was decided could not always be done whole in other crises "
            f"({sum(map(bool, clipped))} of {many} decisions): an organisation was closed on a day "
            "of the turn, or its links could not carry what it ordered. It was done as far as it "
            "could be."
        )
    return Section(name, title, words)


def _in_short(told: Told, place: int, way: Otherwise, one: Difference) -> str:
    who = seat_name(told.exercise, way.seat)
    what = {-1: "helped", 1: "harmed"}.get(one.shown, "not shown")
    return sentence(
        f"({place}) {who} in turn {way.turn + 1} {what}: {told.words(one, STANDING)}"
        if what != "not shown"
        else f"({place}) {who} in turn {way.turn + 1}: {told.words(one, STANDING)}"
    )


def _in_full(told: Told, place: int, way: Otherwise, one: Difference) -> str:
    """What was decided, why, and what it changed for whom."""
    exercise, move = told.exercise, (way.turn, way.seat)
    decision = told.branch.decided[move]
    text = f"({place}) {seat_name(exercise, way.seat)}, {turn_name(exercise, way.turn)}: "
    text += sentence(decision_words(exercise, decision))
    text += f" Reason: {quoted(decision.reason)}" if decision.reason else " No reason was given."
    for_whom = told.result.by_payer(way)
    bore = [(kind, each) for kind, each in for_whom.items() if each.shown]
    bore.sort(key=lambda pair: -abs(pair[1].mean))
    if bore:
        each = joined([f"{plain_kind(kind)} {told.words(d, '')}" for kind, d in bore])
        text += f" Who bore it: {each}."
    return text + clipped_words(told, move)


def clipped_words(told: Told, move: Move) -> str:
    """In how many crises a decision could not be done whole; nothing if in none."""
    times = told.result.times_clipped(move)
    if not times:
        return ""
    return f" It was clipped in {times} of {counted(told.result.crises, 'crisis', 'crises')}."


def ways_section(told: Told) -> Section:
    """Every seat, turn and decision left to standing policy: a picture, and all figures."""
    result, exercise = told.result, told.exercise
    title = titled("Each seat, turn and decision", told)
    decisions = result.of("decision")
    if not decisions:
        return Section(f"ways{told.suffix}", title, [], [_ways(told)])
    seats, turns = (
        [(result.difference(one), one) for one in result.of(kind)] for kind in ("seat", "turn")
    )
    finding = sentence(
        _helped(told, seats, lambda one: seat_name(exercise, one.seat), "seat")
        + "; of the turns, "
        + _helped(told, turns, lambda one: f"turn {one.turn + 1}", "turn").replace(
            "no turn is", "none is"
        )
    )
    names = list(dict.fromkeys(one.seat for one in result.of("seat")))
    effects = np.full((len(names), exercise.turns), np.nan)
    shown = np.zeros(effects.shape, np.int64)
    for one in decisions:
        cell = names.index(one.seat), one.turn
        difference = result.difference(one)
        effects[cell], shown[cell] = difference.mean, difference.shown
    labels = [seat_name(exercise, seat) for seat in names]
    picture = Picture(
        f"effects{told.suffix}",
        f"What each decision changed of {told.harm}, seat by turn: less is better. {finding}",
        partial(decisions_figure, result.scenario, labels, effects, shown),
        {
            "seat": np.repeat(np.array(names, dtype=object), exercise.turns),
            "turn": np.tile(np.arange(1, exercise.turns + 1), len(names)),
            "difference": effects.ravel(),
            "shown": shown.ravel(),
        },
    )
    words = [
        finding,
        "Harm as it was played, minus the same with what a seat decided, in a turn or in all, left "
        "to standing policy: below zero it helped.",
    ]
    return Section(f"ways{told.suffix}", title, words, [_ways(told)], [picture])


def _helped(
    told: Told,
    ways: Sequence[tuple[Difference, Otherwise]],
    name: Callable[[Otherwise], str],
    what: str,
) -> str:
    """Which of some ways are shown to have helped or harmed, and how much; those of most first."""
    parts = []
    for sign, word in ((-1, "helped"), (1, "harmed")):
        shown = [(one, way) for one, way in ways if one.shown == sign]
        shown.sort(key=lambda pair: -abs(pair[0].mean))
        named = [f"{name(way)} ({told.words(one, '')})" for one, way in shown[:NAMED]]
        if len(shown) > NAMED:
            named.append(f"{len(shown) - NAMED} more")
        if named:
            parts.append(f"{joined(named)} {word}")
    return "; ".join(parts) or f"no {what} is shown to have helped or harmed"


def _ways(told: Told) -> Table:
    """Every other way to decide, in one table."""
    result, exercise = told.result, told.exercise
    ways = list(result.ways)
    moves = [(one.turn, one.seat) for one in ways]
    decisions = [told.branch.decided.get(move) if w.kind == "decision" else None
                 for move, w in zip(moves, ways, strict=True)]  # fmt: skip
    differences = [result.difference(one) for one in ways]
    columns = [
        Column.of("otherwise", [_way_name(told, one) for one in ways], "otherwise"),
        Column.of("kind", [one.kind for one in ways]),
        Column.of("policy", [one.policy for one in ways]),
        Column.of("seat", [one.seat for one in ways]),
        Column.of("turn", [one.turn + 1 if one.turn >= 0 else "" for one in ways]),
        Column.of(
            "decided",
            ["" if one is None else decision_words(exercise, one) for one in decisions],
            "what was decided",
        ),
        Column.of("harm", [result.mean(one) for one in ways], f"{told.harm} then"),
        Column.of_estimates("difference", differences, "as played minus that"),
        Column.of("effect", [_effect(one) for one in differences], "what was decided"),
        Column.of(
            "clipped",
            [result.times_clipped(m) if w.kind == "decision" else ""
             for m, w in zip(moves, ways, strict=True)],
            "clipped in",
        ),
        Column.of("own_harm", [result.own(one) for one in ways]),
        Column.of("own_difference", [result.own() - result.own(one) for one in ways]),
    ]  # fmt: skip
    title = f"{told.harm[:1].upper()}{told.harm[1:]} decided otherwise, mean of {told.crises}"
    return Table(f"counterfactuals{told.suffix}", title, columns)


def _way_name(told: Told, way: Otherwise) -> str:
    exercise = told.exercise
    if way.kind == "policy":
        return f"all {way.policy}"
    if way.kind == "standing":
        return f"nobody decides ({STANDING}: {exercise.policy.name})"
    if way.kind == "seat":
        return f"without {seat_name(exercise, way.seat)}"
    if way.kind == "turn":
        return f"without turn {way.turn + 1}"
    return f"without {seat_name(exercise, way.seat)} in turn {way.turn + 1}"


def _effect(one: Difference) -> str:
    return {-1: "helped", 1: "harmed", 0: "not shown"}[one.shown]
