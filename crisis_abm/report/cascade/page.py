"""A traced cascade as the sections of a report: what came of what, the roots, one organisation."""

from __future__ import annotations

from functools import partial

import crisis_abm
from crisis_abm.analysis.cascade.over_crises import Causes
from crisis_abm.analysis.cascade.trace import Trace
from crisis_abm.report.cascade.pictures import cascade_figure
from crisis_abm.report.cascade.tables import cause_rows, trace_tables
from crisis_abm.report.cascade.words import causes_finding, chain_text, story, trace_finding
from crisis_abm.report.columns import arrays
from crisis_abm.report.finding import caveat
from crisis_abm.report.sections import Picture, Section, Table
from crisis_abm.report.words import figure

__all__ = ["cascade_about", "cascade_sections", "causes_sections"]

TOLD = 12  # ways in words
LEAST = 0.001  # of all harm that one of them stands for
ROOTS = {
    "title": "root",
    "harm": "harm traced to it",
    "share": "share",
    "organisations": "reached",
    "vanishes": "vanishes without it",
    "why": "where the two differ",
}
CAUSES = {
    "title": "root",
    "share": "% of the harm, mean of all crises",
    "share_low": "in 80% of them from",
    "share_high": "up to",
    "harm": "harm traced to it, mean",
    "largest_in": "crises in which it is the largest",
}
HIT = {
    "organisation": "who",
    "first_tick": "from",
    "harm": "its harm",
    "harm_through": "through it",
    "root": "root",
}


def cascade_sections(result: Trace, chosen: str = "") -> list[Section]:
    """The sections of a trace's report.

    Parameters
    ----------
    result : Trace
    chosen : str
        Id of an organisation that has a section of its own; nothing for none.
    """
    tables, unit = trace_tables(result), result.run.scenario.harm_unit
    told = [one for one in story(result) if one.harm > LEAST * result.harm][:TOLD]
    words = [f"{figure(one.harm)} {unit}: {one.text}" for one in told]
    hops, roots = arrays(tables["hops.csv"]), arrays(tables["roots.csv"])
    found = [_one(result, chosen)] if chosen else []
    if hops:
        about = f"From the roots on the left to who was hit, by day. {trace_finding(result)}"
        picture = Picture("cascade", about, partial(cascade_figure, result), hops)
        found.append(Section("story", "How it came to whom", words, (), [picture]))
    if roots:
        table = Table("roots", "Root causes, most harm first", roots, ROOTS)
        found.append(Section("roots", "The roots", [], [table]))
    if tables["organisations.csv"]:
        columns = arrays(tables["organisations.csv"])
        hit = Table("hit", "Who was hit, in the order of days", columns, HIT)
        found.append(Section("hit", "Who was hit", [], [hit]))
    return found


def causes_sections(crises: Causes) -> list[Section]:
    """The roots over many crises: one section with a table."""
    rows = [row for row in cause_rows(crises) if row["share_high"] > LEAST]
    for row in rows:
        for name in ("share", "share_low", "share_high"):
            row[name] *= 100
    columns = {name: [row[name] for row in rows] for name in (rows[0] if rows else {})}
    tables = [Table("causes", "Causes over all crises", arrays(columns), CAUSES)] if rows else []
    return [Section("causes", "The causes of many crises", [causes_finding(crises)], tables)]


def cascade_about(result: Trace) -> list[tuple[str, str]]:
    """How it was made, item by item."""
    scenario = result.run.scenario
    return [
        ("Scenario", f"{scenario.title} (fingerprint {scenario.fingerprint()[:16]})"),
        ("Policy", result.run.policy.name),
        ("Program", f"crisis_abm {crisis_abm.__version__}"),
        ("Caveat", caveat(scenario) or "none is given by the scenario"),
    ]


def _one(result: Trace, chosen: str) -> Section:
    tables = result.run.tables
    hit = next((one for one in result.hits if tables.ids[one.organisation] == chosen), None)
    if hit is None:
        return Section("organisation", chosen, ["It was not hit in this crisis."])
    return Section("organisation", tables.names[hit.organisation], [chain_text(result, hit)])
