"""Reports as a worker writes them: they say what the page says, and need nothing else."""

import html
import re
import tomllib

import pytest

from crisis_abm.analysis.cascade.trace import trace
from crisis_abm.dashboard.reporting import cascade_report_of
from crisis_abm.report.cascade.words import chain_text, trace_finding
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Scenario
from tests.cli.small import SMALL


@pytest.fixture(scope="module")
def town():
    return Scenario.from_dict(tomllib.loads(SMALL))


def test_a_traced_crisis_is_told_with_the_way_to_whom_was_chosen(town):
    found = trace(town, "siloed", 0, 1, workers=1)
    worst = max(found.hits, key=lambda hit: hit.harm)
    chosen = found.run.tables.ids[worst.organisation]
    text = html.unescape(cascade_report_of(Prepared(town), ("siloed", 0, 1, chosen)))
    assert trace_finding(found) in text
    assert chain_text(found, worst) in text
    for one in found.roots:
        assert one.root.title in text
    assert not re.search(r"""(src|href)=["']?https?:""", text)
    assert "<script" not in text


def test_who_was_not_hit_is_said_so(town):
    text = cascade_report_of(Prepared(town), ("siloed", 0, 1, "<b>nobody</b>"))
    assert "It was not hit in this crisis." in text
    assert "<b>nobody" not in text
