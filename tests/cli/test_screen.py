"""Where text goes: nothing is cut off, however narrow the screen or few the letters it knows."""

import io
import json
import sys

import pytest

from crisis_abm.cli import screen

WORDS = ["Organisations of the northern area", "supermarket", "−1,234.5 to 6,789.0", "ä" * 50]


def filled():
    table = screen.new_table()
    table.add_column("what there is")
    table.add_column("figure", justify="right", no_wrap=True)
    table.add_column("interval", justify="right", no_wrap=True)
    for word in WORDS:
        table.add_row(word, "123,456.7 days", word)
    return table


@pytest.mark.parametrize("columns", [20, 33, 60, 80, 200])
def test_no_table_loses_anything(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    screen.show(filled())
    shown = capsys.readouterr().out
    assert "…" not in shown
    letters = sorted("".join(shown.replace("─", "").split()))
    heads = "what there is figure interval" + "123,456.7 days" * len(WORDS)
    assert letters == sorted("".join((heads + "".join(WORDS) * 2).split()))
    if columns == 200:
        assert all(word in shown for word in WORDS)


@pytest.mark.parametrize("columns", ["0", "1", "19", "-1", "abc", "79.5"])
def test_a_width_that_cannot_be_is_that_of_an_ordinary_screen(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    assert screen.stdout().width == screen.stderr().width == 80


def test_json_is_whole_for_readers_of_few_letters(monkeypatch):
    data = {"title": "Zürich, 20 °C → 🏥", "folder": "caf\udce9"}
    for encoding in ("ascii", "cp1252", "utf-8"):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding))
        screen.show_json(data)
        sys.stdout.flush()
        assert json.loads(raw.getvalue().decode(encoding)) == data


def test_json_moves_no_cursor_and_turns_no_line(capsys):
    data = {"a": "\x9b31m \u202e \x7f \u2028 \U000e0041", "Zürich": ["🏥", "tab\t"]}
    screen.show_json(data)
    shown = capsys.readouterr().out
    assert all(sign.isprintable() or sign == "\n" for sign in shown)
    assert json.loads(shown) == data and "Zürich" in shown and "🏥" in shown
