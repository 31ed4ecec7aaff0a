"""What can be said to the project is said in docs/reference.md, in the code's own words."""

from tests import reference


def test_nothing_is_without_words():
    assert reference.undocumented() == []


def test_the_page_says_what_the_code_says():
    """After a change: ``python -m tests.reference``."""
    assert reference.FILE.read_text(encoding="utf-8") == reference.text()


def test_everything_has_its_line():
    page = reference.text()
    for said in (
        "### crisis-abm sweep",
        "`--time-limit`",
        "### `[kinds.NAME.needs.NAME]`",
        "`criticality`",
    ):
        assert said in page
    assert "| `threshold` | number from 0 to 1 |" in page
    assert "| `steps` | whole number from 1 | `120` |" in page
    assert "[bold]" not in page
