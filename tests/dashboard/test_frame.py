"""A page that fails: a box in its place, everything around it as ever."""

import pytest
import solara

from crisis_abm.dashboard.components import frame
from crisis_abm.dashboard.components.frame import Frame
from crisis_abm.dashboard.components.html import tag
from crisis_abm.dashboard.scenarios.library import Library
from crisis_abm.dashboard.widgets.controls import Button


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """Draw a page in its frame; answers with what it is made of."""
    monkeypatch.setattr(frame, "library", lambda: Library(tmp_path, "visitor"))
    drawn = []

    def show(page):
        routes = [solara.Route("/", component=lambda: None)]
        framed = solara.RoutingProvider(routes=routes, pathname="/", children=[Frame([page])])
        _, rc = solara.render(framed, handle_error=False)
        drawn.append(rc)
        return rc

    yield show
    for rc in drawn:
        rc.close()


def _everything(widget):
    """Widgets and texts of the page."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _everything(child)


def _words(rc):
    return [one for one in _everything(rc.container) if isinstance(one, str)]


def test_a_page_that_fails_is_said_so_and_can_be_tried_again(shown, caplog):
    broken = [True]

    @solara.component
    def Fragile():
        if broken[0]:
            raise KeyError("harm")
        tag("p", "all is well")

    rc = shown(Fragile())
    words = _words(rc)
    assert "This page could not be shown" in words
    assert any("KeyError: 'harm'" in one for one in words)
    assert {"Compare", "Why", "Weak links", "Scenarios", "Other scenarios"} <= set(words)
    assert "a page failed" in caplog.text  # with its traceback, for those who run the server
    broken[0] = False
    buttons = [one for one in _everything(rc.container) if isinstance(one, Button)]
    (again,) = [one for one in buttons if one.label == "Try again"]
    again.presses += 1
    assert "all is well" in _words(rc)
    assert "This page could not be shown" not in _words(rc)


def test_a_page_that_does_not_fail_stands_in_its_frame(shown):
    words = _words(shown(tag("p", "all is well")))
    assert {"all is well", "Compare", "Skip to the page"} <= set(words)
