"""The part of a report that says in which states of the world a setting does badly."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from crisis_abm.experiment.findings.discovery import (
    FEWEST,
    HALVES,
    Discovery,
    discover,
    question_named,
)
from crisis_abm.experiment.findings.pairs import Pairs, QuestionError, pairs_of
from crisis_abm.experiment.results import Results
from crisis_abm.report.sections import Picture, Section, Table, columns_of
from crisis_abm.report.sweep.discovery_pictures import draw_limits, draw_states, draw_trade_off
from crisis_abm.report.sweep.discovery_words import discovery_words, headline, what_is_asked
from crisis_abm.report.sweep.regime_sections import judged_outcome
from crisis_abm.report.sweep.regime_words import sentence

__all__ = ["discovered", "discovery_section"]

TITLE = "Scenario discovery"


def discovered(
    results: Results,
    outcome: str | None = None,
    first: int = 0,
    second: int = 1,
    question: str | None = None,
    by: float | None = None,
    matters: float | None = None,
) -> list[Discovery]:
    """Ask a sweep which states of the world are of interest, and describe them.

    Parameters
    ----------
    results : Results
    outcome : str, optional
        `regime_sections.judged_outcome` unless said.
    first, second : int
        Settings.
    question : str, optional
        One of `discovery.QUESTIONS`. Unless said it is "harms"; where fewer than ten states are
        harmed "helps-least" is asked as well.
    by : float, optional
        The question's threshold.
    matters : float, optional
        The smallest difference that matters; 2% of the mean under the first setting unless said.

    Raises
    ------
    QuestionError
        If the sweep cannot answer that.
    """
    pairs = pairs_of(results, outcome or judged_outcome(results), first, second, matters)
    found = [discover(pairs, question_named(question or "harms", pairs, by))]
    if question is None and int(found[0].interesting.sum()) < FEWEST:
        found.append(discover(pairs, question_named("helps-least", pairs)))
    return found


def discovery_section(
    results: Results,
    outcome: str | None = None,
    first: int = 0,
    second: int = 1,
    question: str | None = None,
    by: float | None = None,
    matters: float | None = None,
) -> Section:
    """Boxes, their numbers and what they say; parameters as of `discovered`.

    Raises
    ------
    QuestionError
        If an outcome, settings or a question are named, and the sweep cannot answer that.
    """
    try:
        answers = discovered(results, outcome, first, second, question, by, matters)
    except QuestionError as error:
        if outcome is not None or question is not None or (first, second) != (0, 1):
            raise
        why = str(error).removeprefix(f"{results.folder}: ")
        return Section("discovery", TITLE, [f"There is nothing to discover. {sentence(why)}."])
    scenario = results.experiment.scenario
    words, tables, pictures = [], [], []
    for found in answers:
        words += [sentence(text) for text in discovery_words(found, scenario)]
        ending = "" if len(answers) == 1 else f"_{found.question.name.replace('-', '_')}"
        pictures += _pictures(found, ending)
        tables += _tables(found, what_is_asked(found, scenario), ending)
    return Section("discovery", TITLE, words, tables, pictures)


def _pictures(found: Discovery, ending: str) -> list[Picture]:
    if not found.boxes:
        return []
    line = headline(found)
    pictures = [
        Picture(
            f"boxes{ending}",
            f"Of every factor the range that lies in the boxes. {line}.",
            partial(draw_limits, found),
            _limits(found),
        ),
        Picture(
            f"trade_off{ending}",
            "Coverage and density of every box on the way from all states to few, and of the box "
            f"that was taken. {line}.",
            partial(draw_trade_off, found),
            _way(found),
        ),
    ]
    if len(found.pairs.worlds) > 1:
        pictures.insert(
            1,
            Picture(
                f"states{ending}",
                f"Every state of the world over two factors, and the first box. {line}.",
                partial(draw_states, found),
                _states(found, np.ones(len(found.pairs), dtype=bool)),
            ),
        )
    return pictures


def _tables(found: Discovery, asked: str, ending: str) -> list[Table]:
    if found.boxes:
        headings = {
            "quasi_p": "quasi-p",
            "again": f"found again, of {HALVES}",
            "density": "density, %",
            "coverage": "coverage, %",
        }
        title = f"Boxes of states of the world in which {asked}"
        return [Table(f"limits{ending}", title, columns_of(_limits(found), headings))]
    few = found.interesting
    if found.enough or not few.any() or few.all():
        return []
    title = f"The few states of the world in which {asked}"
    if few.sum() > len(few) / 2:
        few, title = ~few, f"The few states of the world in which it is not so that {asked}"
    columns = columns_of(_states(found, few), {"mean": "difference"})
    return [Table(f"few_states{ending}", title, columns)]


def _limits(found: Discovery) -> dict[str, np.ndarray]:
    """A row a restriction."""
    rows: list[dict[str, Any]] = []
    for place, one in enumerate(found.boxes, start=1):
        for factor, kind in one.box.sides:
            limit = getattr(one.box, kind)[factor]
            rows.append(
                {
                    "box": place,
                    "factor": factor,
                    "at_least": float(limit) if kind == "low" else np.nan,
                    "at_most": float(limit) if kind == "high" else np.nan,
                    "one_of": ", ".join(map(str, limit)) if kind == "values" else "",
                    "quasi_p": one.found.quasi_p[factor, kind],
                    "again": one.again[factor, kind],
                    "density": 100 * one.density,
                    "coverage": 100 * one.coverage,
                    "states": one.states,
                    "of_interest": one.interesting,
                }
            )
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def _way(found: Discovery) -> dict[str, np.ndarray]:
    """A row a box on the way of the first peeling."""
    assert found.first is not None
    steps = found.first.peeled
    return {
        "coverage": np.array([step.coverage for step in steps]),
        "density": np.array([step.density for step in steps]),
        "support": np.array([step.support for step in steps]),
        "limits": np.array([len(step.box.sides) for step in steps]),
        "taken": np.arange(len(steps)) == found.first.taken,
    }


def _states(found: Discovery, which: np.ndarray) -> dict[str, np.ndarray]:
    """A row a state of the world."""
    pairs: Pairs = found.pairs
    columns = {name: column[which] for name, column in pairs.worlds.items()}
    return columns | {
        "mean": pairs.differences.mean(axis=1)[which],
        "of_interest": found.interesting[which],
    }
