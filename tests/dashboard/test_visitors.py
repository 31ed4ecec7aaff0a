"""Places for open pages: taken, given back, and kept by nobody for others to go without."""

import threading
from types import SimpleNamespace

import pytest

pytest.importorskip("solara")
from crisis_abm.dashboard.visitors import Pages, visitor_of
from tests.dashboard.loops import answer_of

ID = "0123456789abcdef0123456789abcdef"


class _Kernels(dict):
    """Stands for solara's: who enters has one, which has shown something unless told otherwise."""

    def open(self, kernel, shown=True):
        close = lambda reason: self.pop(kernel)  # noqa: E731
        self[kernel] = SimpleNamespace(
            container=object() if shown else None, close=close, closed_event=threading.Event()
        )


@pytest.fixture
def kernels():
    return _Kernels()


@pytest.fixture
def pages(kernels):
    return Pages(8, kernels)


def _enter(pages, kernels, kernel, visitor="a", address="1", shown=True):
    place = answer_of(pages.enter(kernel, visitor, address))
    if place is not None and kernel not in kernels:
        kernels.open(kernel, shown)
    return place


def _leave(pages, place):
    answer_of(pages.leave(place))


def test_one_visitor_has_half_of_the_places_and_others_the_rest(pages, kernels):
    assert all(_enter(pages, kernels, f"a{n}") for n in range(4))
    assert not pages.has_room("a", "1")
    assert not _enter(pages, kernels, "a4")
    assert pages.has_room("b", "1")
    assert _enter(pages, kernels, "b0", "b")


def test_one_address_leaves_places_to_others_whatever_it_calls_itself(pages, kernels):
    entered = [_enter(pages, kernels, f"k{n}", f"v{n}") for n in range(20)]
    assert sum(place is not None for place in entered) == 6
    assert not pages.has_room(None, "1")
    assert pages.has_room(None, "2")
    assert _enter(pages, kernels, "other", "other", "2")
    assert _enter(pages, kernels, "last", "other", "2")
    assert not pages.has_room("x", "3")


def test_a_page_that_was_left_makes_room_and_an_open_one_does_not(pages, kernels):
    places = [_enter(pages, kernels, f"a{n}") for n in range(4)]
    _leave(pages, places[1])
    _leave(pages, places[2])
    assert set(kernels) == {"a0", "a1", "a2", "a3"}  # it may come back
    assert _enter(pages, kernels, "a4")
    assert set(kernels) == {"a0", "a2", "a3", "a4"}
    assert _enter(pages, kernels, "a2")  # it does
    assert not _enter(pages, kernels, "a5")


def test_what_never_showed_anything_goes_at_once(pages, kernels):
    for n in range(50):
        _leave(pages, _enter(pages, kernels, f"k{n}", shown=False))
    assert not kernels
    assert pages.has_room("a", "1")


def test_nobody_enters_anothers_page(pages, kernels):
    _enter(pages, kernels, "a0")
    assert not _enter(pages, kernels, "a0", "b")
    kernels.open("solaras")
    assert not _enter(pages, kernels, "solaras")


def test_a_page_may_reconnect_before_its_old_connection_ends(pages, kernels):
    *places, refused = [_enter(pages, kernels, "a0") for _ in range(4)]
    assert all(places) and refused is None
    for place in places:
        _leave(pages, place)
    del kernels["a0"]  # closed by solara
    assert _enter(pages, kernels, "a0", "b")  # free again


def test_a_page_that_was_closed_makes_room_before_its_connection_ends(pages, kernels):
    places = [_enter(pages, kernels, f"a{n}") for n in range(4)]
    pages.close("a0")
    assert not pages.has_room("a", "1")  # it is still there
    del kernels["a0"]
    pages.close("a0")
    again = _enter(pages, kernels, "a0")
    assert again
    _leave(pages, places[0])
    assert again.connections == 1 and not pages.has_room("a", "1")


@pytest.mark.parametrize("value", ["", "1", "a" * 65, "a" * 31 + ";", "ä" * 40])
def test_a_cookie_that_nobody_was_given_is_nobodys(value):
    assert visitor_of({"solara-session-id": value}) is None
    assert visitor_of({"solara-session-id": ID}) == ID
    assert visitor_of({}) is None
