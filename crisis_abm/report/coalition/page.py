"""Adoption as a section of a report: whom to call first, and whether it tips."""

from __future__ import annotations

from crisis_abm.analysis.coalition.adoption import Adoption
from crisis_abm.report.coalition.pictures import coalition_figures
from crisis_abm.report.coalition.tables import coalition_tables
from crisis_abm.report.coalition.words import (
    about_lowest,
    about_order,
    about_random,
    about_tipping,
    about_tipping_at_random,
    adoption_finding,
)
from crisis_abm.report.columns import arrays
from crisis_abm.report.effect_words import of_outcome
from crisis_abm.report.sections import Picture, Section, Table

__all__ = ["coalition_sections"]

HEADINGS = {
    "call": "call",
    "title": "whom",
    "about": "who that is",
    "mean": "then",
    "step": "this call",
    "step_low": "interval from",
    "step_high": "to",
    "gain": "in all",
    "gain_low": "interval from ",
    "gain_high": "to ",
}


def coalition_sections(result: Adoption) -> list[Section]:
    """Whom to call first: the finding, the order, harm against calls."""
    words = [adoption_finding(result), about_order(result)]
    figures, tables = coalition_figures(result), coalition_tables(result)
    order = arrays(tables["order.csv"])
    shown = []
    if result.best.any() or result.random.any():
        if result.replicates > 1:
            words += [about_tipping(result), about_tipping_at_random(result)]
            words += [about_lowest(result), about_random(result)]
        title = f"Whom to call first ({of_outcome(result.outcome, result.scenario)})"
        headings = {name: told for name, told in HEADINGS.items() if name in order}
        shown.append(Table("calls", title, order, headings))
    pictures = [
        Picture(
            "adoption",
            "Harm against how many were called, in the best order found and in random orders.",
            figures["adoption"],
            arrays(tables["curves.csv"]),
        ),
        Picture(
            "first_calls", "What each of the first calls changes.", figures["first_calls"], order
        ),
    ]
    return [Section("calls", "Whom to call first", [w for w in words if w], shown, pictures)]
