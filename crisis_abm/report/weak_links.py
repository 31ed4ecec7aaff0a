"""A search for weak links as a report: what breaks worst, what helps most, how both are sure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from crisis_abm.analysis.weak_links.candidates import HELP, KNOCK_OUTS, Candidate
from crisis_abm.analysis.weak_links.result import Tried, WeakLinks
from crisis_abm.report.cells import cell
from crisis_abm.report.copyable import setting
from crisis_abm.report.effect_words import estimate_cells, joined
from crisis_abm.report.finding import report_on, run_line
from crisis_abm.report.sections import (
    Again,
    Column,
    Picture,
    Report,
    Section,
    Table,
    arrays,
    in_columns,
)
from crisis_abm.report.weak_links_pictures import weak_links_figures
from crisis_abm.report.weak_links_words import (
    FORM_TITLES,
    called,
    covers,
    ids_of,
    level_with,
    misled_words,
    most_help,
    movers,
    range_of,
    weakest,
)
from crisis_abm.report.words import counted, figure

TITLE = "Where it is weakest"
PICTURES = {  # what each shows, the table of its numbers, the title of numbers of its own
    "weak_links": (
        "Bars of the harm that comes to others, ranked, the policies beside each other.",
        "weak_links.csv",
        "",
    ),
    "help": (
        "Bars of the harm that more stock, capacity or another supplier would save, ranked.",
        "help.csv",
        "",
    ),
    "ranks": (
        "Lines from an organisation's rank under one policy to its rank under the other.",
        "weak_links.csv",
        "",
    ),
    "graph_measure": (
        "Dots: rank by a measure of the graph against rank by harm.",
        "graph_measures.csv",
        "Ranks by measures of the graph beside harm",
    ),
}
FIRST = {"organisations": 10, "links": 8}
FEWER = 5  # rows of any other form on a screen
NAMED = 5  # organisations of each kind of finding whose why is a click away


def weak_links_report(result: WeakLinks) -> Report:
    """What breaks worst, then what helps most; sections without anything tried are left out."""
    scenario, most = result.scenario, result.replicates
    harm = "; ".join(f"{policy} {figure(one.mean)}" for policy, one in result.before.items())
    crises = counted(most, "crisis", "crises")
    return report_on(
        scenario,
        result.seconds,
        (TITLE, run_line(joined(list(result.policies)), most, result.seed, result.runs)),
        finding=weak_links_finding(result),
        asked=f"as it is, {scenario.harm_unit}: {harm} (mean of {crises}; seed {result.seed})",
        sections=_sections(result),
        facts={
            "seed": result.seed,
            "policies": list(result.policies),
            "screening": result.screening,
            "replicates": most,
            "runs": result.runs,
            "harm": {
                policy: {"mean": one.mean, "interval": one.interval}
                for policy, one in result.before.items()
            },
            "rank_correlation": {
                form: result.rank_correlation(form)
                for form in FORM_TITLES
                if result.of(form) and len(result.policies) > 1
            },
        },
        data=partial(weak_links_tables, result),
        who=_who(result),
    )


def _who(result: WeakLinks) -> list[tuple[str, str]]:
    ids = [
        one.candidate.organisation
        for policy in result.policies
        for form in ("organisations", "stock")
        for one in result.of(form, policy)[:NAMED]
        if one.harm[policy].shown > 0
    ]
    return [(one, result.name_of(one)) for one in dict.fromkeys(ids)]


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


def _sections(result: WeakLinks) -> list[Section]:
    figures, tables = weak_links_figures(result), weak_links_tables(result)
    found = []
    for name, title, forms, others in (
        ("weak_links", TITLE, KNOCK_OUTS, ("ranks",)),
        ("help", "Where help would do most", HELP, ()),
    ):
        tried = [form for form in forms if result.of(form)]
        if not tried:
            continue
        pictures = _pictures((name, *others), figures, tables)
        shown = [_tried(result, f"{name}_{form}", form) for form in tried]
        again = [
            _again(result, f"The same crises with the first of “{FORM_TITLES[form]}”", [first])
            for form in tried
            for first in [result.of(form)[0].candidate]
        ]
        found.append(Section(name, title, _words(result, tried), shown, pictures, again))
    if result.pairs:
        found.append(_pairs(result))
    if result.measured:
        found.append(_measures(result, _pictures(("graph_measure",), figures, tables)))
    return found


def _pictures(names: tuple[str, ...], figures: Any, tables: Any) -> list[Picture]:
    return [
        Picture(name, about, figures[name], arrays(tables[file]), own)
        for name in names
        if name in figures
        for about, file, own in [PICTURES[name]]
    ]


def _again(result: WeakLinks, about: str, candidates: list[Candidate]) -> Again:
    settings = [text for one in candidates for text in _set_texts(one)]
    several = len(result.policies) > 1
    return Again(about, settings, result.policies, result.replicates if several else None)


def _tried(result: WeakLinks, name: str, form: str) -> Table:
    """What was tried in one form, worst first: its rank and estimate under each policy."""
    tried, knocked = result.of(form), form in KNOCK_OUTS
    candidates = [one.candidate for one in tried]
    where = "customer" if form in ("links", "suppliers") else "itself"
    columns = [
        Column.of("rank", [_each(result, one.rank) for one in tried], "rank"),
        Column.of("name", [called(result, one) for one in candidates], FORM_TITLES[form].lower()),
        Column.of("ids", [ids_of(one) for one in candidates], "id", below="{}"),
        Column.of("organisation", [one.organisation for one in candidates]),
        Column.of("partner", [one.partner for one in candidates]),
        Column.of("resource", [one.resource for one in candidates]),
    ]
    if not knocked:
        more = [f"{figure(one.amount)} {one.unit}" for one in candidates]
        columns += [
            Column.of("more", more, "more" if form != "suppliers" else "", below="+{}"),
            Column.of("amount", [one.amount for one in candidates]),
            Column.of("unit", [one.unit for one in candidates]),
        ]
    own = [_each(result, one.itself) for one in tried]
    columns.append(Column.of("itself", own, where, below=f"{where} {{}}"))
    if form == "organisations":
        strained = [
            _each(result, {p: one.spread[p].mean for p in result.policies}) for one in tried
        ]
        columns.append(Column.of("strains", strained, "strains", below="strains {}"))
    for policy in result.policies:
        harm = [one.harm[policy] for one in tried]
        columns += [
            Column.of_estimates(f"{'added' if knocked else 'saved'}_{policy}", harm, policy),
            Column.of(f"rank_{policy}", [one.rank[policy] for one in tried]),
            Column.of(f"itself_{policy}", [one.itself[policy] for one in tried]),
        ]
        if knocked:
            spread = [one.spread[policy] for one in tried]
            columns.append(Column.of_estimates(f"strained_others_{policy}", spread))
        else:
            per_unit = [one.per_unit(policy) for one in tried]
            columns.append(Column.of(f"saved_per_unit_{policy}", per_unit))
    columns += [
        Column.of("crises", [one.replicates for one in tried], "crises", below="{} crises"),
        Column.of("set", [_set_texts(one) for one in candidates]),
    ]
    return Table(name, _title(result, form), columns, FIRST.get(form, FEWER), ranked=True)


def _each(result: WeakLinks, by_policy: Mapping[str, float]) -> str:
    """A figure under every policy, in their order."""
    return " / ".join(cell(by_policy[policy]) for policy in result.policies)


def _pairs(result: WeakLinks) -> Section:
    """Pairs knocked out together, worst first."""
    pairs = result.pairs
    names = [f"{called(result, one.first)} + {called(result, one.second)}" for one in pairs]
    ids = [f"{ids_of(one.first)} + {ids_of(one.second)}" for one in pairs]
    columns = [
        Column.of("name", names, "pair"),
        Column.of("ids", ids, "id", below="{}"),
        Column.of("first", [one.first.name for one in pairs]),
        Column.of("second", [one.second.name for one in pairs]),
    ]
    for policy in result.policies:
        columns += [
            Column.of_estimates(f"added_{policy}", [one.harm[policy] for one in pairs], policy),
            Column.of_estimates(
                f"beyond_the_sum_{policy}",
                [one.excess[policy] for one in pairs],
                f"beyond the two, {policy}",
            ),
            Column.of_estimates(f"strained_others_{policy}", [one.spread[policy] for one in pairs]),
        ]
    unit = result.scenario.harm_unit
    words = [f"{unit} added to others by the pair, and added in all beyond what the two add alone."]
    table = Table("pairs", f"Pairs knocked out together: {unit}", columns, 10, ranked=True)
    first = pairs[0]
    again = [_again(result, "The same crises with the first pair", [first.first, first.second])]
    return Section("pairs", "Pairs knocked out together", words, [table], (), again)


def _measures(result: WeakLinks, pictures: list[Picture]) -> Section:
    """What the graph alone would have said, and whom it would misjudge."""
    words = [
        f"{policy}: simple measures of the graph misjudge "
        f"{'; '.join(misled_words(result, policy)) or 'nobody by more than a factor of two'}."
        for policy in result.policies
    ]
    if "betweenness" not in result.measured:
        words.append("Betweenness is left out: in a network of this size it takes hours.")
    columns = [Column.of("measure", list(result.measured.values()), "measure")]
    for policy in result.policies:
        found = [result.measure_correlation(measure, policy) for measure in result.measured]
        columns.append(Column.of(f"correlation_{policy}", found, policy))
    title = "Rank correlation with harm added to others"
    table = Table("graph_measures", title, columns)
    return Section("measures", "What the graph alone would have said", words, [table], pictures)


def _title(result: WeakLinks, form: str) -> str:
    what = "added to others" if form in KNOCK_OUTS else "saved (minus: more harm)"
    return f"{FORM_TITLES[form]}: {result.scenario.harm_unit} {what}"


def _words(result: WeakLinks, forms: list[str]) -> list[str]:
    """How it was tried and how sure it is; whose rank changes."""
    knocked = forms[0] in KNOCK_OUTS
    count = sum(len(result.of(form)) for form in forms)
    repeated = sum(one.replicates > result.screening for f in forms for one in result.of(f))
    few = result.screening if knocked or not result.help_screening else result.help_screening
    tried = f"all of them in {counted(few, 'crisis', 'crises')}"
    if repeated:
        most = counted(result.replicates, "crisis", "crises")
        tried += f", the {repeated:,} nearest the top in {most}"
    strained = f"; strains: how many others have more strained {result.scenario.time.unit}s"
    words = [
        *(weakest(result) if knocked else most_help(result)),
        f"{count:,} things tried one by one, each in the same crises: {tried}. "
        f"{covers(result)[0].upper()}{covers(result)[1:]}.",
        f"Itself, customer: harm there, by policy{strained if knocked else ''}.",
    ]
    if len(result.policies) > 1:
        words += [text for form in forms for text in _changes(result, form)]
    return words


def _changes(result: WeakLinks, form: str) -> list[str]:
    """How alike two policies rank them, and whose rank changes most."""
    one, other = result.policies[:2]
    correlation = result.rank_correlation(form)
    if math.isnan(correlation):
        return []
    moved = movers(result, form)
    change = f"; most changed: {'; '.join(moved)}" if moved else ""
    return [
        f"{FORM_TITLES[form]}: rank correlation between {one} and {other} {correlation:.2f} of "
        f"{len(result.of(form)):,}{change}."
    ]


Columns = dict[str, list[Any]]


def weak_links_tables(result: WeakLinks) -> dict[str, Any]:
    """Every table of the bundle, by file name.

    ``outcomes.csv`` holds what each replicate came to, to the last bit; the others one row for
    each thing tried and policy, in the order of ranks.
    """
    found: dict[str, Any] = {"outcomes.csv": _value_columns(result)}
    for part, name in ((KNOCK_OUTS, "weak_links.csv"), (HELP, "help.csv")):
        tried = [(one, p) for form in part for p in result.policies for one in result.of(form, p)]
        if tried:
            found[name] = in_columns([_tried_row(one, policy, part) for one, policy in tried])
    if result.pairs:
        found["pairs.csv"] = in_columns(_pair_rows(result))
    if result.measured:
        found["graph_measures.csv"] = in_columns(_measure_rows(result))
    return found


def _value_columns(result: WeakLinks) -> Columns:
    """One row a replicate, policy and thing tried: harm added to others, or harm saved."""
    names = [f"{one.candidate.form}: {one.candidate.name}" for one in result.tried]
    values = [one.values for one in result.tried]
    names += [f"pairs: {pair.first.name} + {pair.second.name}" for pair in result.pairs]
    values += [pair.values for pair in result.pairs]
    rows = [
        (replicate, policy, name, float(part[p, replicate]))
        for name, part in zip(names, values, strict=True)
        for p, policy in enumerate(result.policies)
        for replicate in range(part.shape[1])
    ]
    heads = ("replicate", "policy", "outcome", "value")
    return {head: [row[k] for row in rows] for k, head in enumerate(heads)}


def _tried_row(one: Tried, policy: str, part: tuple[str, ...]) -> dict[str, Any]:
    """What one thing came to under a policy."""
    candidate, harm = one.candidate, one.harm[policy]
    row: dict[str, Any] = {
        "form": candidate.form,
        "policy": policy,
        "rank": one.rank[policy],
        "name": candidate.name,
        "organisation": candidate.organisation,
        "partner": candidate.partner,
        "resource": candidate.resource,
    }
    key = "added" if part is KNOCK_OUTS else "saved"
    if part is HELP:
        row |= {"amount": candidate.amount, "unit": candidate.unit}
    row |= estimate_cells(key, harm) | {f"{key}_itself": one.itself[policy]}
    if part is HELP:
        row["saved_per_unit"] = one.per_unit(policy)
    else:
        row |= estimate_cells("strained_others", one.spread[policy])
    return row | {"replicates": one.replicates, "set": "; ".join(_set_texts(candidate))}


def _set_texts(candidate: Candidate) -> list[str]:
    """What to set in the scenario to have the same there, as ``PATH=VALUE``."""
    return setting(candidate.settings)


def _pair_rows(result: WeakLinks) -> list[dict[str, Any]]:
    return [
        {
            "policy": policy,
            "first": pair.first.name,
            "second": pair.second.name,
            **estimate_cells("added", pair.harm[policy]),
            **estimate_cells("beyond_the_sum", pair.excess[policy]),
            **estimate_cells("strained_others", pair.spread[policy]),
            "replicates": pair.harm[policy].replicates,
            "set": "; ".join([*_set_texts(pair.first), *_set_texts(pair.second)]),
        }
        for policy in result.policies
        for pair in result.pairs
    ]


def _measure_rows(result: WeakLinks) -> list[dict[str, Any]]:
    row = {identity: k for k, identity in enumerate(result.tables.ids)}
    return [
        {
            "organisation": one.candidate.organisation,
            **{
                m: float(result.measures[m][row[one.candidate.organisation]])
                for m in result.measured
            },
            **{f"added_{policy}": one.harm[policy].mean for policy in result.policies},
            **{f"rank_{policy}": one.rank[policy] for policy in result.policies},
        }
        for one in result.of("organisations")
    ]
