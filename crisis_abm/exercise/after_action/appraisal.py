"""How it is judged: objectives, expected actions, principles, hot wash, improvement plan."""

from __future__ import annotations

from collections import Counter
from functools import partial

from crisis_abm.exercise.after_action.words import filled, named, seat_name, sentence
from crisis_abm.exercise.course import Course
from crisis_abm.exercise.evaluation.expected import expectations
from crisis_abm.exercise.evaluation.objectives import measured
from crisis_abm.exercise.evaluation.principles import Principle, principles
from crisis_abm.exercise.evaluation.shown import Observed
from crisis_abm.exercise.schema import MEASURES, RATINGS
from crisis_abm.report.effect_words import joined
from crisis_abm.report.sections import Section, Table, columns_of, in_columns
from crisis_abm.report.words import counted
from crisis_abm.scenario import LEVERS

NO_OCCASION = "no occasion"
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
    """The principles that were lived: all together, and per seat and turn."""
    title, name_of = "The principles that were lived", partial(seat_name, course.exercise)
    found = principles(seen)
    told = {
        lever: [one.value for one in found if one.principle == lever and one.value is not None]
        for lever in LEVERS
    }
    known = {lever: values for lever, values in told.items() if values}
    if not known:
        none = "There was no occasion that would have shown by which principles anybody acted."
        return Section("principles", title, [none])
    means = [f"{lever} {sum(values) / len(values):.2g}" for lever, values in known.items()]
    silent = [lever for lever in LEVERS if lever not in known]
    words = f"you played like {', '.join(means)}"
    words += f"; no occasion to show {joined(silent)}" if silent else ""
    by_move: dict[tuple[int, str], dict[str, Principle]] = {}
    for one in found:
        by_move.setdefault((one.turn, one.seat), {})[one.principle] = one
    rows = [
        {
            "turn": turn + 1,
            "seat": name_of(seat),
            **{f"{lever}_told": each[lever].told for lever in LEVERS},
            **{f"{lever}": _or_gap(each[lever].value) for lever in LEVERS},
            **{f"{lever}_low": _or_gap(each[lever].low) for lever in LEVERS},
            **{f"{lever}_high": _or_gap(each[lever].high) for lever in LEVERS},
            **{f"{lever}_occasions": each[lever].occasions for lever in LEVERS},
        }
        for (turn, seat), each in sorted(by_move.items())
        if any(one.told != NO_OCCASION for one in each.values())
    ]
    shown = {f"{lever}_told": lever for lever in LEVERS}
    headings = dict.fromkeys(rows[0], "") | {"turn": "turn", "seat": "seat"} | shown
    table = Table("principles", "By turn and seat", columns_of(in_columns(rows), headings))
    whole = Table(
        "principles_in_all",
        "All seats and turns together",
        columns_of(
            {
                "principle": [LEVERS[lever].title for lever in known],
                "lever": list(known),
                "value": [sum(values) / len(values) for values in known.values()],
                "times": [len(values) for values in known.values()],
                "meaning": [LEVERS[lever].sentence for lever in known],
            },
            {
                "value": "0 siloed to 1 reciprocal",
                "times": "times it showed",
                "meaning": "which is",
            },
        ),
    )
    note = (
        "What each seat did is held against the model's own rules: the setting of a lever at which "
        "the rule would have come closest to it, 0 siloed, 1 reciprocal. Where several settings "
        "would have come to the same there is no value, and it counts for nothing here. Means over "
        "the turns and seats in which it showed."
    )
    return Section("principles", title, [sentence(words), note], [whole, table])


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
