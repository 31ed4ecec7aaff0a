"""Every notebook of docs/ runs as it stands, and shows what is stored in it."""

import nbformat
import pytest

from tests.notebooks import ABOUT_THE_KERNEL, executed, notebooks, shown

LARGEST = 300_000  # bytes
every_notebook = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)


def test_there_are_notebooks():
    assert notebooks()


@pytest.mark.published
@every_notebook
def test_a_notebook_shows_what_is_stored(path):
    stored = nbformat.read(path, as_version=4)
    for before, now in zip(shown(stored), shown(executed(path)), strict=True):
        assert now == before, "to renew it: make notebooks"


@every_notebook
def test_a_notebook_is_stored_in_order_and_without_warnings(path):
    stored = nbformat.read(path, as_version=4)
    nbformat.validate(stored)
    assert path.stat().st_size < LARGEST
    assert stored.metadata == ABOUT_THE_KERNEL
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    shows = [output for cell in shown(stored) for output in cell["shows"]]
    assert not [output for output in shows if {"stderr", "error"} & output.keys()]
    assert any("image/png" in output for output in shows)
