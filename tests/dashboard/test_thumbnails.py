"""Small pictures: every scenario has one, a large one without building its network."""

import re

import pytest

from crisis_abm.dashboard.data.thumbnails import HEIGHT, WIDTH, thumbnail, thumbnail_of_groups
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Scenario, ready_made_scenarios

DOT = re.compile(r'<circle cx="(\S+)" cy="(\S+)" r="(\S+)"')


def _dots(picture):
    return [tuple(map(float, found)) for found in DOT.findall(picture)]


@pytest.mark.parametrize("key", ["england", "first_wave", "local_shock"])
def test_a_dot_for_every_kind_in_every_area_inside_the_picture(key):
    scenario = Scenario.load(ready_made_scenarios()[key])
    dots = _dots(thumbnail_of_groups(scenario))
    assert len(dots) == len(scenario.census())
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y, _ in dots)
    sizes = dict(zip(scenario.census(), (radius for *_, radius in dots), strict=True))
    counts = scenario.census()
    assert max(sizes, key=sizes.get) == max(counts, key=counts.get)


def test_a_dot_for_every_organisation_where_there_are_few():
    prepared = Prepared(Scenario.load(ready_made_scenarios()["local_shock"]))
    picture = thumbnail(prepared)
    assert len(_dots(picture)) == 64
    assert picture.count("<path") > 100
