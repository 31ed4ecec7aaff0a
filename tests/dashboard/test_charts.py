"""Columns as tables: what is read is rounded, what is saved is not."""

import csv

import numpy as np
import pytest

from crisis_abm.dashboard.components.charts import numbers
from crisis_abm.report.cells import as_csv


def _shown(columns, **headings):
    element = numbers("Caption", "file", columns, headings)
    return element.kwargs


def test_figures_are_rounded_on_the_screen_and_whole_in_the_file():
    shown = _shown(
        {"who": ["a", "b"], "harm": np.array([1 / 3, 12345.678])}, who="Who", harm="Harm"
    )
    assert shown["rows"] == [["a", "0.333"], ["b", "12,300"]]
    assert shown["figures"] == [False, True]
    assert shown["csv"] == "who,harm\na,0.3333333333333333\nb,12345.678\n"


def test_missing_figures_are_empty_and_texts_stay_left():
    columns = {"who": ["a", "b"], "vanishes": [1.5, ""], "why": ["", "less"], "n": [np.nan, 2.0]}
    shown = _shown(columns, who="", vanishes="", why="", n="")
    assert shown["rows"] == [["a", "1.5", "", ""], ["b", "", "less", "2"]]
    assert shown["figures"] == [False, True, False, True]


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_is_a_formula_for_a_spreadsheet(begins):
    text = as_csv({f"{begins}head": [f"{begins}1+1", f"a{begins}"], "n": np.array([-1.5, 2])})
    rows = list(csv.reader(text.splitlines(keepends=True)))
    assert rows[0] == [f"'{begins}head", "n"]
    assert rows[1] == [f"'{begins}1+1", "-1.5"]  # numbers stay numbers
    assert rows[2] == [f"a{begins}", "2.0"]


def test_numbers_among_texts_stay_numbers():
    assert as_csv({"x": [-1.5, "", "-"], "y": ["a,b", 'say "x"', 1]}) == (
        """x,y\n-1.5,"a,b"\n,"say ""x\"\"\"\n'-,1\n"""
    )


def test_csv_reads_back_to_the_bit():
    values = [0.1 + 0.2, 1e-17, 3.0]
    lines = as_csv({"x": values}).splitlines()[1:]
    assert [float(line) for line in lines] == values
