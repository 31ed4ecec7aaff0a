"""The terminal, JSON, the page and the dashboard show the figures of one report object."""

from __future__ import annotations

import html
import json
import math
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from crisis_abm.cli import output
from crisis_abm.report.analyses import ANALYSES, analysis_named
from crisis_abm.report.cells import intervals, shown, texts
from crisis_abm.report.comparison import comparison_report
from crisis_abm.report.page import page_html
from crisis_abm.report.run import run_report
from crisis_abm.report.sections import Column, Report, Table, as_plain
from crisis_abm.runs import compare, run_once
from crisis_abm.scenario import Scenario
from tests.cli.small import SMALL

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8")
)
FEW: dict[str, dict[str, Any]] = {
    "weak-links": {
        "replicates": 3,
        "screening": 2,
        "top": 3,
        "pairs": 1,
        "forms": ["organisations", "stock"],
    },
    "coalition": {"replicates": 3, "screening": 1, "orders": 1},
    "principles": {"replicates": 3},
    "trace": {"policy": "siloed", "replicates": 3},
}


def town() -> Scenario:
    return Scenario.from_dict(tomllib.loads(SMALL))


def made(name: str) -> Report:
    if name == "run":
        return run_report(run_once(town(), "siloed", 0), "siloed", 0)
    if name == "compare":
        return comparison_report(compare(town(), replicates=4, workers=1))
    analysis = analysis_named(name)
    return analysis.report(analysis.run(town(), FEW[name], workers=1))


@pytest.fixture(scope="module", params=["run", "compare", *FEW])
def answer(request) -> tuple[str, Report]:
    return request.param, made(request.param)


def tables(report: Report) -> list[Table]:
    return [table for section in report.sections for table in section.tables]


def test_every_command_of_the_list_is_looked_at():
    assert set(FEW) == {one.name for one in ANALYSES if one.examples}


def test_json_keeps_to_its_schema_and_holds_every_figure(answer):
    name, report = answer
    told = json.loads(json.dumps(as_plain(name, report), allow_nan=False))
    jsonschema.validate(told, SCHEMA)
    for section, plain in zip(report.sections, told["sections"], strict=True):
        assert plain["words"] == list(section.words)
        for table in section.tables:
            columns = plain["tables"][table.name]["columns"]
            for key, values in table.plain().items():
                assert same(columns[key], values), (table.name, key)


def same(told: list[Any], values: np.ndarray) -> bool:
    def gap(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return told == [gap(value) for value in values.tolist()]


def test_the_page_shows_every_sentence_and_every_cell(answer):
    _, report = answer
    bare = [part_without_pictures(section) for section in report.sections]
    page = html.unescape(page_html(report.title, [report.finding], bare, report.about, {}))
    for section in report.sections:
        assert section.title in page
        assert all(text in page for text in section.words)
    for table in tables(report):
        read = shown(table, 200)
        for row in read.rows:
            assert all(cell in page for cell in row), (table.name, row)


def part_without_pictures(section):
    from dataclasses import replace

    return replace(section, pictures=())


def test_the_terminal_shows_the_same_figures(answer, monkeypatch, capsys):
    _, report = answer
    monkeypatch.setenv("COLUMNS", "400")
    output.show_report(report, lambda again: "again")
    told = " ".join(capsys.readouterr().out.split())
    flat = re.sub(r"\s+", " ", report.finding)
    assert flat in told
    for section in report.sections:
        for text in section.words:
            assert " ".join(text.split()) in told
        for table in section.tables:
            if table.first and (len(table) <= table.first or table.ranked):
                for column in table.columns:
                    assert cells_in(column, table.first, told), (table.name, column.name)


def cells_in(column: Column, rows: int, told: str) -> bool:
    if not column.heading:
        return True
    cells = [one for one in texts(column, rows) if one != "–"]
    cells += [] if column.below else intervals(column, rows, "…")  # small print has no intervals
    return all(" ".join(cell.split()) in told for cell in cells)


def test_the_dashboard_shows_the_same_rows(answer):
    """A table of an answer is the table of the page, with its file."""
    pytest.importorskip("solara")
    from crisis_abm.dashboard.components.charts import table_numbers
    from crisis_abm.report.cells import as_csv

    for table in tables(answer[1]):
        drawn = table_numbers(table, table.title, False, {}).kwargs
        read = shown(table, 2000)
        assert drawn["rows"] == read.rows and drawn["headings"] == read.headings
        assert drawn["csv"] == as_csv(table.plain())
