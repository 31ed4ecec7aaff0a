"""A search for weak links as the sections of a report: what breaks worst, what helps most."""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm.analysis.weak_links.candidates import HELP, KNOCK_OUTS
from crisis_abm.analysis.weak_links.result import WeakLinks
from crisis_abm.report.columns import arrays
from crisis_abm.report.sections import Picture, Section, Table
from crisis_abm.report.weak_links.pictures import weak_links_figures
from crisis_abm.report.weak_links.tables import weak_links_tables
from crisis_abm.report.weak_links.words import (
    FORM_TITLES,
    called,
    covers,
    headlines,
    level_with,
    misled_words,
    movers,
    range_of,
)
from crisis_abm.report.words import counted, signed

__all__ = ["ranking", "weak_links_finding", "weak_links_sections"]

ABOUT = {
    "weak_links": "Bars of the harm that comes to others, ranked, both policies beside each other.",
    "help": "Bars of the harm that more stock, capacity or another supplier would save, ranked.",
    "ranks": "Lines from an organisation's rank under one policy to its rank under the other.",
    "graph_measure": "Dots: rank by a measure of the graph against rank by harm.",
}
DRAWN = {  # the table that holds the numbers of a picture
    "weak_links": "weak_links.csv",
    "help": "help.csv",
    "ranks": "weak_links.csv",
    "graph_measure": "graph_measures.csv",
}


def weak_links_finding(result: WeakLinks) -> str:
    """Without whom others lose most, under each policy, in a sentence or two."""
    form = next((form for form in KNOCK_OUTS if result.of(form)), None)
    if form is None:
        return "Nothing was knocked out."
    tops = {policy: result.of(form, policy)[0] for policy in result.policies}
    hurts = {p: one for p, one in tops.items() if one.harm[p].mean > 0}
    unit = result.scenario.harm_unit
    if not hurts:
        return f"No loss of one of them can be shown to bring others more {unit}."
    told = [f"{range_of(one.harm[p])} more {unit} under {p}" for p, one in hurts.items()]
    if len({one.candidate.name for one in hurts.values()}) == 1:
        name = called(result, next(iter(hurts.values())).candidate)
        finding = f"Weakest: {name}. Without it others come to {' and to '.join(told)}"
    else:
        each = zip(hurts.values(), told, strict=True)
        named = [f"without {called(result, one.candidate)} to {many}" for one, many in each]
        finding = f"Weakest: others come {'; '.join(named)}"
    ties = {policy: len(level_with(result, form, policy)) for policy in hurts}
    tied = [f"{count:,} under {policy}" for policy, count in ties.items() if count]
    more = f"; as weak, as far as these runs can tell: {', '.join(tied)}" if tied else ""
    return f"{finding}{more}."


def weak_links_sections(result: WeakLinks) -> list[Section]:
    """What breaks worst, then what helps most; sections without anything tried are left out."""
    figures, tables = weak_links_figures(result), weak_links_tables(result)
    found = []
    for name, title, forms, others in (
        ("weak_links", "Where it is weakest", KNOCK_OUTS, ("ranks", "graph_measure")),
        ("help", "Where help would do most", HELP, ()),
    ):
        tried = [form for form in forms if result.of(form)]
        if not tried:
            continue
        pictures = [
            Picture(one, ABOUT[one], figures[one], arrays(tables[DRAWN[one]]))
            for one in (name, *others)
            if one in figures
        ]
        shown = [
            Table(f"{name}_{form}", _title(result, form), *ranking(result, form)) for form in tried
        ]
        found.append(Section(name, title, _words(result, tuple(tried)), shown, pictures))
    return found


def ranking(result: WeakLinks, form: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Columns of what was tried in one form, worst first, and what they are called.

    Every policy has its rank, mean and 90% interval; where there is one replicate only, or too
    few differ to tell one, its ends are missing.
    """
    tried = result.of(form)
    columns: dict[str, Any] = {
        "name": [called(result, one.candidate) for one in tried],
        "organisation": [one.candidate.organisation for one in tried],
    }
    headings = {"name": FORM_TITLES[form].lower()}
    if form in ("stock", "capacity"):
        columns["more"] = [f"{signed(c.amount)} {c.unit}" for c in (t.candidate for t in tried)]
        headings["more"] = "how much more"
    for number, policy in enumerate(result.policies, start=1):
        estimates = [one.harm[policy] for one in tried]
        ends = [one.interval or (np.nan, np.nan) for one in estimates]
        columns |= {
            f"rank_{number}": [one.rank[policy] for one in tried],
            f"harm_{number}": [one.mean for one in estimates],
            f"low_{number}": [low for low, _ in ends],
            f"high_{number}": [high for _, high in ends],
        }
        headings |= {f"rank_{number}": f"rank {policy}", f"harm_{number}": policy}
        headings |= {f"low_{number}": "interval from", f"high_{number}": "to" + " " * number}
    columns["crises"] = [one.replicates for one in tried]
    return arrays(columns), headings | {"crises": "crises"}


def _title(result: WeakLinks, form: str) -> str:
    what = "added to others" if form in KNOCK_OUTS else "saved (minus: more harm)"
    return f"{FORM_TITLES[form]}: {result.scenario.harm_unit} {what}"


def _words(result: WeakLinks, forms: tuple[str, ...]) -> list[str]:
    """How it was tried and how sure it is; whose rank changes; whom the graph would misjudge."""
    knocked = forms[0] in KNOCK_OUTS
    count = sum(len(result.of(form)) for form in forms)
    words = [
        *(line for line in headlines(result) if line.startswith("Weakest") == knocked),
        f"{count:,} things tried one by one, each in the same crises: all of them in a few, those "
        f"nearest the top in {counted(result.replicates, 'crisis', 'crises')}. "
        f"{covers(result)[0].upper()}{covers(result)[1:]}.",
    ]
    several = len(result.policies) > 1
    moved = [text for form in forms if several for text in movers(result, form)]
    if moved:
        one, other = result.policies[:2]
        words.append(f"Rank changes most from {one} to {other}: {'; '.join(moved)}.")
    if knocked and result.measured:
        for policy in result.policies:
            misled = misled_words(result, policy)
            if misled:
                words.append(
                    f"Simple measures of the graph misjudge, {policy}: {', '.join(misled)}."
                )
    return words
