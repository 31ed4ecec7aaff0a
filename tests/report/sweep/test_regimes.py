"""The report's part on regimes: what it says, what it draws, and where there is no map."""

import dataclasses

import numpy as np
import pytest

from crisis_abm.experiment.findings.pairs import QuestionError
from crisis_abm.experiment.findings.regimes import regime_map
from crisis_abm.report.page import write_page
from crisis_abm.report.sweep.regime_words import axis_words, headline, regime_words
from crisis_abm.report.sweep.regimes import judged_outcome, regime_maps, regime_section
from tests.experiment.known import known, pairs
from tests.experiment.wards import experiment

GRID = {"method": "full_factorial", "levels": 5}


def harm(worlds, setting):
    """Reciprocal, the second setting, saves 20 where supplies are large and costs 20 elsewhere."""
    ample = worlds["kinds.supplier.capacity"] > 19
    effect = np.where(ample, -20.0, 20.0) * (setting == 1)
    return 100 + effect[:, None] * (1 + worlds["behaviour.hoarding"][:, None] / 10)


@pytest.fixture(scope="module")
def section():
    return regime_section(known(harm, design=GRID))


def test_the_finding_comes_first(section):
    assert section.words[0] == (
        "Reciprocal against siloed, over kinds.supplier.capacity from 10 to 30 and "
        "behaviour.hoarding from 1 to 5: it helps in 60% of the states (15 of 25 cells) and harms "
        "in 40% of the states (10 of 25 cells). No cell shows that it makes no difference."
    )
    assert section.words[1].startswith(
        "Most help where kinds.supplier.capacity is 20 and behaviour.hoarding is 5: 30 fewer"
    )


def test_it_is_said_how_sure_it_is_and_of_what(section):
    how = next(text for text in section.words if text.startswith("How sure"))
    assert "which 6 crises there were" in how
    assert "which states" not in how  # a grid is given, not drawn
    assert "Benjamini and Hochberg" in how
    assert "2% of the mean under siloed" in how
    drawn = regime_section(known(harm)).words
    assert any("which 200 states of the world were drawn" in text for text in drawn)


def test_why_these_factors_is_said(section):
    told = next(text for text in section.words if text.startswith("The factors"))
    assert "the two that tell most" in told
    assert told.index("kinds.supplier.capacity") < told.index("resources.ppe.rationing")


def test_the_picture_carries_its_numbers(section):
    (picture,) = section.pictures
    columns = picture.columns
    assert {len(column) for column in columns.values()} == {25}
    ample = columns["kinds.supplier.capacity"] > 19
    assert (columns["regime"] == np.where(ample, "helps", "harms")).all()
    assert (columns["states"] == 2).all()
    assert (columns["low"] <= columns["mean"]).all()
    assert "helps in 60%" in picture.draw().get_suptitle()


def test_shares_and_cells_are_tables(section):
    shares, cells = section.tables
    assert shares.plain()["shown"].sum() == pytest.approx(100)
    assert len(cells.plain()["mean"]) == 25


def test_cells_that_go_both_ways_are_told_with_what_may_be_the_reason():
    wide = regime_section(known(harm)).words  # a cell from 15 to 20 holds both sides of 19
    assert any(words.endswith("decide there, or the cells are too wide.") for words in wide)

    def by_contract(worlds, setting):
        bad = worlds["resources.ppe.rationing"] == "contract"
        return 100 + (np.where(bad, 20.0, -20.0) * (setting == 1))[:, None]

    named = ("kinds.supplier.capacity", "behaviour.hoarding")
    grid = regime_section(known(by_contract, design=GRID), factors=named).words
    assert any(words.endswith("Other factors decide there.") for words in grid)


def test_every_further_setting_has_a_map_with_the_same_axes():
    sweep = known(harm, design=GRID, levers={"policy": ["siloed", "reciprocal", "agenda=1"]})
    found = regime_section(sweep)
    assert [picture.name for picture in found.pictures] == ["regimes_1", "regimes_2"]
    axes = {(one.across.name, one.up.name) for one in regime_maps(sweep)}
    assert axes == {("kinds.supplier.capacity", "behaviour.hoarding")}
    third = next(text for text in found.words if text.startswith("agenda=1 against siloed"))
    assert "it makes no difference that matters in 100%" in third
    assert sum(text.startswith("How sure") for text in found.words) == 1


def test_factors_may_be_named():
    named = ("behaviour.hoarding", "resources.ppe.rationing")
    found = regime_section(known(harm, design=GRID), factors=named)
    assert "resources.ppe.rationing (contract, priority)" in found.words[0]
    assert any("The factors of the map are named" in text for text in found.words)
    assert {len(column) for column in found.pictures[0].columns.values()} == {10}


def test_a_page_takes_it(tmp_path, section):
    write_page(tmp_path / "page.html", "Known", [], [section], [])
    assert "it helps in 60%" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_without_two_factors_it_is_said_that_there_is_no_map():
    def alone(worlds, setting):
        return 100 - worlds["kinds.supplier.capacity"][:, None] * (setting == 1)

    one = known(alone, uncertainties={"kinds.supplier.capacity": [10, 30]}, design={})
    found = regime_section(one)
    assert found.words == [
        "There is no map. Only kinds.supplier.capacity differs between its states of the world, "
        "and a map needs two factors; add to [uncertainties] and sweep again."
    ]
    assert not found.pictures


def test_who_names_a_factor_that_is_not_there_is_told():
    with pytest.raises(QuestionError, match=r"sweep: events\[0\].end does not differ"):
        regime_section(known(harm), factors=("events[0].end", "behaviour.hoarding"))


def test_the_outcome_that_is_judged():
    assert judged_outcome(known(harm)) == "harm"
    with pytest.raises(QuestionError, match=r"under \[outcomes\]"):
        judged_outcome(known(harm, outcomes={"stock_lent": "neither"}))


@pytest.mark.parametrize("axis", [range(24), ["a", "b"], [False, True], [1e-6, 2e-6, 1e6]])
def test_any_map_can_be_drawn(axis):
    from crisis_abm.report.sweep.regimes import draw_map

    x, y = np.meshgrid(axis, np.arange(3) / 7)
    differences = np.random.default_rng(0).normal(0, 5, (x.size, 4))
    differences[0] = 0
    data = pairs({"x": x.ravel(), "y": y.ravel()}, differences, together=0)
    found = regime_map(data, ("x", "y"))
    draw_map(found, "harm", {"x": axis[0], "y": 0.1}).draw_without_rendering()


def test_cells_without_states_are_told_apart_in_words_table_and_picture():
    from crisis_abm.report.sweep.regimes import draw_map

    x, y = np.repeat([1.0, 4.0, 4.0], (16, 16, 3)), np.repeat([1.0, 4.0, 1.0], (16, 16, 3))
    found = regime_map(pairs({"x": x, "y": y}, -20 + np.eye(35, 6)), ("x", "y"))
    assert found.regime.tolist() == [["helps", "too few states"], ["no state", "helps"]]
    share = found.share("helps")
    assert (
        share.cells == 2
        and share.shown == pytest.approx(32 / 35)
        and found.share("no state").shown == 0
    )
    title = headline(found, "harm")
    assert title.endswith(
        "helps in 91%, too few to tell in 9% of the states; 1 of 4 cells holds no state"
    )
    told = regime_words(found, experiment().scenario)[0]
    assert "it helps in 91% of the states (2 of the 3 cells that hold any)." in told
    assert "In 9% of the states (1 of the 3 cells that hold any) too few" in told
    assert told.endswith("1 of 4 cells holds no state.")
    figure = draw_map(found, "harm", {})
    figure.draw_without_rendering()
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "too few states (1)" in legend and "blank: no state (1)" in legend
    assert "1 of 4 cells holds no state" in figure.get_suptitle().replace("\n", " ")


def test_axes_are_as_exact_as_their_width_warrants():
    found = regime_map(pairs({"x": [0.0002937, 0.2, 0.1], "y": [1, 2, 3]}, np.eye(3, 4)))
    axis = dataclasses.replace(found.across, name="x", lows=(0.0002937, 0.1), highs=(0.09, 0.2))
    assert axis_words(axis) == ["0.0003 to 0.09", "0.1 to 0.2"]
    years = dataclasses.replace(axis, lows=(2019, 2021), highs=(2020, 2021))
    assert axis_words(years) == ["2,019 to 2,020", "2,021"]
