"""A traced cascade as a report: how it came to whom, the roots, and where it could have ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.analysis.cascade.paths import Hit
from crisis_abm.analysis.cascade.roots import AMPLE, LIMITS, settings_without
from crisis_abm.analysis.cascade.shares import Causes
from crisis_abm.analysis.cascade.trace import RootShare, Trace, to_graph
from crisis_abm.report.cascade_pictures import cascade_figure
from crisis_abm.report.cascade_words import (
    about_hop,
    bundled_hops,
    causes_finding,
    chain_text,
    differs,
    name_of,
    story,
    trace_finding,
    why,
)
from crisis_abm.report.copyable import setting
from crisis_abm.report.finding import report_on
from crisis_abm.report.sections import (
    Again,
    Column,
    Picture,
    Report,
    Section,
    Table,
    array,
    arrays,
    columns_of,
    in_columns,
)
from crisis_abm.report.words import counted, day, figure

TITLE, TITLE_OF_CAUSES = "How it came to whom", "The causes of many crises"
TOLD, CHAINS, HOPS, THROUGH, MOMENTS = 12, 3, 5, 3, 6
LEAST = 0.001  # of all harm that a line or a root stands for
NOTHING = 1e-9  # of all harm: rounding
OF_ALL = "in 80% of them"


def trace_report(result: Trace, chosen: str = "") -> Report:
    """Why it failed; an organisation that is chosen by its id has a section of its own."""
    scenario, replicate = result.run.scenario, result.replicate
    crisis = f"seed {result.seed}" + ("" if replicate is None else f", replicate {replicate}")
    steps = counted(scenario.time.steps, scenario.time.unit)
    return report_on(
        scenario,
        result.seconds,
        (TITLE, f"{result.run.policy.name}; {crisis}"),
        finding=f"{trace_finding(result)}.",
        asked=f"{result.run.policy.name}, {crisis}, {steps}",
        sections=[*([_one(result, chosen)] if chosen else []), *_sections(result)],
        facts={
            "policy": result.run.policy.name,
            "seed": result.seed,
            "replicate": replicate,
            "harm": result.harm,
            "harm_unit": scenario.harm_unit,
            "agreement": result.agreement,
            "crises": None if result.crises is None else _of_crises(result.crises),
            "outcomes": result.run.outcomes,
        },
        data=partial(trace_tables, result),
        files={
            "cascade.graphml": partial(_write_graphml, result),
            "cascade.json": partial(_write_json, result),
        },
    )


def causes_report(crises: Causes) -> Report:
    """The roots over many crises."""
    made = f"{crises.policy}; {counted(crises.replicates, 'crisis', 'crises')}"
    made += f" from seed {crises.seed}"
    return report_on(
        crises.scenario,
        0.0,
        (TITLE_OF_CAUSES, made),
        finding=f"{causes_finding(crises)}.",
        asked=made,
        sections=[_causes(crises)],
        facts=_of_crises(crises),
        data=lambda: {"causes.csv": in_columns(_cause_rows(crises))},
    )


def _of_crises(crises: Causes) -> dict[str, object]:
    return {
        "policy": crises.policy,
        "seed": crises.seed,
        "replicates": crises.replicates,
        "with_harm": crises.harmed,
    }


def _sections(result: Trace) -> list[Section]:
    if not any(one.harm > 0.0 for one in result.roots):
        return []
    found = [_story(result)]
    if chains := _longest(result):
        found.append(Section("chains", "The longest chains", chains))
    found.append(_roots(result))
    if result.crises is not None:
        found.append(_causes(result.crises, {o.root.key: o.share for o in result.roots}))
    return [*found, _hit(result), _passed(result), _spread(result)]


def _one(result: Trace, chosen: str) -> Section:
    tables = result.run.tables
    hit = next((one for one in result.hits if tables.ids[one.organisation] == chosen), None)
    if hit is None:
        return Section("organisation", chosen, ["It was not hit in this crisis."])
    return Section("organisation", tables.names[hit.organisation], [chain_text(result, hit)])


def _story(result: Trace) -> Section:
    unit, told = result.run.scenario.harm_unit, story(result)
    worth = [one for one in told if one.harm > LEAST * result.harm][:TOLD]
    words = [f"{figure(one.harm)} {unit}: {one.text}" for one in worth]
    if len(told) > len(worth):
        rest = len(told) - len(worth)
        words.append(f"{rest:,} more ways, each with less harm, are in the table of who was hit.")
    hops = trace_tables(result)["hops.csv"]
    about = f"From the roots on the left to who was hit, by day. {trace_finding(result)}."
    pictures = [Picture("cascade", about, partial(cascade_figure, result), arrays(hops))]
    return Section("story", TITLE, words, (), pictures if hops else ())


def _longest(result: Trace) -> list[str]:
    """The longest chains, one for each way between kinds and areas."""
    strained = [hit for hit in result.hits if hit.strained and len(hit.chain) > 2]
    group = result.run.tables.world.organisations.group
    ways: dict[tuple[int, ...], Hit] = {}
    for hit in sorted(strained, key=lambda hit: (-len(hit.chain), -hit.harm)):
        ways.setdefault(tuple(int(group[step.organisation]) for step in hit.chain), hit)
    return [chain_text(result, hit) for hit in list(ways.values())[:CHAINS]]


def _roots(result: Trace) -> Section:
    """The roots beside what vanishes without each."""
    checked = any(one.check is not None for one in result.roots)
    columns = arrays(trace_tables(result)["roots.csv"])
    columns["percent"] = 100 * columns["share"]
    columns["set"] = array([_root_settings(result, one)[0] for one in result.roots])
    heads = {
        "title": "root",
        "harm": f"{result.run.scenario.harm_unit} traced to it",
        "percent": "% of all",
        "organisations": "reached",
        "vanishes": "vanishes without it" if checked else "",
    }
    weighty = [one for one in result.roots if _matters(result, one)]
    order = sorted(range(len(result.roots)), key=lambda k: not _matters(result, result.roots[k]))
    columns = {name: values[order] for name, values in columns.items()}
    shown = columns_of(columns, {name: heads.get(name, "") for name in columns})
    words = [f"{one.root.title}: {why(result, one)}" for one in weighty if checked and differs(one)]
    if checked and not math.isnan(result.agreement):
        words.insert(
            0,
            "Harm is traced to the roots, and the same crisis is run again without each: the two "
            f"rank the causes alike by {result.agreement:.2f} (rank correlation; 1 is the same "
            "order).",
        )
    again, missing = _again(result)
    table = Table(
        "roots", "Root causes, most harm first", _screened(shown), min(12, len(weighty)), True
    )
    return Section("roots", "The roots", words + missing, [table], (), again)


def _screened(columns: Sequence[Column]) -> list[Column]:
    """In the order of a screen: what is told in words anyway comes last."""
    order = ("title", "harm", "percent", "organisations", "vanishes")
    by_name = {one.name: one for one in columns}
    first = [by_name[name] for name in order if name in by_name]
    return [*first, *(one for one in columns if one not in first)]


def _matters(result: Trace, one: RootShare) -> bool:
    vanishes = 0.0 if one.check is None else abs(one.check.vanishes)
    return max(one.harm, vanishes) > LEAST * result.harm


def _again(result: Trace) -> tuple[list[Again], list[str]]:
    """The same crisis without the first root; or why that cannot be."""
    first = result.roots[0]
    settings, missing = _root_settings(result, first)
    if missing:
        return [], [f"“{first.root.title}” cannot be taken away by setting values: {missing}."]
    limit = first.root.kind in LIMITS
    how = f"with {AMPLE:g} times as much of the first root" if limit else "without the first root"
    return [Again(f"The same crisis {how}", settings, [result.run.policy.name])], []


def _causes(crises: Causes, here: dict[str, float] | None = None) -> Section:
    """The same roots over many crises, beside the one shown where there is one."""
    rows = [row for row in _cause_rows(crises) if row["share"] > NOTHING]
    title, words = TITLE_OF_CAUSES, [f"{causes_finding(crises)}."]
    if not rows:
        return Section("causes", title, words)
    percent = {
        name: 100 * array([row[name] for row in rows])
        for name in ("share", "share_low", "share_high")
    }
    columns = [Column.of("title", [row["title"] for row in rows], "root")]
    if here is not None:
        shares = [100 * here.get(row["root"], 0.0) for row in rows]
        columns.append(Column.of("percent_here", shares, "% of the harm in this crisis"))
    columns += [
        Column(
            "percent",
            percent["share"],
            "% of the harm, mean of all crises",
            low=percent["share_low"],
            high=percent["share_high"],
            interval=OF_ALL,
        ),
        Column.of("harm", [row["harm"] for row in rows], "harm traced to it, mean"),
        Column.of("largest_in", [row["largest_in"] for row in rows], "largest cause in"),
        Column.of("root", [row["root"] for row in rows]),
        Column.of("share", [row["share"] for row in rows]),
    ]
    weighty = sum(max(row["share_high"], row["share"]) > LEAST for row in rows)
    table = Table("causes", "Causes over all crises", columns, min(12, weighty), ranked=True)
    return Section("causes", title, words, [table])


def _hit(result: Trace) -> Section:
    columns = arrays(trace_tables(result)["organisations.csv"])
    heads = {
        "organisation": "who",
        "first_tick": "from",
        "harm": "its harm",
        "harm_through": "through it",
        "root": "root",
    }
    columns["story"] = array([chain_text(result, hit) for hit in result.hits])
    shown = columns_of(columns, {name: heads.get(name, "") for name in columns})
    table = Table("hit", "Who was hit, in the order of days", shown)
    return Section("hit", "Who was hit", [], [table])


def _passed(result: Trace) -> Section:
    """Organisations and hops that most harm passed: stopped there, it would have ended."""
    through = sorted(result.hits, key=lambda hit: -hit.through)
    words = [
        f"{_part(result, hit.through)} through {name_of(result, hit.organisation)}"
        for hit in [hit for hit in through if hit.through > 0.01 * result.harm][:THROUGH]
    ]
    hops = [one for one in bundled_hops(result) if one[0] > LEAST * result.harm]
    words += [f"{_part(result, harm)} over {text}" for harm, text in hops[:HOPS]]
    columns = arrays(trace_tables(result)["hops.csv"])
    columns["text"] = array([about_hop(result, hop) for hop in result.hops])
    heads = {"text": "hop", "first_tick": "from", "harm": "harm that passed"}
    shown = columns_of(columns, {name: heads.get(name, "") for name in columns})
    tables = [Table("hops", "Who shorted whom", shown)] if len(result.hops) else []
    return Section("hops", "Where it could have been stopped: harm that passed by", words, tables)


def _part(result: Trace, harm: float) -> str:
    return f"{figure(harm)} ({100 * harm / result.harm:.0f}%)"


def _spread(result: Trace) -> Section:
    """When it became deeper, and when it was widest."""
    scenario, depth, breadth = result.run.scenario, result.depth, result.breadth
    steps = [t for t in range(len(depth)) if t == 0 or depth[t] > depth[t - 1]]
    words = [
        f"{day(scenario, t)}: {counted(int(depth[t]), 'hop')} deep, {breadth[t]} strained"
        for t in [t for t in steps if depth[t] > 0][:MOMENTS]
    ]
    widest = int(breadth.argmax())
    closed = f", {result.closed.max()} closed at most" if result.closed.max() else ""
    words.append(f"{day(scenario, widest)}: widest, {breadth[widest]} strained{closed}")
    daily = Table("daily", "By day", columns_of(trace_tables(result)["daily.csv"]), 0)
    return Section("spread", "How it spread", words, [daily])


LONGEST_CELL = 32_000  # letters: spreadsheets cut off what is longer


def trace_tables(result: Trace) -> dict[str, Any]:
    """Every table of the bundle, by file name."""
    found = {
        "roots.csv": in_columns([_root_row(result, one) for one in result.roots]),
        "organisations.csv": in_columns([_hit_row(result, hit) for hit in result.hits]),
        "hops.csv": in_columns(_hops(result)),
        "harm.csv": _harm(result),
        "daily.csv": {
            "tick": list(range(len(result.depth))),
            "depth": result.depth.tolist(),
            "strained": result.breadth.tolist(),
            "closed": result.closed.tolist(),
        },
    }
    if result.crises is not None:
        found["causes.csv"] = in_columns(_cause_rows(result.crises))
        found["crises.csv"] = _crises(result.crises)
    return found


def _cause_rows(crises: Causes) -> list[dict[str, Any]]:
    """A row a root: its share of the harm over all crises, the largest first."""
    return [
        {
            "root": one.root.key,
            "title": one.root.title,
            "share": one.share,
            "share_low": one.band[0],
            "share_high": one.band[1],
            "harm": one.harm,
            "largest_in": one.largest,
        }
        for one in crises.ranked()
    ]


def _crises(crises: Causes) -> dict[str, list[Any]]:
    """A row a crisis and root that did harm in it."""
    row, root = np.nonzero(crises.harm)
    return {
        "replicate": row.tolist(),
        "root": [crises.roots[n].key for n in root.tolist()],
        "harm": crises.harm[row, root].tolist(),
    }


def _write_graphml(result: Trace, path: Path) -> None:
    import networkx

    networkx.write_graphml_xml(to_graph(result), path)


def _write_json(result: Trace, path: Path) -> None:
    import json

    import networkx

    data = networkx.node_link_data(to_graph(result), edges="edges")
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _number(value: float) -> float | str:
    return "" if math.isnan(value) else value


def _root_row(result: Trace, one: RootShare) -> dict[str, Any]:
    check = one.check
    return {
        "root": one.root.key,
        "title": one.root.title,
        "harm": one.harm,
        "share": one.share,
        "organisations": one.reached,
        "vanishes": "" if check is None else check.vanishes,
        "deaths_vanish": "" if check is None else check.deaths,
        "verdict": "" if check is None else check.verdict,
        "why": why(result, one),
        **_set_cells(result, one),
    }


def _set_cells(result: Trace, one: RootShare) -> dict[str, Any]:
    """What does the same as the check, in a cell; or why that is not there."""
    settings, missing = _root_settings(result, one)
    text = "; ".join(settings)
    if len(text) > LONGEST_CELL:
        text, missing = "", f"{len(settings):,} values, too many for a cell"
    return {"set": text, "no_set": missing}


def _root_settings(result: Trace, one: RootShare) -> tuple[list[str], str]:
    """What to set to take a root away, or widen it, as the check does; or why that cannot be."""
    settings, missing = settings_without(one.root, result.run.scenario, result.run.tables)
    return setting(settings), missing


def _hit_row(result: Trace, hit: Hit) -> dict[str, Any]:
    tables = result.run.tables
    rows = tables.world.organisations
    return {
        "organisation": tables.ids[hit.organisation],
        "kind": tables.kinds[rows.kind[hit.organisation]],
        "area": tables.areas[rows.area[hit.organisation]],
        "first_tick": hit.tick,
        "strained": int(hit.strained),
        "closed_tick": "" if hit.failed < 0 else hit.failed,
        "harm": hit.harm,
        "harm_through": hit.through,
        "root": result.all_roots[hit.root].key,
        "root_share": hit.part,
        "chain": " < ".join(tables.ids[step.organisation] for step in hit.chain),
    }


def _hops(result: Trace) -> list[dict[str, Any]]:
    ids = result.run.tables.ids
    return [
        {
            "source": ids[hop.source] if hop.source >= 0 else "",
            "root": result.all_roots[hop.root].key if hop.root >= 0 else "",
            "organisation": ids[hop.organisation],
            "resource": hop.resource,
            "first_tick": hop.tick,
            "not_sent": _number(hop.short),
            "harm": hop.harm,
        }
        for hop in result.hops
    ]


def _harm(result: Trace) -> dict[str, list[Any]]:
    """One row an organisation and root that harmed it; sums to all harm."""
    ids = result.run.tables.ids
    row, root = np.nonzero(result.by_organisation)
    return {
        "organisation": [ids[i] for i in row.tolist()],
        "root": [result.all_roots[n].key for n in root.tolist()],
        "harm": result.by_organisation[row, root].tolist(),
    }
