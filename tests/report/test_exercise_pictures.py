"""Pictures of an exercise: what stands in them, and that they stand where nothing differs."""

from __future__ import annotations

import numpy as np

from crisis_abm.report.exercise_pictures import decisions_figure, harm_figure
from crisis_abm.report.sections import Picture
from crisis_abm.report.style import drawing
from tests.exercise.small import valley


def texts(figure) -> list[str]:
    return [text.get_text().strip() for text in figure.axes[0].texts]


def test_every_decision_has_its_figure_and_what_is_shown_is_bold():
    effects = np.array([[1.0, np.nan], [1e-9, -3.0]])
    figure = decisions_figure(valley(), ["A", "B"], effects, np.array([[1, 0], [0, 0]]))
    assert texts(figure) == ["+1", "–", "0", "-3"]
    assert [one.get_fontweight() for one in figure.axes[0].texts] == ["bold", *["normal"] * 3]


def test_pictures_stand_where_nothing_differs_or_harms():
    decisions_figure(valley(), ["A"], np.zeros((1, 2)), np.zeros((1, 2), int))
    figure = harm_figure(valley(), np.zeros((3, 20)), [2, 6, 11, 15], "Nothing")
    assert texts(figure) == ["turn 1", "turn 2", "turn 3", "end"]


def test_no_text_of_a_picture_is_a_formula():
    def draw():
        return decisions_figure(valley(), ["$x^{2$"], np.ones((1, 1)), np.ones((1, 1), int))

    assert drawing(Picture("effects", "", draw, {})).svg.startswith("<svg")
