"""A traced cascade in plain sentences: what happened, by which ways, and how far to believe it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from crisis_abm.analysis.cascade.check import Verdict
from crisis_abm.analysis.cascade.paths import Hit, Hop, Step
from crisis_abm.analysis.cascade.shares import Causes
from crisis_abm.analysis.cascade.trace import RootShare, Trace
from crisis_abm.report.words import ROUNDING, counted, day, figure, share_span

MINUS = "−"
NEARLY_ALL = 0.995


@dataclass(frozen=True)
class Told:
    """One sentence of the story.

    Attributes
    ----------
    text : str
        About the worst hit of those it stands for.
    harm : float
        Of all it stands for.
    members : int
        How many: those of one kind and area to whom it came the same way.
    worst : Hit
        The worst hit of them.
    """

    text: str
    harm: float
    members: int
    worst: Hit


def name_of(result: Trace, row: int) -> str:
    """An organisation as a planner calls it."""
    return str(result.run.tables.names[row])


def percent(part: float) -> str:
    """A part as people say it."""
    return f"{100 * part:.0f}%" if part >= 0.095 else f"{100 * part:.2g}%"


def trace_finding(result: Trace) -> str:
    """What came of what, in one sentence."""
    scenario, policy = result.run.scenario, result.run.policy.name
    named = [one for one in result.roots if one.harm > 0.0]
    if not named or result.harm < ROUNDING:
        return f"Nothing to trace: under {policy} nobody came to harm"
    first = named[0]
    strained = sum(hit.strained for hit in result.hits)
    closed = sum(hit.failed >= 0 for hit in result.hits)
    ways = f"{counted(strained, 'organisation')} strained, {closed} closed"
    deep = f"up to {counted(int(result.depth.max()), 'hop')} from a root"
    return (
        f"Under {policy}, {percent(first.share)} of {figure(result.harm)} {scenario.harm_unit} "
        f"goes back to one root: {first.root.title} ({ways}, {deep})"
    )


def story(result: Trace) -> list[Told]:
    """How it came to whom, most harm first; those whom it reached the same way together."""
    tables = result.run.tables
    rows = tables.world.organisations
    alike: dict[tuple[object, ...], list[Hit]] = {}
    for hit in result.hits:
        way = tuple(
            (int(rows.group[step.organisation]), step.resource, step.asked) for step in hit.chain
        )
        alike.setdefault((way, hit.root, hit.failed >= 0), []).append(hit)
    found = []
    for members in alike.values():
        worst = max(members, key=lambda hit: (hit.harm, -hit.tick))
        harm = sum(hit.harm for hit in members)
        others = ""
        if len(members) > 1:
            kind = tables.kinds[rows.kind[worst.organisation]].replace("_", " ")
            others = f" (and {len(members) - 1} more of its kind, {kind})"
        text = chain_text(result, worst, others) + _part(result, members)
        found.append(Told(text, harm, len(members), worst))
    return sorted(found, key=lambda told: -told.harm)


def _part(result: Trace, members: list[Hit]) -> str:
    """The part of their harm that goes back to the root told, where others have a part, too."""
    harm = result.by_organisation[[hit.organisation for hit in members]].sum(axis=0)
    told = harm[members[0].root] / harm.sum() if harm.sum() > 0.0 else 1.0
    return f" ({percent(told)} of it)" if told < NEARLY_ALL else ""


def causes_finding(crises: Causes) -> str:
    """Which cause is the largest over many crises, and how sure that is, in one sentence."""
    ranked = crises.ranked()
    counts = counted(crises.replicates, "crisis", "crises")
    if not ranked:
        return f"In {counts} under {crises.policy} nobody came to harm"
    first, whole = ranked[0], crises.harmed
    among = counts if whole == crises.replicates else f"the {whole} of {counts} with any harm"
    return (
        f"Over {among} under {crises.policy}, {percent(first.share)} of the harm goes back to "
        f"{first.root.title} on average ({share_span(*first.band)} in 80% of them; it is the "
        f"largest cause in {first.largest})"
    )


def part_text(hit: Hit) -> str:
    """What part of its harm goes back to the root that its chain leads to."""
    return f"{percent(hit.part)} of its {'harm' if hit.harm > 0.0 else 'lost service'}"


def chain_text(result: Trace, hit: Hit, others: str = "") -> str:
    """One way from an organisation back to the root, as "A, day 31 ← labour −38% ← B ← event"."""
    scenario, root = result.run.scenario, result.all_roots[hit.root]
    state = f"{'strained' if hit.strained else 'short'} from {day(scenario, hit.tick)}"
    if hit.failed >= 0:
        state += f", closed on {day(scenario, hit.failed)}"
    first = {one.organisation: one.tick for one in result.hits}
    begun = [min(s.tick, first.get(s.organisation, s.tick)) for s in hit.chain[1:]]
    if max(begun, default=-1) > hit.tick:  # or it would read as if the cause came afterwards
        state += f", most for this on {day(scenario, hit.chain[0].tick)}"
    parts = [f"{name_of(result, hit.organisation)}{others}, {state}"]
    for step, after, since in zip(hit.chain, hit.chain[1:], begun, strict=False):
        parts.append(lack(step))
        parts.append(
            f"{name_of(result, after.organisation)}, in trouble from {day(scenario, since)}"
        )
    parts.append(f"{root.title} ({root.kind})" if root.kind == "event" else root.title)
    return " ← ".join(parts)


def lack(step: Step) -> str:
    """What an organisation lacked of what the next on the way should have given it."""
    if step.asked:
        return f"asked for more {step.resource}".rstrip()
    if not step.resource:
        return "more to do"
    if math.isnan(step.short) or step.short < 0.005:
        return f"{step.resource} short"
    return f"{step.resource} {MINUS}{percent(step.short)}"


def bundled_hops(result: Trace) -> list[tuple[float, str]]:
    """Harm over hops between organisations, those between the same kinds and areas as one."""
    tables = result.run.tables
    group = tables.world.organisations.group
    alike: dict[tuple[int, int, str], list[Hop]] = {}
    for hop in result.hops:
        if hop.source >= 0:
            key = (int(group[hop.source]), int(group[hop.organisation]), hop.resource)
            alike.setdefault(key, []).append(hop)
    found = []
    for hops in alike.values():
        sources = _together(result, {hop.source for hop in hops})
        ends = f"{sources} → {_together(result, {hop.organisation for hop in hops})}"
        known = [(hop.short, hop.harm) for hop in hops if not math.isnan(hop.short)]
        weight = sum(harm for _, harm in known)
        short = sum(part * harm for part, harm in known) / weight if weight > 0.0 else 0.0
        lack = f" {MINUS}{percent(short)}" if short > 0.0 else ""
        found.append((sum(hop.harm for hop in hops), f"{ends}: {hops[0].resource}{lack}"))
    return sorted(found, key=lambda one: -one[0])


def _together(result: Trace, rows: set[int]) -> str:
    """One organisation by name, several of a kind and area by number."""
    tables, one = result.run.tables, min(rows)
    if len(rows) == 1:
        return name_of(result, one)
    organisations = tables.world.organisations
    kind = tables.kinds[organisations.kind[one]].replace("_", " ")
    return f"{len(rows)} {kind}s in {tables.areas[organisations.area[one]]}"


def about_hop(result: Trace, hop: Hop) -> str:
    """A hop in a line."""
    if hop.source < 0:
        title = result.all_roots[hop.root].title
        return f"{title} → {name_of(result, hop.organisation)}"
    lack = "" if math.isnan(hop.short) else f" {MINUS}{percent(hop.short)}"
    ends = f"{name_of(result, hop.source)} → {name_of(result, hop.organisation)}"
    return f"{ends}: {hop.resource}{lack}"


def differs(one: RootShare) -> bool:
    """Whether trace and check say different things of a root."""
    return one.check is not None and one.check.verdict != Verdict.AGREES


def why(result: Trace, one: RootShare) -> str:
    """Why what vanishes is not what the trace says; "" where it is."""
    check = one.check
    if check is None or not differs(one):
        return ""
    where = ", ".join(f"{kind.replace('_', ' ')}s in {area}" for kind, area, _ in check.where)
    at = f" ({where})" if where else ""
    others = "; ".join(result.all_roots[n].title for n in check.instead)
    if check.verdict == Verdict.PROTECTS:
        return f"It prevents harm: without it there would be {figure(-check.vanishes)} more{at}."
    if check.verdict == Verdict.WIDENED:
        return f"It is a limit, not an event: ten times as much makes up for other causes too{at}."
    if check.verdict == Verdict.DEATHS:
        return (
            f"More vanishes: {figure(check.deaths)} of it are the epidemic's own deaths, which it "
            f"made more likely{at}; the trace books these under the epidemic."
        )
    if check.verdict == Verdict.TOGETHER:
        told = f": {others}" if others else ""
        return f"More vanishes: other causes do harm only on top of it{at}{told}."
    told = f": {others}" if others else ": limits beneath that the run never came to show"
    return f"Less vanishes: without it, the same people go unserved for other reasons{at}{told}."
