"""Networks of any size for measuring: one town of 50 organisations, as often as is asked for.

Every town is a block of rows that stand together, so links are in locality order, as those of any
scenario are whose organisations trade mostly within their area.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from crisis_abm.scenario import Scenario
from crisis_abm.tables import Tables, build
from crisis_abm.tables.layout import Policy, World

__all__ = ["TOWN", "plain_policy", "town", "towns"]

TOWN = 50  # organisations
STEPS = 150

_SUPPLY: list[dict[str, Any]] = [
    {"resource": "ppe", "lead_time": 1, "suppliers": 2},
    {"resource": "tests", "lead_time": 1},
    {"resource": "food"},
    {"resource": "labour", "suppliers": 3},
    {"resource": "child_care"},
    {"resource": "mobility"},
    {"resource": "clinical_support"},
    {"resource": "coordination"},
]


def town() -> dict[str, Any]:
    """One town with everything on: shortage, aid of each kind, referral, epidemic, failures."""
    count = {
        "hospital": 1, "care_home": 5, "supplier": 2, "laboratory": 1, "supermarket": 2,
        "school": 2, "transport": 1, "council": 1, "household": 35,
    }  # fmt: skip
    assert sum(count.values()) == TOWN
    return {
        "title": "a town to measure",
        "time": {"steps": STEPS},
        "resources": {
            name: {}
            for name in (
                "ppe", "tests", "food", "labour", "child_care", "mobility",
                "clinical_support", "coordination",
            )
        },
        "groups": [
            {"kind": kind, "count": number, "areas": ["town"], "spread": 0.2}
            for kind, number in count.items()
        ],
        "kinds": {  # sizes as in scenarios/local_shock.toml: calm before the shock
            "hospital": {"capacity": 117, "caseload": 96.1, "arrivals": 12.16, "population": 400},
            "care_home": {"capacity": 81, "caseload": 70, "arrivals": 0, "population": 80},
            "supplier": {"capacity": 26},
            "laboratory": {"capacity": 90},
            "supermarket": {"capacity": 40_000},
            "school": {"capacity": 6_000},
            "transport": {"capacity": 24_000},
            "council": {"capacity": 600},
            "household": {
                "population": 1_700,
                "demand": 1_700,
                "capacity": 1_870,
                "makes": {"labour": {"make": 0.07}},
            },
        },
        "areas": {"town": {}},
        "supply": _SUPPLY,
        "aid": [
            {"resource": "ppe", "between": ["care_home"]},
            {"resource": "labour", "between": ["care_home"]},
            {"resource": "places", "between": ["care_home"]},
        ],
        "referral": [{"from": ["hospital"], "to": ["care_home"], "share": 0.05}],
        "hazard": {
            "kind": "epidemic",
            "infected": 20,
            "residents": {"kinds": ["care_home"]},
        },
        "events": [
            {"title": "out", "capacity": 0.2, "kinds": ["supplier"], "start": 20, "end": 70},
            {"title": "demand", "demand": 1.3, "kinds": ["hospital"], "start": 40, "end": 90},
        ],
    }  # fmt: skip


def towns(copies: int) -> tuple[Scenario, Tables]:
    """Return the scenario of one town, and the tables of so many of them side by side."""
    scenario = Scenario.from_dict(town())
    one = build(scenario)
    ids = [f"{name} {copy}" for copy in range(copies) for name in one.ids]
    return scenario, replace(
        one,
        world=_side_by_side(one.world, copies),
        ids=ids,
        names=ids,
        areas=[f"town {copy}" for copy in range(copies)],
        positions=np.tile(one.positions, (copies, 1)),
    )


def plain_policy(organisations: int, levers: tuple[float, ...]) -> Policy:
    """Arrays of a policy that is the same for all and never changes."""
    return Policy(
        levers=np.tile(np.array(levers, dtype=float), (organisations, 1)),
        start=np.zeros(0, np.int64),
        end=np.zeros(0, np.int64),
        value=np.zeros((0, 5)),
        target_start=np.zeros(1, np.int64),
        target=np.zeros(0, np.int64),
    )


def _side_by_side(world: World, copies: int) -> World:
    """Repeat every table; ids of rows move on by the number of rows of one copy."""
    n, areas = len(world.organisations.kind), int(world.organisations.area.max()) + 1
    i, o = len(world.inputs.use), len(world.outputs.make)
    e, a = len(world.supply.share), len(world.aid.donor)
    p, r = len(world.places.donor), len(world.referrals.origin)
    q, c = len(world.hazard.residents), len(world.hazard.community)
    v = len(world.hazard.receiver)

    def again(values: np.ndarray) -> np.ndarray:
        return np.tile(values, copies)

    def moved(rows: np.ndarray, step: int) -> np.ndarray:
        offset = np.repeat(np.arange(copies) * step, len(rows))
        tiled = again(rows)
        return np.where(tiled < 0, tiled, tiled + offset).astype(rows.dtype)

    def starts(first: np.ndarray, rows: int) -> np.ndarray:
        return np.append(moved(first[:-1], rows), rows * copies).astype(first.dtype)

    def table(rows: Any, **special: np.ndarray) -> Any:
        same = {
            name: again(value)
            for name, value in rows._asdict().items()
            if name not in special and isinstance(value, np.ndarray)
        }
        return rows._replace(**same, **special)

    org, haz, ev = world.organisations, world.hazard, world.events
    key = np.repeat(np.arange(copies, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15), n)
    link_key = np.repeat(np.arange(copies, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15), e)
    targets = [
        ev.target[ev.target_start[k] : ev.target_start[k + 1]] for k in range(len(ev.effect))
    ]
    all_targets = [moved(one, n) for one in targets]
    return world._replace(
        organisations=table(
            org,
            area=moved(org.area, areas),
            key=again(org.key) ^ key,
            input_start=starts(org.input_start, i),
            output_start=starts(org.output_start, o),
            coordination=moved(org.coordination, i),
        ),
        inputs=table(
            world.inputs,
            organisation=moved(world.inputs.organisation, n),
            link_start=starts(world.inputs.link_start, e),
        ),
        outputs=table(
            world.outputs,
            organisation=moved(world.outputs.organisation, n),
            link_start=starts(world.outputs.link_start, e),
        ),
        supply=table(
            world.supply,
            supplier=moved(world.supply.supplier, o),
            customer=moved(world.supply.customer, i),
            key=again(world.supply.key) ^ link_key,
            by_supplier=moved(world.supply.by_supplier, e),
        ),
        aid=world.aid._replace(
            donor=moved(world.aid.donor, i),
            partner=moved(world.aid.partner, i),
            reverse=moved(world.aid.reverse, a),
            start=starts(world.aid.start, a),
        ),
        places=world.places._replace(
            donor=moved(world.places.donor, n),
            partner=moved(world.places.partner, n),
            reverse=moved(world.places.reverse, p),
            start=starts(world.places.start, p),
        ),
        referrals=table(
            world.referrals,
            origin=moved(world.referrals.origin, n),
            target=moved(world.referrals.target, n),
            start=starts(world.referrals.start, r),
            by_target=moved(world.referrals.by_target, r),
            target_start=starts(world.referrals.target_start, r),
        ),
        events=ev._replace(
            target=np.concatenate(all_targets),
            target_start=np.append(0, np.cumsum([len(one) for one in all_targets])).astype(
                np.int64
            ),
        ),
        hazard=table(
            haz,
            community=moved(haz.community, n),
            community_start=starts(haz.community_start, c),
            receiver=moved(haz.receiver, n),
            receiver_start=starts(haz.receiver_start, v),
            residents=moved(haz.residents, n),
            resident_row=moved(haz.resident_row, q),
            protection=moved(haz.protection, i),
            tests=moved(haz.tests, i),
            labour=moved(haz.labour, i),
        ),
    )
