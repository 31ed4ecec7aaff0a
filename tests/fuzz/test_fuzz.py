"""A handful of spoilt files, and that whoever watches over them sees what goes wrong.

Thousands: ``python -m tests.fuzz.scenarios --count 13000``, and ``.experiments``, ``.addresses``.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from crisis_abm.experiment.design import load
from crisis_abm.scenario.checks import size
from tests.fuzz import addresses, experiments, odd, scenarios
from tests.fuzz.harness import fuzz, made_from


@pytest.fixture(autouse=True)
def little_memory(monkeypatch):
    monkeypatch.setattr(size, "available_memory", lambda: scenarios.AVAILABLE)
    monkeypatch.setattr(load, "MOST_POINTS", 200)


@pytest.mark.parametrize(("module", "count"), [(scenarios, 20), (experiments, 5), (addresses, 20)])
def test_some_spoilt_files(module, count):
    words = Counter(module.case(made_from(1, number)) for number in range(count))
    assert words["refused"]
    assert words["ran"] or words["taken"] or words["a page"]


def test_what_goes_wrong_is_found_and_the_rest_goes_on():
    drawn = [made_from(0, number).choice(odd.KINDS) for number in range(40)]
    first = next(n for n in range(40) if {*drawn[n : n + 9]} == {*odd.KINDS})
    found = fuzz("tests.fuzz.odd", 9, first=first, seconds=0.3)

    kinds = drawn[first : first + 9]
    assert found.words == Counter(fine=kinds.count("fine"))
    told = {kinds[number - first]: what for number, what in found.faults}
    assert len(found.faults) == 9 - kinds.count("fine")
    assert "not ended after 0.3 s" in told["hangs"]
    assert "exit code 9" in told["dies"]
    assert "more than 1.5 GB" in told["eats"]
    assert "OverflowError: too large" in told["raises"]
    assert f"{len(found.faults)} faults" in str(found)


def test_a_case_is_made_from_its_number_alone():
    assert made_from(3, 7).random() == made_from(3, 7).random() != made_from(3, 8).random()
    texts = [scenarios.text_of(random.Random(f"{n}")) for n in range(3)]
    assert texts == [scenarios.text_of(random.Random(f"{n}")) for n in range(3)]
