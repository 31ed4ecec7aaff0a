"""What an address says, and what it may not say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm.dashboard.view import View, address, view_of


@pytest.mark.parametrize("who", ["share:abc", "share:2", "share:-1", "kind:", "foo", "foo:bar", ""])
def test_who_is_everyone_where_an_address_makes_no_sense(who):
    assert view_of(f"who={who}").who == "everyone"


@pytest.mark.parametrize("who", ["everyone", "share:0.25", "kind:hospital", "area:north:east"])
def test_who_is_as_the_address_says(who):
    assert view_of(f"who={who}").who == who


@given(st.dictionaries(st.sampled_from([*View.__dataclass_fields__, "other"]), st.text()))
def test_no_address_is_an_error(said):
    from urllib.parse import urlencode

    view = view_of(urlencode(said))
    assert view_of(address("/", view).partition("?")[2]) == view
