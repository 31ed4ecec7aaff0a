"""What went wrong is told and logged in lines that steer no terminal and pass for no other."""

import io
import logging

import pytest

from crisis_abm.dashboard.scenarios.fields import read
from crisis_abm.dashboard.scenarios.problems import PlainLines, sentences
from crisis_abm.scenario.schema.fields import Names, Number

ODD = "from a file: \x1b[2J \x9b31m \u202e\nERROR: root: all is well\r"


@pytest.fixture
def log():
    written, logger = io.StringIO(), logging.getLogger("crisis_abm")
    handler = logging.StreamHandler(written)
    handler.setFormatter(PlainLines("%(levelname)s: %(name)s: %(message)s"))
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)


def test_what_nobody_foresaw_is_told_and_logged_without_what_steers_a_terminal(log):
    try:
        raise ValueError(ODD)
    except ValueError as error:
        (told,) = sentences(error)
    assert told.isprintable() and "\\u202e" in told and "all is well" in told
    lines = log.getvalue().rstrip("\n").split("\n")
    assert all(line.isprintable() for line in lines)
    assert [line for line in lines if not line.startswith("  ")] == [
        "ERROR: crisis_abm.dashboard.scenarios.problems: a page's question failed"
    ]
    assert "Traceback" in lines[1] and any("\\x" in line or "\\u001b" in line for line in lines)


@pytest.mark.parametrize("written", ["1\ny = 2", "1\n[table]", "1 # one\ny.z = 2"])
def test_a_field_that_goes_on_with_other_keys_holds_no_value(written):
    assert read(written, Number) == written


def test_a_list_that_goes_on_with_other_keys_is_no_list_of_names():
    assert read('["a"]', Names) == ["a"]
    assert read('["a"]\ny = 2', Names) != ["a"]
