"""A scenario written back says the same, keeps its comments, and is written whole or not at all."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.io.write import emit
from tests.random_scenarios import random_scenario
from tests.scenario.crises import SOUND, crisis, sound


def shuffled(data: Any, rng: random.Random) -> Any:
    """The same data with the keys of every table in another order."""
    if isinstance(data, dict):
        keys = list(data)
        rng.shuffle(keys)
        return {key: shuffled(data[key], rng) for key in keys}
    return [shuffled(entry, rng) for entry in data] if isinstance(data, list) else data


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_written_and_read_again_it_is_the_same(seed: int, rng: random.Random) -> None:
    scenario = Scenario.from_dict(random_scenario(seed))
    again = Scenario.from_text(scenario.to_toml())

    assert again.fingerprint() == scenario.fingerprint()
    assert Scenario.from_text(emit(shuffled(random_scenario(seed), rng))) == scenario


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_the_order_of_keys_changes_nothing(seed: int, rng: random.Random) -> None:
    data = random_scenario(seed)
    one, other = Scenario.from_dict(data), Scenario.from_dict(shuffled(data, rng))

    assert one.fingerprint() == other.fingerprint()
    assert one.members() == other.members()
    assert list(one.recipes().items()) == list(other.recipes().items())
    assert list(one.resources_in_play()) == list(other.resources_in_play())
    for kind, recipe in one.recipes().items():
        assert list(recipe.needs) == list(other.recipes()[kind].needs)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | texts | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(texts, values, max_size=4))
def test_any_plain_data_survives_as_toml(data: dict[str, Any]) -> None:
    import tomllib

    assert tomllib.loads(emit(data)) == data


@pytest.mark.smoke
def test_unchanged_text_comes_back_letter_by_letter() -> None:
    assert Scenario.from_text(SOUND).to_toml() == SOUND


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("organisations.infirmary.capacity", 200, "capacity = 200   # beds"),
        ("time.steps", 40, "steps = 40"),
        ("title", "Three towns", 'title = "Three towns"   # the title'),
        ("behaviour.hoarding", 2.5, "hoarding = 2.5"),
        ("kinds.hospital.needs.ppe.use", 7, "use = 7"),
        ("supply[1].suppliers", 2, "suppliers = 2"),
        ("policies.mixed.changes[0].communication", 0.5, "communication = 0.5"),
        ("groups[0].count.south", 4, "count = { north = 2, south = 4 }"),
        ("resources.ppe.cover", 9, "ppe = {cover = 9}"),
        ("hazard", {"kind": "epidemic", "mixing": {"own": 0.2, "area": 0.7}}, "own = 0.2"),
    ],
)
def test_a_change_keeps_every_comment(path: str, value: Any, line: str) -> None:
    changed = Scenario.from_text(SOUND).with_({path: value})
    text = changed.to_toml()

    assert line in text
    for comment in ("# A crisis to test with", "# a Monday", "# Who is there", "# the title"):
        assert comment in text
    assert Scenario.from_text(text) == changed
    assert changed != Scenario.from_text(SOUND)


def test_a_key_can_be_taken_away() -> None:
    changed = Scenario.from_text(SOUND).with_({"groups[0].spread": None, "uncertain": None})

    assert "spread" not in changed.to_toml()
    assert Scenario.from_text(changed.to_toml()) == changed


def test_defaults_written_out_do_not_change_the_fingerprint() -> None:
    written_out = crisis({"behaviour.hoarding": 3, "supply[0].share": 1, "policy": "siloed"})

    assert written_out.fingerprint() == crisis().fingerprint()


@pytest.mark.parametrize(
    "edit",
    [
        {"behaviour.hoarding": 2.0},
        {"organisations[0].capacity": 301},
        {"events[0].end": 21},
        {"uncertain": {}},
        {"organisations": sound()["organisations"][::-1]},
    ],
)
def test_other_content_has_another_fingerprint(edit: dict[str, Any]) -> None:
    assert crisis(edit).fingerprint() != crisis().fingerprint()


def test_saving_replaces_the_file_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "town.toml"
    path.write_text("old")
    Scenario.from_text(SOUND).save(path)

    assert path.read_text() == SOUND
    assert os.listdir(tmp_path) == ["town.toml"]
    assert Scenario.load(path).source == str(path)


def test_a_full_disk_is_one_line_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "town.toml"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ScenarioError) as caught:
        crisis().save(path)

    assert "No space left" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["town.toml"]


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be written"):
        crisis().save(tmp_path / "missing" / "town.toml")


def test_entries_come_and_go_and_no_comment_with_them() -> None:
    local = Scenario.of("local_shock")
    before = local.to_toml().splitlines()

    more = local.with_({"events[+]": {"title": "Word of it", "start": 3, "announcement": "Hush"}})
    after = more.to_toml().splitlines()
    assert [line for line in before if line not in after] == []
    assert [line for line in after if line not in before] == [
        *('title = "Word of it"', "start = 3", 'announcement = "Hush"')
    ]

    short = local.with_({"time.steps": 10})  # which all of its events lie behind
    kept = short.to_toml()
    assert "[[events]]" not in kept
    assert [line for line in before if line.startswith("#") and line not in kept] == []
    assert Scenario.from_text(kept) == short
