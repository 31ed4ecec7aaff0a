import numpy as np
import pytest

from crisis_abm.tables import build
from crisis_abm.tables.positions import place_organisations
from crisis_abm.tables.rows import FIGURES, Columns
from tests.tables.cases import several_areas


def columns(sizes, kinds=3):
    count, none = sum(sizes), np.zeros(sum(sizes))
    return Columns(
        ids=[f"o{row}" for row in range(count)],
        names=[],
        kinds=[f"k{kind}" for kind in range(kinds)],
        areas=[f"a{area}" for area in range(len(sizes))],
        kind=np.arange(count, dtype=np.int32) % kinds,
        area=np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
        stay=none,
        position=np.full((count, 2), np.nan),
        **dict.fromkeys(FIGURES, none),
    )


def nearest(points):
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return apart.min()


@pytest.mark.parametrize(
    "sizes", [[1], [2], [7], [8], [50], [1, 1], [3, 40, 1], [20] * 10, [9] * 30, [0, 5, 0]]
)
def test_nobody_stands_on_anybody(sizes):
    points = place_organisations(columns(sizes), np.arange(3.0))
    assert np.isfinite(points).all()
    assert len(points) < 2 or nearest(points) > 0.99


def test_areas_do_not_mix():
    sizes = [30, 5, 60]
    table = columns(sizes)
    points = place_organisations(table, np.arange(3.0))
    centres = np.array([points[table.area == area].mean(axis=0) for area in range(3)])
    closest = np.linalg.norm(points[:, None] - centres[None], axis=2).argmin(axis=1)
    assert (closest == table.area).all()


def test_the_highest_rank_stands_in_the_middle():
    table = columns([3 * 30])
    points = place_organisations(table, np.array([1.0, 3.0, 2.0]))
    out = np.linalg.norm(points, axis=1)
    assert out[table.kind == 1].max() <= out[table.kind == 2].min() + 1e-9
    assert out[table.kind == 2].max() <= out[table.kind == 0].min() + 1e-9


def test_areas_stand_where_they_are_said_to_be():
    given = {"a0": (100.0, 50.0), "a1": (400.0, 50.0)}
    table = columns([12, 40])
    points = place_organisations(table, np.arange(3.0), given)
    for area, place in enumerate(given.values()):
        centre = points[(table.area == area)][0]
        assert np.linalg.norm(centre - place) < 150
    assert nearest(points) > 1


def test_given_positions_are_kept():
    table = columns([5])
    table.position[2] = 9.0, -3.0
    points = place_organisations(table, np.arange(3.0))
    assert points[2].tolist() == [9.0, -3.0]
    assert np.isfinite(points).all()


def test_the_same_every_time():
    table = columns([100] * 20)
    points = place_organisations(table, np.arange(3.0))
    np.testing.assert_array_equal(points, place_organisations(table, np.arange(3.0)))


def test_scenario_positions_reach_the_tables():
    made = several_areas(["north", "south"])
    changes = {"areas.north.position": [0.0, 0.0], "areas.south.position": [1000.0, 0.0]}
    tables = build(made.with_(changes))
    north = tables.positions[tables.world.organisations.area == 0]
    assert np.abs(north).max() < 500
    assert np.abs(north).max() > 100
