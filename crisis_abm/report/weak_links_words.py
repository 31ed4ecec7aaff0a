"""What a search for weak links found, in plain sentences: the wording every face uses."""

from __future__ import annotations

import numpy as np

from crisis_abm.analysis.weak_links.candidates import HELP, KNOCK_OUTS, Candidate
from crisis_abm.analysis.weak_links.result import FEWEST, MEASURES, Mean, Tried, WeakLinks
from crisis_abm.report.effect_words import covered, how_often, may_differ
from crisis_abm.report.words import counted, figure, span
from crisis_abm.runs.statistics import estimated, paired_differences

FORM_TITLES = {
    "organisations": "Organisations knocked out",
    "links": "Supply links cut",
    "stock": "More kept in store",
    "capacity": "More capacity",
    "suppliers": "One more supplier",
}
MOVERS = 2
MISLED = 3


def weakest(result: WeakLinks) -> list[str]:
    """Where the weakest links are under each policy, and how sure that is."""
    forms = [form for form in KNOCK_OUTS if result.of(form)]
    return [
        f"Weakest under {policy}: {'; '.join(_worst(result, form, policy) for form in forms)}."
        for policy in result.policies
        if forms
    ]


def most_help(result: WeakLinks) -> list[str]:
    """What helps most under each policy."""
    return [text for policy in result.policies if (text := _most_help(result, policy))]


def called(result: WeakLinks, candidate: Candidate) -> str:
    """What is tried, in the names that a planner knows."""
    who, what = result.name_of(candidate.organisation), candidate.resource
    if candidate.form == "links":
        return f"{what} from {result.name_of(candidate.partner)} to {who}"
    if candidate.form == "suppliers":
        return f"{result.name_of(candidate.partner)} as one more supplier of {what} for {who}"
    return f"{who}: {what}" if what else who


def ids_of(candidate: Candidate) -> str:
    """What to write after ``--organisations`` to look closer."""
    ends = (candidate.partner, candidate.organisation)
    return " → ".join(end for end in ends if end)


def _worst(result: WeakLinks, form: str, policy: str) -> str:
    first = result.of(form, policy)[0]
    harm = first.harm[policy]
    what = "of organisations" if form == "organisations" else "of supply links"
    if harm.mean <= 0 or (first.replicates >= FEWEST and harm.shown <= 0):
        return f"{what} none whose loss these runs can show to do harm to others"
    unit = result.scenario.harm_unit
    which = f"{called(result, first.candidate)} ({ids_of(first.candidate)})"
    came = f"{what} {which}, without which others come to {range_of(harm)} more {unit}"
    return f"{came} ({_how_sure(result, form, policy)})"


def _how_sure(result: WeakLinks, form: str, policy: str) -> str:
    first = result.of(form, policy)[0]
    if first.replicates < 2:
        return "one crisis only: run more to know how sure"
    level = level_with(result, form, policy)
    crises = counted(first.replicates, "crisis", "crises")
    if not level:
        return f"the worst of all {len(result.of(form)):,} in {crises}, clear of the next"
    names = " and ".join(level[:2])  # there are commas in them
    names += f", nor from {len(level) - 2:,} more" if len(level) > 2 else ""
    return f"in {crises} not to be told from {names}"


def _most_help(result: WeakLinks, policy: str) -> str:
    forms = [form for form in HELP if result.of(form)]
    if not forms:
        return ""
    best = [result.of(form, policy)[0] for form in forms]
    shown = sorted(
        (one for one in best if one.harm[policy].shown > 0), key=lambda one: -one.harm[policy].mean
    )
    if not shown:
        return f"Under {policy} no help that was tried can be shown to save harm."
    parts = [
        f"{_what_help(result, one)} ({ids_of(one.candidate)}): {range_of(one.harm[policy])}"
        for one in shown
    ]
    return f"Most {result.scenario.harm_unit} saved under {policy} by {'; by '.join(parts)}."


def _what_help(result: WeakLinks, one: Tried) -> str:
    candidate = one.candidate
    if candidate.form == "suppliers":
        return called(result, candidate)
    amount, who = f"{figure(candidate.amount)} more {candidate.unit}", candidate.organisation
    if candidate.form == "stock":
        return f"{amount} of {candidate.resource} kept at {result.name_of(who)}"
    return f"{amount} at {result.name_of(who)}"


def range_of(one: Mean) -> str:
    """An estimate as a range, or its mean where there is none."""
    if one.alike is not None:
        often, doubt = how_often(one.alike), may_differ(one.alike)
        return f"{figure(one.alike.figure)} {often} ({doubt})"
    return figure(one.mean) if one.interval is None else span(*one.interval, one.mean)


def level_with(result: WeakLinks, form: str, policy: str) -> list[str]:
    """Names of those that the runs cannot tell from the first of a form.

    Those whose paired difference from it, over the replicates that both have, has a 90% interval
    that contains zero.
    """
    first, *others = result.of(form, policy)
    p = result.policies.index(policy)
    names = []
    for one in others:
        both = min(first.replicates, one.replicates)
        if both < 2:
            continue
        pairs = paired_differences(one.values[p, :both], first.values[p, :both])
        if pairs.min() > 0 or pairs.max() < 0:  # so is whatever is resampled from them
            continue
        interval, alike = estimated(pairs)
        if alike is not None or (interval is not None and interval[0] <= 0 <= interval[1]):
            names.append(called(result, one.candidate))
    return names


def movers(result: WeakLinks, form: str) -> list[str]:
    """Whose rank changes most from the first policy to the second, in words."""
    one, other = result.policies[:2]
    moved = sorted(result.of(form), key=lambda t: -abs(np.log(t.rank[one] / t.rank[other])))
    return [
        f"{called(result, t.candidate)} from {t.rank[one]} to {t.rank[other]}"
        for t in moved[:MOVERS]
        if max(t.rank[one], t.rank[other]) > 2 * min(t.rank[one], t.rank[other])
    ]


def misled_words(result: WeakLinks, policy: str) -> list[str]:
    """The few organisations that simple measures would misjudge most, a phrase each."""
    found = [one for measure in result.measured for one in result.misled(measure, policy)]
    found.sort(key=lambda one: -abs(np.log(one.by_measure / one.by_harm)))
    first = {one.organisation: one for one in reversed(found)}  # of each the measure furthest off
    worst = [one for one in found if first[one.organisation] is one][:MISLED]
    return [
        f"{result.name_of(one.organisation)} ({place(one.by_measure)} by {MEASURES[one.measure]}, "
        f"{place(one.by_harm)} by harm)"
        for one in worst
    ]


def place(rank: float) -> str:
    """A rank in words.

    >>> place(1.0), place(22.0), place(13.0), place(24.5)
    ('1st', '22nd', '13th', 'about 24th')
    """
    whole = int(rank)
    last = 0 if 10 < whole % 100 < 14 else whole % 10
    text = f"{whole:,}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"
    return text if whole == rank else f"about {text}"


def covers(result: WeakLinks) -> str:
    """What the 90% intervals are about, in words."""
    return f"90% intervals; they cover {covered(result.scenario)}"
