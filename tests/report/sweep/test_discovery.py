"""The report's part on scenario discovery: what a planner reads, and what is drawn."""

import numpy as np
import pytest

from crisis_abm.experiment.findings.pairs import QuestionError
from crisis_abm.report.page import write_page
from crisis_abm.report.sweep.discovery import discovery_section
from tests.experiment.known import known


def harm(worlds, setting):
    """Reciprocal costs 20 where supplies are small and everybody hoards; else it saves 20."""
    small = worlds["kinds.supplier.capacity"] < 17
    effect = np.where(small & (worlds["behaviour.hoarding"] > 3), 20.0, -20.0)
    return 100 + (effect * (setting == 1))[:, None]


def helps(worlds, setting):
    """It saves more the larger the supplies are."""
    return 100 - worlds["kinds.supplier.capacity"][:, None] * (setting == 1)


@pytest.fixture(scope="module")
def section():
    return discovery_section(known(harm))


def test_a_planner_reads_where_how_often_and_how_much_of_it(section):
    assert section.words[0].startswith(
        "Reciprocal is worse than siloed by more than 2 units of harm mostly where "
        "behaviour.hoarding is at least 3.03 and kinds.supplier.capacity is at most 16.4: "
    )
    assert section.words[0].endswith(
        "there in 100% of the states (16% over all); this covers 100% of the states where "
        "reciprocal harms (31 of 31)."
    )


def test_it_is_said_how_sure_it_is(section):
    text = " ".join(section.words)
    assert "which crises there were and which states were drawn" in text
    assert "Sought again in 50 random halves" in text
    assert "Every limit was found again in half of them or more." in text
    assert "A box says where, not why." in text


def test_limits_are_a_table_with_what_speaks_for_them(section):
    (table,) = section.tables
    columns = table.plain()
    assert sorted(columns["factor"]) == ["behaviour.hoarding", "kinds.supplier.capacity"]
    states = section.pictures[1].columns  # the box is as wide as the harmed states lie, no wider
    harmed = {name: column[states["of_interest"]] for name, column in states.items()}
    at_most = columns["at_most"][columns["factor"] == "kinds.supplier.capacity"]
    assert at_most.item() == harmed["kinds.supplier.capacity"].max() < 17
    at_least = columns["at_least"][columns["factor"] == "behaviour.hoarding"]
    assert at_least.item() == harmed["behaviour.hoarding"].min() > 3
    assert (columns["quasi_p"] < 0.001).all() and (columns["again"] > 40).all()


def test_pictures_carry_their_numbers(section):
    boxes, states, trade_off = section.pictures
    assert {len(column) for column in states.columns.values()} == {200}
    assert states.columns["of_interest"].sum() == (states.columns["mean"] > 0).sum()
    assert trade_off.columns["coverage"][0] == 1
    assert trade_off.columns["taken"].sum() == 1
    for picture in (boxes, states, trade_off):
        figure = picture.draw()
        figure.draw_without_rendering()
        assert figure.get_suptitle()
    assert "harms mostly where" in boxes.about


def test_no_state_outside_the_box_is_drawn_inside(section):
    _, states, _ = section.pictures
    (box,) = states.draw().axes[0].patches
    inside = box.get_bbox()
    columns = states.columns
    within = [
        inside.contains(*place)
        for place in zip(
            columns["behaviour.hoarding"], columns["kinds.supplier.capacity"], strict=True
        )
    ]
    assert within == columns["of_interest"].tolist()  # density and coverage are 1


def test_a_page_takes_it(tmp_path, section):
    write_page(tmp_path / "page.html", "Known", [], [section], [])
    assert "mostly where" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_where_nothing_is_harmed_it_is_said_and_asked_where_it_helps_least():
    found = discovery_section(known(helps))
    assert found.words[0] == (
        "In none of 200 states of the world reciprocal is worse than siloed by more than 2 units "
        "of harm."
    )
    assert found.words[1].startswith(
        "Reciprocal is better than siloed by less than 15 units of harm, or worse, mostly where "
        "kinds.supplier.capacity is at most 15"
    )
    assert [picture.name for picture in found.pictures] == [
        "boxes_helps_least",
        "states_helps_least",
        "trade_off_helps_least",
    ]


def test_where_all_are_harmed_it_is_said():
    found = discovery_section(known(helps), question="helps", by=1)
    assert found.words == [
        "In all 200 states of the world reciprocal is better than siloed by more than 1 units of "
        "harm."
    ]
    assert not found.pictures


def test_a_few_states_are_listed():
    def few(worlds, setting):
        rare = worlds["kinds.supplier.capacity"] < 10.5
        return 100 + (np.where(rare, 20.0, -20.0) * (setting == 1))[:, None]

    found = discovery_section(known(few), question="harms")
    assert "5 of 200 states" in found.words[0]
    assert "too few to describe by a box" in found.words[0]
    (table,) = found.tables
    assert (table.plain()["kinds.supplier.capacity"] < 10.5).all()
    assert len(table.plain()["mean"]) == 5
    asked = "reciprocal is worse than siloed by more than 2 units of harm"
    assert table.title == f"The few states of the world in which {asked}"


def test_texts_are_drawn_too():
    def by_contract(worlds, setting):
        bad = worlds["resources.ppe.rationing"] == "contract"
        return 100 + (np.where(bad, 20.0, -20.0) * (setting == 1))[:, None]

    found = discovery_section(known(by_contract))
    assert "where resources.ppe.rationing is contract: there in 100%" in found.words[0]
    for picture in found.pictures:
        picture.draw().draw_without_rendering()


def test_one_factor_is_enough():
    sections = {"uncertainties": {"kinds.supplier.capacity": {"low": 10, "high": 30}}}
    found = discovery_section(known(helps, **sections), question="worst", by=85)
    assert [picture.name for picture in found.pictures] == ["boxes", "trade_off"]
    assert "reciprocal comes to more than 85 units of harm" in found.words[0].lower()


def test_a_question_that_is_none_is_refused():
    with pytest.raises(QuestionError, match='"why" is no question'):
        discovery_section(known(harm), question="why")


def test_with_one_setting_there_is_nothing_to_discover():
    found = discovery_section(known(harm, levers={}))
    assert found.words[0].startswith("There is nothing to discover. Has one setting")
