"""The report after an exercise: of a whole one, of one in the middle, of one with bad words."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from crisis_abm.exercise import Exercise
from crisis_abm.exercise.after_action import after_action_report, as_page, as_tables, report_html
from crisis_abm.exercise.after_action.words import decision_words, effect
from crisis_abm.exercise.bots import bot, play_through
from crisis_abm.exercise.decisions import Decision
from crisis_abm.exercise.evaluation.counterfactuals import counterfactuals
from crisis_abm.exercise.log import KeptLog, LogError
from crisis_abm.exercise.sitting import LOG, Sitting
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import Alike
from tests.exercise.small import FILE, exercise, valley

CRISES = 5
EVIL = '=HYPERLINK("http://x")<script>alert(1)</script><img src=x onerror=alert(2)> $x^{2$'


def uncertain():
    return valley(uncertain={"events[0].capacity": {"low": 0.2, "high": 0.6}})


def begun(folder: Path, **changes) -> Sitting:
    sitting = Sitting.begin(folder, exercise(uncertain(), **changes), 3)
    sitting.start()
    return sitting


def played(folder: Path, **changes) -> Sitting:
    """Three turns: hoarding, then the works serve the home first, which lends, then nothing."""
    sitting = begun(folder, questions=["When did you know?"], theme="Supply", **changes)
    sitting.decide("wards", 0, {"orders": {"kit": {"units": 40}}, "reason": "while there is some"})
    sitting.advance()
    sitting.acknowledge("works", 2) if sitting.course.told_to("works")[1:] else None
    sitting.decide("works", 1, {"first": {"kit": ["home"]}, "reason": "frail"}, by="Ada")
    sitting.decide("home", 1, {"lend": {"kit": 0.5}, "calls": ["wards"], "say": "we have some"})
    sitting.note("The home was never asked.", "need")
    sitting.advance()
    sitting.hand_over("home", True)
    sitting.advance()
    sitting.rate("need", "M")
    sitting.answer("home", 0, "In the second turn.")
    sitting.promise("Ask the homes", "Council", "1 May")
    return sitting


class _Text(HTMLParser):
    """The text of a page by section, and the names of its elements and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sections: dict[str, str] = {}
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._in = "top"
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "section":
            self._in = dict(attrs)["id"]

    def handle_data(self, data):
        self.sections[self._in] = self.sections.get(self._in, "") + data


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    sitting = played(tmp_path_factory.mktemp("held") / "whole")
    yield sitting, after_action_report(sitting, CRISES, 1)
    sitting.close()


def test_the_page_says_what_was_held_told_decided_seen_rated_answered_and_promised(whole):
    text = _Text(as_page(whole[1])).sections
    assert "HSEEP" in text["top"] and "post-exercise report (UK)" in text["top"]
    assert "NHS theme: Supply" in text["top"] and "3 of 3 turns" in text["top"]
    for words in (
        "orders kit (40 a day)",
        "while there is some",
        "frail",
        "Ada",
        "standing policy",
    ):
        assert words in text["decisions"]
    assert "Half of the store is spoilt." in text["injects"] and "The foreman" in text["injects"]
    assert "kit" in text["injects"] and "× 0.5" in text["injects"]
    assert "The home was never asked." in text["notes"]
    assert "Order what is needed" in text["objectives"]
    assert "In the second turn." in text["hot-wash"]
    assert "Ask the homes" in text["plan"] and "1 May" in text["plan"]
    assert "handed over" in text["timeline"]
    assert "seed 0" in text["how-it-was-made"] and "fingerprint" in text["how-it-was-made"]


def test_who_decided_is_told_of_every_seat_and_turn(whole):
    table = next(
        t for one in whole[1].sections for t in one.tables if t.name == "decisions"
    ).plain()
    by = dict(
        zip(zip(table["turn"].tolist(), table["seat"], strict=True), table["by"], strict=True)
    )
    assert by[1, "Wards"] == "people" and by[2, "Works"] == "Ada"
    assert by[1, "Home"] == "standing policy: no answer in time"
    assert by[3, "Home"] == "standing policy: handed over"
    seats = next(t for one in whole[1].sections for t in one.tables if t.name == "seats").plain()
    assert seats["own"].tolist() == [1, 1, 1]


def test_figures_of_the_page_are_those_of_the_counterfactuals(whole):
    sitting, report = whole
    branch = sitting.course.branch
    sent = branch.events(sitting.exercise)
    result = counterfactuals(sitting.exercise, branch.closed(3), sent, CRISES, 1)
    tables = {table.name: table.plain() for one in report.sections for table in one.tables}
    ways = tables["counterfactuals"]
    assert ways["harm"].tolist() == [result.mean(way) for way in result.ways]
    assert ways["difference"].tolist() == [result.difference(way).mean for way in result.ways]
    paid = tables["who_paid"]
    siloed = result.by_payer(result.of("policy", policy="siloed")[0])
    for kind, more in zip(paid["kind"], paid["against_siloed"], strict=True):
        assert more == siloed[kind].mean
    picture = next(one for one in report.pictures if one.name == "harm")
    assert picture.columns["as_played"].sum() == pytest.approx(result.own())


def test_the_first_words_are_what_came_of_it_who_paid_and_what_mattered(whole):
    names = [one.name for one in whole[1].sections[:3]]
    assert names == ["outcome", "paid", "mattered"]
    first = [str(one.words[0]) for one in whole[1].sections[:3]]
    assert first[0].startswith("This crisis came to") and "than siloed" in first[0]
    assert "gainst siloed" in first[1]
    assert re.match(r"\(1\) .* in turn \d", first[2])


def test_the_same_page_comes_of_one_process_and_of_two(whole):
    sitting, report = whole
    assert as_page(report) == report_html(sitting, CRISES, 2)


def test_the_page_needs_nothing_else(whole):
    page = as_page(whole[1])
    text = _Text(page)
    assert not text.tags & {"script", "link", "iframe", "object"}
    assert not [name for name in text.attributes if name.startswith("on")]
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page) == []


def test_what_people_write_is_text_and_nothing_else(tmp_path):
    title = {"title": EVIL[-6:] + "W", "kinds": ["ward"]}
    sitting = begun(tmp_path / "held", seats={**FILE["seats"], "wards": title}, questions=["Why?"])
    sitting.edit(
        7,
        {"text": EVIL, "from": "me", "effect": {"title": EVIL, "capacity": 0.5, "kinds": ["ward"]}},
    )
    sitting.send(7)
    sitting.decide(
        "wards",
        0,
        {"orders": {"kit": {"units": 40}}, "calls": ["home"], "say": EVIL, "reason": EVIL},
        by=EVIL[:50],
    )
    sitting.join("home", EVIL[:50])
    sitting.note(EVIL)
    sitting.advance()
    sitting.answer("home", 0, EVIL)
    sitting.promise(EVIL, EVIL, EVIL)
    report = after_action_report(sitting, 2, 1)
    page, tables = as_page(report), as_tables(report)
    text = _Text(page)
    assert not text.tags & {"script"} and "onerror" not in text.attributes
    assert text.sections["plan"].count(EVIL) == 3
    for name in ("decisions", "injects", "notes", "answers", "plan", "timeline"):
        cells = [cell for row in csv.reader(io.StringIO(tables[f"{name}.csv"])) for cell in row]
        assert any(EVIL[:20] in cell for cell in cells), name
        assert not [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t")], name
    sitting.close()


def test_in_the_middle_it_says_how_far_it_was_played(tmp_path):
    sitting = begun(tmp_path / "held")
    sitting.decide("wards", 0, {"orders": {"kit": {"units": 40}}})
    before = after_action_report(sitting, 2, 1)
    assert "0 of 3 turns were played" in " ".join(before.sections[0].words)
    assert "Nobody decided anything" in before.sections[2].words[0]
    sitting.advance()
    after = after_action_report(sitting, 2, 1)
    assert "1 of 3 turns were played" in " ".join(after.sections[0].words)
    assert "Wards in turn 1" in after.sections[2].words[0]
    sitting.close()


def test_before_it_has_begun_there_is_a_report_too(tmp_path):
    sitting = Sitting.begin(tmp_path / "held", exercise(), 3)
    page = report_html(sitting, 2, 1)
    assert "No turn was closed yet." in page and "No inject was sent." in page
    sitting.close()


def test_two_branches_each_have_their_own_result_and_stand_beside_each_other(tmp_path):
    sitting = played(tmp_path / "held")
    sitting.rewind(1)
    sitting.advance()
    sitting.advance()
    report = after_action_report(sitting, CRISES, 1)
    sections = {one.name: one for one in report.sections}
    assert sections["branches"].words[0].startswith("Branch 2 came to")
    assert "branch 1" in sections["outcome_branch_1"].title
    first, last = (
        sections[name].tables[0].plain()["seat"].tolist() for name in ("ways_branch_1", "ways")
    )
    assert "home" in first and "home" not in last  # it lent in the first alone
    rows = next(t for t in sections["decisions"].tables).plain()
    assert set(rows["branch"].tolist()) == {1, 2}
    assert rows["turn"][rows["branch"] == 2].tolist() == [2, 2, 2, 3, 3, 3]
    sitting.close()


def test_a_report_takes_two_crises_at_least(tmp_path):
    sitting = begun(tmp_path / "held")
    with pytest.raises(ValueError, match="crises=1"):
        report_html(sitting, 1)
    sitting.close()


def test_a_sitting_is_only_looked_at(tmp_path):
    played(tmp_path / "held").close()
    files = {path.name: path.read_bytes() for path in (tmp_path / "held").iterdir()}
    looked = Sitting(KeptLog(tmp_path / "held" / LOG))
    report_html(looked, 2, 1)
    with pytest.raises(LogError, match="only looked at"):
        looked.note("no")
    looked.close()
    assert {path.name: path.read_bytes() for path in (tmp_path / "held").iterdir()} == files
    assert LOG in files


def test_a_log_is_looked_at_where_nothing_can_be_written_beside_it(tmp_path):
    played(tmp_path / "held").close()
    whole = KeptLog(tmp_path / "held" / LOG).entries()
    for ending in ("-wal", "-shm"):  # SQLite cannot make its own files of these names
        (tmp_path / "held" / f"{LOG}{ending}").mkdir()
    assert KeptLog(tmp_path / "held" / LOG).entries() == whole


def difference(mean, interval, alike=None) -> Difference:
    return Difference(mean, interval, (0.0, 0.0), 0, 0, 30, alike)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (difference(-13.0, (-14.9, -11.2)), "11.2 to 14.9 fewer deaths than siloed"),
        (difference(13.0, (11.2, 14.9)), "11.2 to 14.9 more deaths than siloed"),
        (
            difference(1.0, (-4.0, 6.0)),
            "between 4 fewer and 6 more deaths than siloed, which is no difference that 30 crises "
            "could show",
        ),
        (
            difference(0.0, None, Alike(0.0, 30, 30)),
            "as many deaths as siloed in 30 of 30 crises (up to 7.4% of crises may differ, "
            "90% sure)",
        ),
    ],
)
def test_an_effect_is_told_with_how_sure_it_is(one, words):
    assert effect(one, "deaths", "siloed", 30) == words


def test_what_was_said_of_no_difference_is_not_said_twice():
    one = difference(1.0, (-4.0, 6.0))
    told = effect(one, "deaths", "siloed", 30, doubted=False)
    assert told == "between 4 fewer and 6 more deaths than siloed"


def test_it_is_said_whether_working_together_helps_here_and_who_pays(whole):
    """In the valley the home has what the wards lack: lending helps them."""
    _, report = whole
    told = next(w for w in report.sections[0].words if w.startswith("Working together throughout"))
    sitting, branch = whole[0], whole[0].course.branch
    sent = branch.events(sitting.exercise)
    result = counterfactuals(sitting.exercise, branch.closed(3), sent, CRISES, 1)
    siloed, together = result.of("policy")
    one = result.difference(siloed, against=together)
    how = {-1: "helps here", 0: "is not shown to help here", 1: "does not help here"}[one.shown]
    assert f"(reciprocal) {how}" in told
    summed = sum(each.mean for each in result.by_payer(siloed, against=together).values())
    assert summed == pytest.approx(one.mean)


def test_a_decision_in_words():
    made = exercise()
    given = Decision.model_validate(
        {
            "orders": {"kit": {"units": 9, "suppliers": {"works": 1}}},
            "serve": "need",
            "lend": {"kit": 0.25},
            "places": 1,
            "calls": ["home", "works"],
            "say": "help",
        }
    )
    assert decision_words(made, given) == (
        "orders kit (9 a day, 100% from works); serves by need and worth; lends kit (25%); gives "
        "100% of its free places; calls Home and Works: “help”"
    )
    assert decision_words(made, Decision(reason="so")) == "leaves everything to standing policy"


def test_harm_of_the_crisis_that_was_played_is_that_of_its_replay(whole):
    sitting, report = whole
    record = sitting.played().state.record
    assert f"{record.harm.sum():.3g}" in report.finding
    np.testing.assert_allclose(
        report.pictures[0].columns["as_played"], record.group_harm.sum(axis=1)
    )


@pytest.mark.parametrize(("name", "players"), [("flood", 4), ("first_wave", 6)])
def test_of_the_ready_made_exercises_played_by_bots_there_is_a_report(tmp_path, name, players):
    made = Exercise.load(name)
    sitting = Sitting.begin(tmp_path / "held", made, players)
    play_through(sitting, {seat: bot("varied", made, seed=1) for seat in sitting.course.seats})
    report = after_action_report(sitting, 2)
    sections = {one.name: one for one in report.sections}
    assert sections["outcome"].words[0].startswith("This crisis came to")
    assert len(sections["ways"].tables[0]) > made.turns + players
    for part in ("story", "principles", "objectives", "expected", "hot-wash", "injects"):
        assert sections[part].tables or sections[part].pictures, part
    assert len(as_page(report)) > 100_000
    sitting.close()
