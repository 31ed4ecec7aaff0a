"""How it is judged: objectives, expected actions, principles, hot wash, improvement plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from crisis_abm.exercise.after_action.words import filled, named, seat_name, sentence
from crisis_abm.exercise.course import Course
from crisis_abm.exercise.evaluation.expected import expectations
from crisis_abm.exercise.evaluation.objectives import measured
from crisis_abm.exercise.evaluation.principles import Principle, principles, together
from crisis_abm.exercise.evaluation.shown import Observed
from crisis_abm.exercise.schema import MEASURES, RATINGS
from crisis_abm.report.effect_words import joined
from crisis_abm.report.sections import Section, Table, columns_of, in_columns
from crisis_abm.report.words import counted
from crisis_abm.scenario import LEVERS

NO_OCCASION = "no occasion"
FIGURES = {
    "": "value",
    "_low": "low",
    "_high": "high",
    "_occasions": "occasions",
    "_apart": "apart",
}
STATUSES = {
    "done": "done",
    "missing": "missing",
    "open": "still open",
    "by eye": "for people to judge",
}


def objectives_section(course: Course, seen: Observed) -> Section:
    """Objectives: the figure of each, the rating it suggests, and that which people gave."""
    content, title = course.exercise.content, "Objectives and ratings"
    if not content.objectives:
        return Section("objectives", title, ["The exercise names no objective."])
    figures, rows = measured(course, seen=seen), []
    for name, one in content.objectives.items():
        rating, figure = course.ratings.get(name, ""), figures[name]
        rows.append(
            {
                "objective": one.title,
                "name": name,
                "measured": figure.sentence,
                "value": "" if figure.value is None else figure.value,
                "suggested": figure.rating or "",
                "rated": rating,
                "measure": MEASURES[one.measure],
            }
        )
    by_people = [row for row in rows if row["rated"]]
    other = sum(1 for row in by_people if row["suggested"] not in ("", row["rated"]))
    words = f"people rated {len(by_people)} of {counted(len(rows), 'objective')}"
    if by_people:
        words += f", {other or 'none'} otherwise than the figure suggests"
    scale = "; ".join(f"{letter} {meaning}" for letter, meaning in RATINGS.items())
    headings = {
        "name": "",
        "measured": "what the log says",
        "value": "",
        "suggested": "suggested",
        "rated": "rated by people",
        "measure": "measured as",
    }
    columns = columns_of(in_columns(rows), headings)
    table = Table("ratings", "Objectives, what they came to, and both ratings", columns)
    note = f"HSEEP's ratings: {scale}. People rate; harm is told beside them and never rated."
    return Section("objectives", title, [sentence(words), note], [table])


def expected_section(course: Course, seen: Observed) -> Section:
    """What was expected after injects, done or missing."""
    exercise, title = course.exercise, "Expected actions"
    rows = [
        {
            "number": one.number,
            "expected": one.words,
            "status": one.status,
            "missing_from": named(exercise, one.waiting_for) if one.status != "by eye" else "",
            "if_not": one.if_not,
        }
        for one in expectations(course, seen=seen)
        if one.words
    ]
    if not rows:
        return Section("expected", title, ["Nothing was expected after any inject that was sent."])
    count = Counter(str(row["status"]) for row in rows)
    words = ", ".join(f"{count[name]} {told}" for name, told in STATUSES.items() if count[name])
    headings = {"number": "inject", "missing_from": "missing from", "if_not": "if not"}
    columns = filled(rows, headings)
    table = Table("expected", "What was expected after each inject", columns, unfolded=True)
    told = f"of {counted(len(rows), 'expected action')}: {words}"
    return Section("expected", title, [sentence(told)], [table])


def principles_section(course: Course, seen: Observed) -> Section:
    """The principles that were lived: by all, by each seat, and by each seat in each turn."""
    title, exercise = "The principles that were lived", course.exercise
    whole = together(seen)
    if all(one.told == NO_OCCASION for one in whole):
        none = "There was no occasion that would have shown by which principles anybody acted."
        return Section("principles", title, [none])
    known = [f"{one.principle} {one.told}" for one in whole if one.told != NO_OCCASION]
    silent = [one.principle for one in whole if one.told == NO_OCCASION]
    words = f"you played like {', '.join(known)}"
    words += f"; there was no occasion to show {joined(silent)}" if silent else ""
    seats = [{"seat": "all together", **_by_lever(whole)}]
    seats += [
        {"seat": seat_name(exercise, seat), **_by_lever(together(seen, [seat]))}
        for seat in course.seats
    ]
    by_move: dict[tuple[int, str], list[Principle]] = {}
    for one in principles(seen):
        by_move.setdefault((one.turn, one.seat), []).append(one)
    moves = [
        {"turn": turn + 1, "seat": seat_name(exercise, seat), **_by_lever(each)}
        for (turn, seat), each in sorted(by_move.items())
    ]
    headings = {f"{lever}_told": lever for lever in LEVERS} | {"seat": "seat", "turn": "turn"}
    hidden = dict.fromkeys(seats[0], "") | headings
    tables = [
        Table("principles_by_seat", "All turns", columns_of(in_columns(seats), hidden)),
        Table("principles", "Turn by turn", columns_of(in_columns(moves), hidden)),
    ]
    meaning = " ".join(f"{lever.title}: {lever.sentence}" for lever in LEVERS.values())
    note = (
        "What each seat did is held against the model's own rules: the setting of a lever at which "
        "the rule would have come closest to it, 0 siloed, 1 reciprocal. Where settings that lie "
        "far apart would have come to the same, there is a range or no occasion; what a seat may "
        "not decide it cannot show."
    )
    return Section("principles", title, [sentence(words), note, meaning], tables)


def _by_lever(found: Sequence[Principle]) -> dict[str, Any]:
    """What is told of every lever, and figures for files."""
    each = {one.principle: one for one in found}
    return {
        **{f"{lever}_told": one.told for lever, one in each.items()},
        **{
            f"{lever}{ending}": _or_gap(getattr(one, field))
            for ending, field in FIGURES.items()
            for lever, one in each.items()
        },
    }


def _or_gap(value: float | None) -> float | str:
    return "" if value is None else value


def hot_wash_section(course: Course) -> Section:
    """What each seat answered right afterwards."""
    questions = course.exercise.content.questions
    title = "Hot wash"
    rows = [
        {
            "question": f"{number + 1}. {questions[number]}",
            "seat": seat_name(course.exercise, seat),
            "answer": text,
        }
        for (seat, number), text in sorted(course.answers.items(), key=lambda one: one[0][::-1])
    ]
    if not rows:
        return Section("hot-wash", title, ["No answer was given to the questions of the hot wash."])
    seats = len({row["seat"] for row in rows})
    words = sentence(f"{counted(len(rows), 'answer')} of {counted(seats, 'seat')}")
    columns = columns_of(in_columns(rows))
    table = Table("answers", "Answers of the hot wash", columns, unfolded=True)
    return Section("hot-wash", title, [words], [table])


def plan_section(course: Course) -> Section:
    """What was promised: the improvement plan, to be gone through at the next exercise."""
    title = "Improvement plan"
    if not course.actions:
        return Section(
            "plan", title, ["No action was agreed; a report without one changes little."]
        )
    objectives = course.exercise.content.objectives
    rows = []
    for one in course.actions:
        about = objectives.get(str(one.get("objective") or ""))
        rows.append(
            {
                "capability": about.title if about is not None else "",
                "area_for_improvement": str(one.get("area") or ""),
                "corrective_action": one["action"],
                "owner": one["owner"],
                "start": str(one.get("start") or ""),
                "due": one["due"],
            }
        )
    headings = {
        "capability": "capability or objective",
        "area_for_improvement": "area for improvement",
        "corrective_action": "corrective action",
    }
    columns = filled(rows, headings)
    words = sentence(f"{counted(len(rows), 'action')} with owner and date")
    table = Table("plan", "Improvement plan (HSEEP); action plan (UK)", columns, unfolded=True)
    return Section("plan", title, [words], [table])
