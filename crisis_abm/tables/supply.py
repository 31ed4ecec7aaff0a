"""Supply: who supplies whom, by links written out and by rules, and everybody's ordinary work.

Every link runs from an output row (a maker's holding) to an input row (a user's holding) of the
same resource. The shares of a customer's links sum to one.

Orders run up the chain: a hospital's patients need gowns, gowns need cloth. Each maker's nominal
orders are what its customers use at their own nominal workload; whoever has people has at least
those to serve.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crisis_abm.scenario.problems import Findings, several
from crisis_abm.tables.choice import Street, choose, entity_keys, link_key
from crisis_abm.tables.layout import Supply
from crisis_abm.tables.rows import Columns, Holdings, Setup, ground

if TYPE_CHECKING:
    from crisis_abm.scenario import SupplyRule


TOLERANCE = 1e-6  # how far from 1 the shares of a customer may be as written
EXACT = 1e-12  # how far they may be from 1 in the tables


class SupplyDraft(NamedTuple):
    """Links as they are found, in any order, perhaps several for one pair; share NaN: the rest."""

    supplier: np.ndarray  # int64: output row
    customer: np.ndarray  # int64: input row
    share: np.ndarray
    lead_time: np.ndarray  # int64
    spread: np.ndarray  # int64
    capacity: np.ndarray
    reliability: np.ndarray
    origin: np.ndarray  # int64: number n of the rule, -2 - n of the link, -1 for neither


def _drafted(supplier: Any, customer: Any, share: Any, terms: Any, origin: int) -> SupplyDraft:
    """Put the same terms on many links."""
    count = len(supplier)
    return SupplyDraft(
        np.asarray(supplier, dtype=np.int64),
        np.asarray(customer, dtype=np.int64),
        np.asarray(share, dtype=np.float64),
        np.full(count, terms.lead_time, dtype=np.int64),
        np.full(count, terms.lead_time_spread, dtype=np.int64),
        np.full(count, terms.capacity, dtype=np.float64),
        np.full(count, terms.reliability, dtype=np.float64),
        np.full(count, origin, dtype=np.int64),
    )


def _written(setup: Setup) -> SupplyDraft:
    """Read the links that are written out, or come from tables beside the scenario."""
    scenario, columns, findings = setup.scenario, setup.columns, setup.findings
    resources, inputs, outputs = setup.resources, setup.inputs, setup.outputs
    input_at = {name: inputs.at(r) for r, name in enumerate(resources)}
    output_at = {name: outputs.at(r) for r, name in enumerate(resources)}
    kept: list[tuple[Any, ...]] = []
    for number, link in enumerate(scenario.all_links()):
        place = f"links[{number}]"
        ends = [columns.find(link.from_), columns.find(link.to)]
        if ends[0] is None or ends[1] is None or link.resource not in input_at:
            word = link.resource
            if link.resource in input_at:
                word = link.from_ if ends[0] is None else link.to
            findings.problem(place, f"{word} is not in the scenario", "name one that is", word)
            continue
        supplier = output_at[link.resource][ends[0]]
        customer = input_at[link.resource][ends[1]]
        if supplier < 0:
            message = f"{link.from_} does not make {link.resource}"
            findings.problem(place, message, "name a maker, or add it to its kind's makes")
        elif customer < 0:
            message = f"{link.to} does not need {link.resource}"
            findings.problem(place, message, "name a user, or add it to its kind's needs")
        else:
            share = np.nan if link.share is None else link.share
            terms = (link.lead_time, link.lead_time_spread, link.capacity, link.reliability)
            kept.append((supplier, customer, share, *terms, -2 - number))
    types = (np.int64, np.int64, np.float64, np.int64, np.int64, np.float64, np.float64, np.int64)
    by_column = list(zip(*kept, strict=True)) if kept else [()] * len(types)
    pairs = zip(by_column, types, strict=True)
    return SupplyDraft(*(np.array(column, dtype=type_) for column, type_ in pairs))


def draft_supply(setup: Setup) -> SupplyDraft:
    """Collect the links of a scenario: those written out, then those of its rules in order.

    A rule lets every customer choose `suppliers` of the candidates, larger ones more often
    (`choice.choose`), and divides its share among them equally or by capacity; or gives it those
    opposite (`choice.Street`). A supplier without a given capacity weighs as many units as it
    has people, or 1.
    """
    scenario, columns, resources = setup.scenario, setup.columns, setup.resources
    inputs, outputs = setup.inputs, setup.outputs
    pieces = [_written(setup)]
    used: dict[str, int] = {}
    keys = dict(zip(resources, entity_keys(resources), strict=True))
    for number, rule in enumerate(scenario.supply):
        if rule.resource not in keys:
            continue  # the scenario's own check has said so
        resource = resources.index(rule.resource)
        customers, makers = inputs.of(resource), outputs.of(resource)
        customers = customers[columns.named(rule.to)[inputs.organisation[customers]]]
        makers = makers[columns.named(rule.from_)[outputs.organisation[makers]]]
        area, within = ground(scenario, columns, rule.within)
        draw = used.setdefault(rule.resource, 0)
        used[rule.resource] += 1
        if rule.split == "catchment":
            street = Street(columns, area if within == "area" else np.zeros_like(area))
            walks = int(rule.suppliers)
            chooser, chosen, parts = street.opposite(inputs, customers, outputs, makers, walks)
        else:
            chooser, chosen = choose(
                key=columns.key,
                area=area,
                customers=inputs.organisation[customers],
                candidates=outputs.organisation[makers],
                weight=columns.weight,
                take=rule.suppliers,
                within=within,
                what=keys[rule.resource],
                draw=draw,
            )
            weight = columns.weight[outputs.organisation[makers[chosen]]]
            parts = divided(chooser, weight, len(customers), rule.split)
        if len(chooser) == 0:
            why = f'no supplier is within reach (within = "{rule.within}") of a customer'
            if not len(makers):
                why = f"there is no such maker of {rule.resource}"
            elif not len(customers):
                why = f"nobody it is for needs {rule.resource}"
            remedy = "correct its names or its reach (within), or take the rule away"
            setup.findings.problem(f"supply[{number}]", f"matches nobody: {why}", remedy)
        pieces.append(
            _drafted(makers[chosen], customers[chooser], rule.share * parts, rule, number)
        )
    return SupplyDraft(*(np.concatenate(parts) for parts in zip(*pieces, strict=True)))


def divided(group: np.ndarray, weight: np.ndarray, groups: int, split: str) -> np.ndarray:
    """Divide 1 within each group, equally or by weight."""
    if split == "equal":
        weight = np.ones(len(group))
    total: np.ndarray = np.bincount(group, weights=weight, minlength=groups)
    parts: np.ndarray = weight / total[group]
    return parts


def _resolve_shares(
    draft: SupplyDraft, setup: Setup, rules: Sequence[SupplyRule] | None
) -> np.ndarray:
    """Give links without a share what is left, equally; check and renormalise the sums."""
    columns, inputs, findings = setup.columns, setup.inputs, setup.findings
    names = setup.resources
    share, customer, count = draft.share.copy(), draft.customer, len(inputs.organisation)
    left_out = np.isnan(share)
    given = np.bincount(customer, weights=np.where(left_out, 0.0, share), minlength=count)
    if left_out.any():
        waiting = np.bincount(customer[left_out], minlength=count)
        nothing_left = (waiting > 0) & (given > 1 - TOLERANCE)
        for _, place, who in _customers(nothing_left, columns, inputs, names):
            what = "links without a share, but its other links and rules give everything"
            remedy = "give these links a share and lower the others"
            findings.problem(place, f"{who} {what}", remedy)
        rows = customer[left_out]
        share[left_out] = np.maximum(0.0, 1.0 - given[rows]) / waiting[rows]
    total = np.bincount(customer, weights=share, minlength=count)
    linked = np.bincount(customer, minlength=count) > 0
    wrong = linked & (np.abs(total - 1.0) > TOLERANCE)
    for row, place, who in _customers(wrong, columns, inputs, names):
        message = f"{who} shares that sum to {total[row]:.6g}"
        _not_one(place, message, draft.origin[customer == row], findings, rules)
    for row, place, who in _customers(~linked, columns, inputs, names):
        resource, organisation = names[inputs.resource[row]], inputs.organisation[row]
        message = f"{who} no supplier by any rule or link"
        meant = [
            f"supply[{number}]"
            for number, rule in enumerate(rules or ())
            if rule.resource == resource and columns.named(rule.to)[organisation]
        ]
        if meant:
            if not any(problem.place in meant for problem in findings.problems):
                message += f": {', '.join(meant)} finds none within reach"
                remedy = 'set within = "anywhere" there, or add a maker'
                findings.problem(meant[0], message, remedy)
            continue
        remedy = f'add [[supply]] with resource = "{resource}" or a link, '
        findings.problem(place, message, f"{remedy}or drop the need: {place} = false")
    off = linked & (np.abs(total - 1.0) > EXACT)
    total[~off] = 1.0
    share /= np.where(total > 0, total, 1.0)[customer]
    return share


def _customers(
    wrong: np.ndarray, columns: Columns, inputs: Holdings, names: list[str]
) -> Iterator[tuple[int, str, str]]:
    """For each resource and kind with wrong customers: a row, the need's place, who has it."""
    rows = np.flatnonzero(wrong)
    kind, resource = columns.kind[inputs.organisation[rows]], inputs.resource[rows]
    for r, k in sorted(set(zip(resource.tolist(), kind.tolist(), strict=True))):
        concerned = rows[(resource == r) & (kind == k)]
        ids = [columns.ids[row] for row in inputs.organisation[concerned[:4]]]
        ids += [""] * (len(concerned) - len(ids))
        place = f"kinds.{columns.kinds[k]}.needs.{names[r]}"
        who = f"{columns.kinds[k]} {several(ids)} needs {names[r]} and has"
        yield int(concerned[0]), place, who


def _not_one(
    place: str,
    message: str,
    origins: np.ndarray,
    findings: Findings,
    rules: Sequence[SupplyRule] | None,
) -> None:
    """Note shares that do not sum to one where the first of them stands."""
    remedy = "let them sum to 1"
    if rules is None:  # of the edges of a graph
        findings.problem(place, message, remedy)
        return
    written = findings.scenario.all_links()
    links = [-2 - one for one in np.unique(origins).tolist() if one <= -2][::-1]
    links = [number for number in links if written[number].share is not None]
    asked = [one for one in np.unique(origins).tolist() if one >= 0]
    by = [findings.scenario.place_of("links", number)[1] for number in links]
    by += [f"supply[{number}]" for number in asked]
    if len(by) > 1:
        message += f" ({', '.join(by[:6])}{', …' if len(by) > 6 else ''})"
    if links:
        share = written[links[0]].share
        findings.of_entry("links", links[0], "share", message, remedy, share)
    else:
        share = rules[asked[0]].share
        findings.of_entry("supply", asked[0], "share", message, remedy, share)


def finish_supply(draft: SupplyDraft, setup: Setup, rules: Sequence[SupplyRule] | None) -> Supply:
    """Merge links of the same pair, settle shares, and put the rows in customer order.

    Of links that join the same pair the shares add up; everything else is as the first says
    (links written out come before rules). `contract` is filled in by `build.assemble`. `rules`
    are those that the links are of; None if a graph gave them.

    Raises
    ------
    ScenarioError
        If the shares of a customer do not sum to 1 or somebody has no supplier.
    """
    columns, inputs, outputs = setup.columns, setup.inputs, setup.outputs
    share = _resolve_shares(draft, setup, rules)
    setup.findings.stop()
    code = draft.customer * len(outputs.organisation) + draft.supplier
    order = np.argsort(code)
    fresh = np.diff(code[order], prepend=-1) > 0
    if not fresh.all():  # of equal ones the first must come first; the quicker sort may turn them
        order = np.argsort(code, kind="stable")
    first = np.flatnonzero(fresh)
    supplier, customer = draft.supplier[order], draft.customer[order]
    share = share[order]
    if len(first) < len(order):
        share = np.add.reduceat(share, first)
    order = order[first]
    supplier, customer = supplier[first], customer[first]
    resource_key = entity_keys(setup.resources)[inputs.resource[customer]]
    return Supply(
        supplier=supplier.astype(np.int32),
        customer=customer.astype(np.int32),
        share=share,
        lead_time=draft.lead_time[order],
        spread=draft.spread[order],
        capacity=draft.capacity[order],
        reliability=draft.reliability[order],
        contract=np.zeros(len(order)),
        key=link_key(
            columns.key[outputs.organisation[supplier]],
            columns.key[inputs.organisation[customer]],
            resource_key,
        ),
        by_supplier=np.argsort(supplier, kind="stable"),
    )


SWEEPS = 1000
STILL = 1e-12  # largest relative change of a workload that counts as none
RUNAWAY = 1e15  # units a tick: above it float64 no longer tells single ones apart


def _sweep(
    people: np.ndarray,
    cap: np.ndarray,
    inputs: Holdings,
    outputs: Holdings,
    supply: Supply,
) -> tuple[np.ndarray, bool]:
    """Solve w = max(people, min(cap, largest orders ÷ make)) by repeated substitution.

    Starting from `people` the sweeps never fall, so they approach the least solution from below.
    """
    workload = people.copy()
    organisation = inputs.organisation[supply.customer]
    used = supply.share * inputs.values["use"][supply.customer]
    makers = np.flatnonzero(np.diff(outputs.start))
    if len(makers) == 0 or len(used) == 0:
        return workload, True
    make, first, rows = outputs.values["make"], outputs.start[makers], len(outputs.organisation)
    least, most = people[makers], cap[makers]
    for _ in range(SWEEPS):
        orders = np.bincount(supply.supplier, used * workload[organisation], minlength=rows)
        needed = np.maximum.reduceat(orders / make, first)
        new = np.maximum(least, np.minimum(most, needed))
        old = workload[makers]
        workload[makers] = new
        if not np.any(np.abs(new - old) > STILL * new):
            return workload, True
        if new.max() > RUNAWAY:
            return workload, False
    return workload, bool(np.all(np.isfinite(cap)))


def nominal_workload(
    columns: Columns, inputs: Holdings, outputs: Holdings, supply: Supply
) -> np.ndarray:
    """Return the workload at rest, units of service a tick, shape (N,).

    w = max(people, min(capacity, max over outputs of nominal orders ÷ make)), where people =
    caseload + base demand and nominal orders of an output = Σ share × use × w over its customers'
    links. This is Leontief's quantity model (Miller & Blair 2009, ch. 2), capped at capacity;
    solved by at most 1,000 sweeps or until no workload changes by more than one part in 10¹².
    """
    return _sweep(columns.people, columns.capacity, inputs, outputs, supply)[0]


def refuse_runaway(setup: Setup, workload: np.ndarray) -> None:
    """Find organisations whose ordinary work or use is more than can be computed with."""
    columns, inputs = setup.columns, setup.inputs
    use = inputs.values["use"] * workload[inputs.organisation]
    most = workload.copy()
    np.maximum.at(most, inputs.organisation, use)
    rows = np.flatnonzero(~(most <= RUNAWAY))  # NaN is not, either
    if len(rows):
        kind = columns.kinds[columns.kind[rows[0]]]
        message = f"{several([columns.ids[row] for row in rows.tolist()])} would have to do or use "
        message += f"{most[rows].max():.2g} units on an ordinary tick, more than {RUNAWAY:g}"
        remedy = "make what is used for a unit smaller, or what is made of it larger, along its "
        remedy += "chain of supply, or give it a capacity"
        setup.findings.problem(f"kinds.{kind}", message, remedy)


def settle_capacity(setup: Setup, supply: Supply) -> None:
    """Fill in the capacities that a scenario leaves out (0), in place.

    An organisation that makes nothing can serve its people. A maker can serve its people and its
    nominal orders, as they are when it sets no limit itself and everybody with a given capacity
    keeps to that.
    """
    columns, inputs, outputs = setup.columns, setup.inputs, setup.outputs
    left_out = columns.capacity == 0
    if not left_out.any():
        return
    makes = np.diff(outputs.start) > 0
    cap = np.where(left_out, np.where(makes, np.inf, columns.people), columns.capacity)
    workload, settled = _sweep(columns.people, cap, inputs, outputs, supply)
    if not settled:
        rows = np.flatnonzero(left_out & makes)
        message = f"{several([columns.ids[row] for row in rows.tolist()])} left without a capacity"
        message += ", but their orders to each other grow without end"
        setup.findings.problem("organisations", message, "give them a capacity")
        setup.findings.stop()
    columns.capacity = np.where(left_out, workload, columns.capacity)
    columns.__dict__.pop("weight", None)
