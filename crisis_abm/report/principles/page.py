"""An attribution to the principles as a section of a report: which of them brings it."""

from __future__ import annotations

from crisis_abm.analysis.attribution import COMBINATIONS, Attribution
from crisis_abm.report.columns import arrays
from crisis_abm.report.effect_words import of_outcome
from crisis_abm.report.principles.pictures import principles_figures
from crisis_abm.report.principles.tables import combination_columns, principles_tables
from crisis_abm.report.principles.words import (
    ALL,
    about_best,
    about_principle,
    floor,
    principles_finding,
)
from crisis_abm.report.sections import Picture, Section, Table

__all__ = ["principles_sections"]

EFFECTS = {
    "share": "share of the whole",
    "alone": "alone",
    "last": "added last",
    "main": "mean over the others",
    "whole": f"{ALL} together",
}
HEADINGS = {
    "principle": "principle",
    "effect": "how counted",
    "mean": "change",
    "interval_low": "interval from",
    "interval_high": "to",
    "better": "crises better",
    "worse": "worse",
}


def principles_sections(result: Attribution) -> list[Section]:
    """Which principle brings it: the finding, a sentence for each, every effect."""
    words = [principles_finding(result)]
    if result.values.any() and result.replicates > 1:
        least = floor(result)
        words += [about_principle(result, one, least) for one in result.effects()]
        words += [about_best(result)]
    figures, tables = principles_figures(result), principles_tables(result)
    effects = arrays(tables["principles.csv"])
    told = {
        **effects,
        "effect": arrays({"effect": [EFFECTS[e] for e in effects["effect"]]})["effect"],
    }
    title = f"Change in {of_outcome(result.outcome, result.scenario)} by principle"
    pictures = [
        Picture(
            "principles",
            "What each principle brings: its share of the whole, alone, and added last.",
            figures["principles"],
            effects,
        ),
        Picture(
            "combinations",
            f"All {COMBINATIONS} combinations of the principles, from worst to best.",
            figures["combinations"],
            arrays(combination_columns(result)),
        ),
    ]
    table = Table("effects", title, told, HEADINGS)
    return [
        Section(
            "principles", "Which principle brings it", [w for w in words if w], [table], pictures
        )
    ]
