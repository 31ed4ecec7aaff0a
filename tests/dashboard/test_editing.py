"""Editing a file place by place: every key is reached, comments stay, faults are the schema's."""

import re
import tomllib

import pytest

from crisis_abm.dashboard.scenarios.editing import added, form, put
from crisis_abm.dashboard.scenarios.fields import about_key, names_of_entries
from crisis_abm.scenario import Scenario, ScenarioError, ready_made_scenarios
from crisis_abm.scenario.io.editor import without
from crisis_abm.scenario.paths import model_of, step_into
from crisis_abm.scenario.schema import Content

LIBRARY = ready_made_scenarios()


def _places(text, place=()):
    """Every form that can be reached, from the top."""
    shown = form(text, place)
    yield shown
    for inner in shown.inner:
        if inner.there:
            yield from _places(text, inner.place)


@pytest.mark.parametrize("name", LIBRARY)
def test_every_ready_made_scenario_goes_through_every_form_unchanged(name):
    text = LIBRARY[name].read_text(encoding="utf-8")
    fields = [field for shown in _places(text) for field in shown.fields]
    assert sum(bool(field.value) for field in fields) > 30
    for field in fields[:: max(1, len(fields) // 120)]:
        assert put(text, field.place, field.value) == text, field.place


def _another(field):
    """Another value of the same sort."""
    if field.choices:
        return next(word for word in field.choices if word != field.value)
    if field.is_list or not re.match(r"[\d.-]", field.value):
        return f"{field.value} more"
    return "7" if re.fullmatch(r"[\d._-]+", field.value) else f"{field.value}0"


@pytest.mark.parametrize("name", LIBRARY)
def test_a_value_that_is_changed_and_changed_back_leaves_all_else(name):
    text = LIBRARY[name].read_text(encoding="utf-8")
    data, comments = tomllib.loads(text), _comments(text)
    fields = [field for shown in _places(text) for field in shown.fields if field.value]
    for field in fields[:: max(1, len(fields) // 15)]:
        other = put(text, field.place, _another(field))
        assert tomllib.loads(other) != data, field.place
        again = put(other, field.place, field.value)
        assert tomllib.loads(again) == data, field.place
        assert _comments(again) == comments


def _comments(text):
    """Lines that are a comment, and comments behind a value."""
    return re.findall(r"^#.*|^[^\"'\n]*?(#.*)", text, re.MULTILINE)


def _names(made):
    return {one.name for one in made.fields} | {one.name for one in made.inner}


def test_every_key_of_the_schema_has_a_field_or_a_form():
    from crisis_abm.scenario.schema.shocks import Event

    top = form('title = "t"\n', ())
    assert _names(top) == set(Content.model_fields)
    event = form('title = "t"\n[[events]]\nstart = 3\n', ("events", 0))
    assert _names(event) == set(Event.model_fields)


def _tables(model, found):
    """Every table that a scenario file may have."""
    if model not in found:
        found.append(model)
        for name, info in model.model_fields.items():
            inside = step_into(model, info.alias or name)
            for kind in (inside, step_into(inside, 0), step_into(inside, "x")):
                if model_of(kind) is not None:
                    _tables(model_of(kind), found)
    return found


def test_every_key_of_every_table_says_what_it_means():
    tables = _tables(Content, [])
    assert len(tables) >= 25
    silent = [
        f"{model.__name__}.{key}"
        for model in tables
        for key in (info.alias or name for name, info in model.model_fields.items())
        if not re.fullmatch(r"[A-Z].*\.", about_key(model, key))
    ]
    assert not silent


def test_what_an_event_does_comes_before_whom_it_strikes():
    names = [field.name for field in form('title = "t"\n[[events]]\n', ("events", 0)).fields]
    assert names[:2] == ["title", "capacity"]
    assert names[-4:] == ["organisations", "kinds", "areas", "share"]


def test_a_form_says_what_its_keys_mean():
    top = form('title = "t"\n[behaviour]\nhoarding = 2\n', ())
    assert next(one.about for one in top.fields if one.name == "harm_unit").startswith("What a")
    assert next(one.about for one in top.inner if one.name == "aid").startswith("Partners who may")
    behaviour = form('title = "t"\n', ("behaviour",))
    assert behaviour.about == "How organisations behave, whatever their kind."
    assert behaviour.fields[0].about.startswith("How many times its cover")
    assert form('title = "t"\n', ("events",)).about == "What happens, when, and to whom."


def test_a_form_says_what_there_is_inside():
    top = {one.name: one.summary for one in form('title = "t"\n[time]\nsteps = 3\n', ()).inner}
    assert (top["time"], top["behaviour"], top["hazard"]) == ("", "as usual", "none yet")
    areas = "title = 't'\n[areas.a]\n[areas.b]\n"
    top = {one.name: one.summary for one in form(areas, ()).inner}
    assert (top["areas"], top["events"]) == ("2", "none yet")


TEXT = """# on top
title = "Town"   # its name

[behaviour]
hoarding = 2.5   # judgement

[[groups]]
kind = "hospital"
count = 1
"""


def test_a_value_changes_and_everything_else_stays():
    after = put(TEXT, ("behaviour", "hoarding"), "4")
    assert after == TEXT.replace("2.5", "4")
    assert put(TEXT, ("title",), "Ward 3") == TEXT.replace("Town", "Ward 3")


def test_text_that_looks_like_a_number_stays_text_where_text_is_wanted():
    assert 'title = "3"' in put(TEXT, ("title",), "3")


def test_nothing_written_takes_the_key_away():
    assert "hoarding" not in put(TEXT, ("behaviour", "hoarding"), " ")
    assert put(TEXT, ("time", "start"), "") == TEXT


def test_a_table_that_is_not_there_is_made():
    after = put(TEXT, ("kinds", "hospital", "needs", "ppe", "use"), "2")
    assert form(after, ("kinds", "hospital", "needs", "ppe")).fields[0].value == "2"


def test_entries_come_and_go():
    more, place = added(TEXT, ("groups",))
    assert place == ("groups", 1)
    more = put(more, (*place, "kind"), "care_home")
    more = put(more, (*place, "count"), "{ north = 3 }")
    assert [one.name for one in form(more, ("groups",)).inner] == ["1: hospital", "2: care_home"]
    assert without(more, ("groups", 0)).count("[[groups]]") == 1
    assert "care_home" in without(more, ("groups", 0))


def test_what_is_first_of_its_sort_is_made():
    more, place = added(TEXT, ("events",))
    more = put(more, (*place, "start"), "20")
    assert "[[events]]\nstart = 20" in more
    named, place = added(TEXT, ("areas",), "St. Ives")
    assert place == ("areas", "St. Ives")
    assert [one.name for one in form(named, ("areas",)).inner] == ["St. Ives"]


def test_what_is_wrong_is_kept_and_told_by_the_check():
    after = put(TEXT, ("behaviour", "hoarding"), "much")
    assert form(after, ("behaviour",)).fields[0].value == "much"
    with pytest.raises(ScenarioError) as error:
        Scenario.from_text(after)
    assert "behaviour.hoarding" in [problem.place for problem in error.value.problems]


def test_several_lines_stay_several_lines():
    after = put(TEXT, ("description",), 'One "line" \\ and\nanother.\n')
    assert 'and\nanother.\n"""' in after
    assert form(after, ()).fields[1].value == 'One "line" \\ and\nanother.\n'
    for odd in ("\n first", 'quotes """ inside\n"""', "tab\tand\n\\n"):
        after = put(TEXT, ("description",), odd)
        assert tomllib.loads(after)["description"] == odd


NAMED = """title = "t"
[areas.north]
[[organisations]]
id = "ward"
kind = "hospital"
[[events]]
start = 3
kinds = ["hospital", "care_home"]
areas = "north"
organisations = ["a, b"]
[policies.half]
"""


def _fields(text, *place):
    return {field.name: field for field in form(text, place).fields}


def test_lists_of_names_are_written_with_commas():
    event = _fields(NAMED, "events", 0)
    assert event["kinds"].value == "hospital, care_home"
    assert event["areas"].value == "north"
    assert event["organisations"].value == '["a, b"]'
    after = tomllib.loads(put(NAMED, ("events", 0, "kinds"), "school,  hospital,"))
    assert after["events"][0]["kinds"] == ["school", "hospital"]
    after = tomllib.loads(put(NAMED, ("events", 0, "organisations"), '["c, d", "ward"]'))
    assert after["events"][0]["organisations"] == ["c, d", "ward"]


def test_fields_offer_the_names_of_the_scenario():
    event, top = _fields(NAMED, "events", 0), _fields(NAMED)
    assert top["policy"].names == ("half", "siloed", "reciprocal")
    assert {"hospital", "care_home"} <= set(event["kinds"].names)
    assert (event["areas"].names, event["areas"].is_list) == (("north",), True)
    assert event["organisations"].names == ("ward",)
    assert "ppe" in event["resource"].names
    assert _fields(NAMED, "time")["unit"].names == ("day", "week")
    assert _fields(NAMED, "tables")["organisations"].names == ()
    faulty = 'areas = 3\norganisations = [1, {}]\nkinds = "x"\ngroups = {}\n[[events]]\n'
    assert _fields(faulty, "events", 0)["areas"].names == ()


def test_new_entries_are_offered_names_that_are_not_taken():
    data = {"kinds": {"hospital": {}}, "groups": [{"areas": ["n"]}], "resources": {"ppe": {}}}
    assert "hospital" not in names_of_entries(data, ("kinds",))
    assert "care_home" in names_of_entries(data, ("kinds",))
    assert names_of_entries(data, ("areas",)) == ("n",)
    assert names_of_entries(data, ("kinds", "hospital", "needs")) == ("ppe",)
    assert names_of_entries(data, ("policies",)) == ()


@pytest.mark.parametrize(
    "place",
    [
        ("events", 99, "start"),
        ("groups", 0, "kind"),
        ("behaviour", "hoarding", "x"),
        ("title", "x"),
        ("nonsense", "x"),
    ],
)
def test_what_is_not_there_cannot_be_changed(place):
    with pytest.raises(ScenarioError, match="not there"):
        put(NAMED + "[behaviour]\nhoarding = 3\n", place, "3")
    with pytest.raises(ScenarioError, match="not there"):
        added(NAMED.replace("[areas.north]", "areas = 3"), ("areas",), "south")


def test_what_would_make_the_file_unreadable_is_not_written():
    deep = "[" * 30 + "]" * 30
    with pytest.raises(ScenarioError, match="too deep"):
        put(TEXT, ("behaviour", "hoarding"), deep)
    assert "nan" in put(TEXT, ("behaviour", "hoarding"), "nan")


def test_text_that_is_no_toml_is_told_with_its_line():
    with pytest.raises(ScenarioError, match="line 2"):
        form('title = "x"\nthis is not it\n', ())
