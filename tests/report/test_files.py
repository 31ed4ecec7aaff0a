"""The files of a report."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np

from crisis_abm.report.page import report_files
from crisis_abm.report.style import drawing
from crisis_abm.runs.bundle import write_csv
from tests.report.pages import line, picture, section, table


def test_every_picture_and_table_has_its_files(tmp_path):
    columns = {"name": np.array(["a,b", 'c"d'], dtype=object), "value": np.array([0.1, np.nan])}
    counted, drawn = table(), picture("drawn", "A line.", columns)
    told = []
    files = report_files(
        "A report", [], [section(pictures=[drawn], tables=[counted])], [], lambda *p: told.append(p)
    )
    assert set(files) == {"report.html", "drawn.png", "drawn.svg", "drawn.csv", "counted.csv"}
    assert told == [(0, 1)]
    for name, write in files.items():
        write(tmp_path / name)
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse(tmp_path / "drawn.svg").getroot().tag.endswith("}svg")
    write_csv(tmp_path / "other.csv", [columns])
    assert (tmp_path / "drawn.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_a_drawing_is_the_same_each_time_and_keeps_its_scale():
    first, second = drawing(picture()), drawing(picture())
    assert first == second
    assert "Date" not in first.svg and "date" not in first.svg
    scales = {one for one in first.svg.split() if "scale(" in one}
    whole = line()
    assert scales  # letters are outlines, drawn at a scale of 1/64 and less
    assert all(len(one) > 12 for one in scales if one.startswith('transform="scale(0'))
    assert whole.get_suptitle() in first.svg
