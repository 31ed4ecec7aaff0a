"""The plain model against figures worked out by hand from docs/model.md."""

from math import exp
from typing import Any

import pytest
from pytest import approx

from tests.plain.worked import SOMEBODY, pair, plain, shop, two_customers, two_homes


def chain(policy="siloed"):
    """A shop serves 10 a day from 2 days of goods; its supplier is out in ticks 0 to 2."""
    return plain(
        policy,
        resources={"goods": {"storable": True, "cover": 2}},
        kinds={
            "shop": {**SOMEBODY, "needs": {"goods": {"use": 1.0, "criticality": 1.0}}},
            "works": {**SOMEBODY, "harm": 0.0, "makes": {"goods": {"make": 1.0}}},
        },
        organisations=[shop("shop", 10.0), {"id": "works", "kind": "works", "capacity": 10.0}],
        supply=[{"resource": "goods"}],
        events=[{"title": "out", "start": 0, "end": 3, "capacity": 0.0, "kinds": ["works"]}],
    )


@pytest.mark.smoke
def test_a_shop_runs_dry_and_recovers():
    model = chain()
    assert model.input_stock == [10.0]  # (cover - 1) × 10; the works holds (0 + 1) × 10
    assert model.output_stock == [10.0]
    seen = []
    for _ in range(6):
        model.step()
        seen.append(
            (
                model.order[0],
                model.shipped[0],
                model.supply_fill[0],
                model.service[0],
                model.harm[0],
            )
        )
    # fear = 1 + 3·(1 − fill); order = 10·2·fear − stock. Stock is gone from tick 2 to 3.
    expected = [
        (10.0, 10.0, 1.0, 10.0, 0.0),
        (10.0, 0.0, 0.7, 10.0, 0.0),
        (20 * (1 + 3 * 0.3), 0.0, 0.49, 0.0, 5.0),
        (20 * (1 + 3 * 0.51), 0.0, 0.343, 0.0, 5.0),
    ]
    order = 20 * (1 + 3 * (1 - 0.343))
    fill = 0.343 + 0.3 * (10 / order - 0.343)
    expected.append((order, 10.0, fill, 10.0, 0.0))
    order = 20 * (1 + 3 * (1 - fill))
    expected.append((order, 10.0, fill + 0.3 * (10 / order - fill), 10.0, 0.0))
    assert seen == [approx(row, abs=1e-9) for row in expected]
    # Lapsed goods are remembered for `cover` ticks: half of it is forgotten every tick.
    lapsed = ((10 * 0.5 + 38) * 0.5 + 50.6) * 0.5 + expected[4][0] - 10
    assert model.lapsed[0] == approx(lapsed * 0.5 + order - 10)


def test_broad_measures_order_what_is_needed():
    model = chain("measures=1")
    for _ in range(10):
        model.step()
        assert model.order == approx(model.need)
    assert model.occurred["hoarding"] == 0


def test_shortfalls_name_what_was_short():
    model = chain()
    for _ in range(3):
        model.step()
    rows = {(row.organisation, row.cause, row.input): row.loss for row in model.shortfalls}
    assert rows == {(0, "input", 0): 10.0, (1, "event", -1): 10.0}
    assert model.shorted == [(0, 0, approx(10 * 0.5 + 38))]


@pytest.mark.parametrize(
    ("policy", "rationing", "works", "shipped"),
    [
        ("siloed", "priority", 6.0, [0.6, 5.4]),  # claims 8·(1/9) and 8
        ("siloed", "priority", 12.0, [4.0, 8.0]),  # offers 1.2 and 10.8; then what is left
        ("parity=1", "priority", 6.0, [3.0, 3.0]),
        ("parity=.5", "priority", 6.0, [6 * 5 / 14, 6 * 9 / 14]),  # 0.5 + 0.5/9 against 1
        ("parity=1,agenda=1", "priority", 6.0, [2.0, 4.0]),  # values 2/3 and 4/3 of their mean
        ("parity=1,agenda=.5", "priority", 6.0, [2.5, 3.5]),  # 8·(0.5 + 0.5·2/3) against 8·7/6
        ("siloed", "contract", 6.0, [3.0, 3.0]),
        ("siloed", "contract", 16.0, [8.0, 8.0]),
    ],
)
def test_a_works_rations(policy, rationing, works, shipped):
    model = two_customers(policy, rationing, works)
    model.step()
    assert model.shipped == approx(shipped)
    assert model.harm[:2] == approx([8 - shipped[0], 2 * (8 - shipped[1])])


def test_by_contract_what_one_does_not_claim_is_not_redistributed():
    event = {"title": "quiet", "start": 0, "demand": 0.25, "kinds": ["low"]}
    model = two_customers("siloed", "contract", events=[event])
    model.step()  # the works makes 6 again; from now on low orders 2
    model.step()
    assert model.deliverable == approx([2.0, 8.0])
    assert model.shipped == approx([2.0, 3.0])
    model = two_customers("parity=1", "priority", events=[event])
    model.step()
    model.step()
    assert model.shipped == approx([1.2, 4.8])


def test_value_is_harm_and_what_customers_make_of_it():
    model = two_customers("siloed")
    # A unit of power is worth 1 at low and 2 at high: half and half of its links is 1.5, but a
    # link's weight is its share of the customer's orders, 1 and 1. Nothing feeds back: γ = 1.
    assert model.value == approx([1.0, 2.0, 1.5])


@pytest.mark.parametrize(
    ("policy", "given"),
    [
        ("reciprocal", 20.0),  # lacks 10·2 days; a holds 90 and keeps 20
        ("reciprocity=1", 10.0),  # half known without communication
        ("reciprocity=.5,communication=1", 15.0),  # keeps 10·6, gives half of the other 30
        ("communication=1", 0.0),
    ],
)
def test_goods_are_lent(policy, given):
    model = two_homes(policy)
    model.step()
    assert model.aid_given == approx([given, 0.0])
    assert model.input_stock == approx([90 - given - 10, max(0.0, given - 10)])


def test_trust_fades_where_nothing_comes_back():
    model = two_homes("reciprocal")
    model.step()
    model.step()
    # b has 10 left and lacks 10 more; the balance is 20 after 5·10 a unit of trust.
    assert model.aid_given[0] == approx(10 * (0.5 + 1 / (1 + exp(20 / 50))))


def test_people_are_taken_over_and_staff_lent():
    labour = {"use": 1.0, "criticality": 1.0}
    figures: dict[str, Any] = {
        "resources": {"labour": {"storable": False}},
        "supply": [{"resource": "labour"}],
    }
    model = plain(
        "reciprocal",
        kinds={
            "home": {**SOMEBODY, "stay": 1e9, "needs": {"labour": labour}},
            "town": {**SOMEBODY, "makes": {"labour": {"make": 1.0}}},
        },
        organisations=[
            {"id": "a", "kind": "home", "caseload": 10.0, "capacity": 18.0},
            {"id": "b", "kind": "home", "caseload": 10.0, "capacity": 20.0},
            {"id": "town", "kind": "town", "capacity": 20.0},
        ],
        aid=[{"resource": "places"}, {"resource": "labour"}],
        events=[{"title": "flood", "start": 0, "capacity": 0.0, "organisations": ["b"]}],
        **figures,
    )
    model.step()
    assert model.places_given == approx([8.0, 0.0])
    assert model.caseload == approx([18.0, 1.0, 0.0])  # of the two left behind half come to harm
    # 10 staff came to each; b, without capacity, needs none and a needs 18.
    assert model.aid_given == approx([0.0, 8.0])
    assert model.service[:2] == approx([18.0, 0.0])


@pytest.mark.smoke
def test_an_organisation_fails_and_reopens():
    event = {"title": "flood", "start": 1, "end": 5, "capacity": 0.0}
    model = plain(
        resources={"goods": {"storable": True}},
        kinds={"shop": {"patience": 2, "recovery": 2, "harm": 0.1}},
        organisations=[shop("shop", 10.0)],
        events=[event],
    )
    status = []
    for _ in range(9):
        model.step()
        status.append(model.status[0])
        assert model.service[0] == (10.0 if model.tick in (1, 8, 9) else 0.0)
        if model.tick in (4, 5, 6, 7):
            assert [row.cause for row in model.shortfalls] == ["closed"]
    assert status == [0, 2, 3, 3, 3, 3, 0, 0, 0][: len(status)]


def test_two_that_need_one_another_reopen_together():
    model = pair(first_end=3, second_end=3, recovery=2)
    status = []
    for _ in range(6):
        model.step()
        status.append(tuple(model.status))
    # Both fail in tick 1, could reopen in 3 and 4, and then have a day's flow in hand.
    assert status == [(0, 0), (3, 3), (3, 3), (3, 3), (0, 0), (0, 0)]
    assert model.service == [10.0, 10.0]
    assert model.occurred["reopened together"] == 1


def test_without_recovery_it_takes_one_tick():
    model = pair(first_end=3, second_end=3, recovery=0)
    status = []
    for _ in range(5):
        model.step()
        status.append(tuple(model.status))
    assert status == [(0, 0), (3, 3), (3, 3), (0, 0), (0, 0)]


def test_one_does_not_reopen_without_the_other():
    model = pair(first_end=3, second_end=6, recovery=2)
    status = []
    for _ in range(8):
        model.step()
        status.append(tuple(model.status))
    assert status[1:] == [(3, 3)] * 6 + [(0, 0)]


def test_who_cannot_move_blocks_a_place():
    model = plain(
        kinds={"ward": {**SOMEBODY, "stay": 5.0}, "home": {**SOMEBODY, "stay": 1e9}},
        organisations=[
            {"id": "ward", "kind": "ward", "caseload": 10.0, "capacity": 20.0},
            {"id": "home", "kind": "home", "caseload": 10.0, "capacity": 10.5},
        ],
        referral=[{"from": ["ward"], "to": ["home"], "share": 0.6}],
    )
    model.step()
    # A fifth of 10 finish: 0.8 go home, 1.2 wait, for whom there is 0.5 of a place.
    assert model.completed[0] == approx(0.8)
    assert model.waiting == approx([0.7])
    assert model.caseload == approx([8.7, 10.5])
    model.step()  # of the 8 in treatment 1.6 finish, 0.96 to move on; the home is full
    assert model.waiting == approx([1.66])
    assert model.completed[0] == approx(0.64)


def test_communication_tells_how_empty_a_supplier_is():
    model = two_customers("communication=.5", works=4.0)
    model.step()
    assert model.belief == approx([0.8125, 0.8125])  # 1 + 0.25·(4/16 − 1)
