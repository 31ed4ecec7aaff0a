"""Reports as a worker writes them: they say what the page says, and need nothing else."""

import html
import re
import tomllib

import pytest

from crisis_abm.analysis.cascade.trace import trace
from crisis_abm.dashboard.data.comparing import comparison_page
from crisis_abm.dashboard.data.explaining import cascade_page
from crisis_abm.report.cascade_words import chain_text, trace_finding
from crisis_abm.report.comparison import comparison_report
from crisis_abm.report.finding import finding, how_far, still_filling
from crisis_abm.runs import Prepared, compare
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN
from tests.cli.small import SMALL


@pytest.fixture(scope="module")
def town():
    return Scenario.from_dict(tomllib.loads(SMALL))


def test_a_traced_crisis_is_told_with_the_way_to_whom_was_chosen(town):
    found = trace(town, "siloed", 0, 1, workers=1)
    worst = max(found.hits, key=lambda hit: hit.harm)
    chosen = found.run.tables.ids[worst.organisation]
    text = html.unescape(cascade_page(Prepared(town), (BUILT_IN["siloed"], 0, 1, chosen)))
    assert trace_finding(found) in text
    assert chain_text(found, worst) in text
    for one in found.roots:
        assert one.root.title in text
    assert not re.search(r"""(src|href)=["']?https?:""", text)
    assert "<script" not in text


def test_who_was_not_hit_is_said_so(town):
    text = cascade_page(Prepared(town), (BUILT_IN["siloed"], 0, 1, "<b>nobody</b>"))
    assert "It was not hit in this crisis." in text
    assert "<b>nobody" not in text


def test_a_report_made_while_crises_come_in_gives_no_verdict(town):
    result = compare(town, replicates=4, workers=1)
    text = html.unescape(comparison_page(Prepared(town), (result, 0, 30)))
    assert still_filling(result, 30) in text and "4 of 30, from seed 0" in text
    assert not re.search("No difference|came to .* than|worse off|doing better|90% sure", text)
    pictures = comparison_report(result, (), 30).pictures
    assert [one.draw().get_suptitle() for one in pictures] == [how_far(result, 30)]
    done = html.unescape(comparison_page(Prepared(town), (result, 0, None)))
    assert finding(result) in done and "Still filling" not in done
