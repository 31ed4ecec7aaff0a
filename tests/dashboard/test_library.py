"""A visitor's own scenarios: kept apart from others', under names that nobody sends."""

import stat
import subprocess
import sys

import pytest

from crisis_abm.dashboard.scenarios import library as library_module
from crisis_abm.dashboard.scenarios import uploads
from crisis_abm.dashboard.scenarios.library import Library, keep_private
from crisis_abm.dashboard.scenarios.uploads import taken_in, tried
from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario import scenario as scenario_module
from crisis_abm.scenario.io.imports import read_tables as tables

TOWN = b"""title = "Town"
[resources]
coordination = {}
[[organisations]]
id = "ward"
kind = "hospital"
capacity = 10
demand = 5
[[organisations]]
id = "hall"
kind = "council"
capacity = 100
"""
PEOPLE = b"id,kind,capacity,demand\nward,hospital,10,5\nhome,care_home,8,4\n"
LINKS = b"from,to,resource\nward,home,clinical_support\n"


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path, "visitor")


def save(library, key, text):
    """Whatever it says now."""
    library.change(key, lambda _: text)


def test_ready_made_scenarios_are_there_and_not_own(library):
    entries = library.entries()
    assert "local_shock" in [entry.key for entry in entries]
    assert not any(entry.own for entry in entries)
    with pytest.raises(ScenarioError, match="copy it first"):
        save(library, "local_shock", "")


def test_an_upload_is_kept_and_opened(library):
    key = taken_in(library, {"town.toml": TOWN})
    assert library.open(key).title == "Town"
    assert library.entries()[0].key == key


def test_others_do_not_see_it(library, tmp_path):
    key = taken_in(library, {"town.toml": TOWN})
    other = Library(tmp_path, "somebody else")
    assert key not in [entry.key for entry in other.entries()]
    with pytest.raises(ScenarioError, match="no such scenario"):
        other.open(key)


@pytest.mark.parametrize(
    "key", ["../town", "mine-../../etc", "/etc/passwd", "mine-0123456789ab", ""]
)
def test_what_a_browser_sends_is_no_path(library, key):
    with pytest.raises(ScenarioError, match="no such scenario"):
        library.entry(key)


def test_tables_make_a_scenario(library, tmp_path):
    key = taken_in(library, {"../../who.csv": PEOPLE, "links.CSV": LINKS})
    scenario = library.open(key)
    assert [entry.id for entry in scenario.all_organisations()] == ["ward", "home"]
    assert len(scenario.all_links()) == 1
    names = sorted(path.name for path in tmp_path.rglob("*.*") if path.name != ".lock")
    assert names == [f"{key}-links.csv", f"{key}-organisations.csv", f"{key}.toml"]


def test_what_was_uploaded_is_read_once_until_a_file_changes(library, tmp_path, monkeypatch):
    read = []

    def counted(*given):
        read.append(given)
        return tables(*given)

    for module in (uploads, scenario_module):
        monkeypatch.setattr(module, "read_tables", counted)
    key = taken_in(library, {"people.csv": PEOPLE, "l.csv": LINKS})
    opened = library.open(key)
    assert library.open(key) is opened
    assert len(read) == 1
    assert opened.members().ids == ["ward", "home"]
    assert opened.folder == library.entry(key).path.parent
    save(library, key, library.text(key).replace("Uploaded network", "Ours"))
    assert library.open(key).title == "Ours"
    (path,) = tmp_path.rglob("*-organisations.csv")
    path.write_bytes(PEOPLE + b"annex,hospital,3,1\n")
    assert library.open(key).members().ids == ["ward", "home", "annex"]
    assert library.open(key) is library.open(key)
    path.unlink()
    with pytest.raises(ScenarioError, match=r"organisations\.csv"):
        library.open(key)


def test_what_the_upload_read_is_what_reading_the_kept_files_gives(library):
    key = taken_in(library, {"people.csv": PEOPLE, "l.csv": LINKS})
    fresh = Scenario.from_text(library.text(key), "scenario", library.entry(key).path.parent)
    assert library.open(key) == fresh
    assert library.open(key).warnings == fresh.warnings
    assert library.open(key).to_toml(inline_tables=True) == fresh.to_toml(inline_tables=True)


def test_tables_are_taken_as_a_spreadsheet_saves_them(library):
    people = "id;kind;name;capacity;demand\nward;hospital;Süd;10,5;5\nhome;care_home;;8;4\n"
    links = LINKS.decode().replace(",", "\t")
    files = {"Wer.csv": people.encode("cp1252"), "Wen.csv": links.encode("utf-16")}
    scenario = library.open(taken_in(library, files))
    ward = scenario.all_organisations()[0]
    assert (ward.name, ward.capacity) == ("Süd", 10.5)
    assert len(scenario.all_links()) == 1


def test_rows_may_end_as_on_an_old_macintosh(library):
    files = {"a.csv": PEOPLE.replace(b"\n", b"\r"), "b.csv": LINKS.replace(b"\n", b"\r")}
    scenario = library.open(taken_in(library, files))
    assert [one.id for one in scenario.all_organisations()] == ["ward", "home"]


def test_whatever_goes_wrong_is_told(library, monkeypatch):
    assert tried(library, {"a.csv": b'id,"kind\n'})[1] == (
        "a.csv: row 1: cannot be read (unexpected end of data); "
        "look for a quote that is not closed, in this row or one before",
    )

    def fail(error):
        def add(*given):
            raise error

        monkeypatch.setattr(library, "add", add)
        key, lines = tried(library, {"town.toml": TOWN})
        assert key is None
        return lines

    full = OSError(28, "No space left on device", "/srv/secret")
    assert fail(full) == ("It could not be kept (No space left on device).",)
    assert fail(KeyError("x")) == ("This could not be worked out (KeyError: 'x').",)


def test_no_message_tells_where_files_lie(library, tmp_path):
    key = taken_in(library, {"a.csv": PEOPLE, "b.csv": LINKS})
    library.change(key, lambda text: text.replace("title", "policy = 'x'\ntitle"))
    next(tmp_path.rglob("*-organisations.csv")).write_text("id,kind\nward,x\n")
    with pytest.raises(ScenarioError) as error:
        library.open(key)
    places = [problem.place for problem in error.value.problems]
    assert {"policy", "row 2, column kind"} <= set(places)
    assert str(tmp_path) not in str(error.value)
    library.entry(key).path.write_bytes(b"\xff")
    for read in (library.open, library.text):
        with pytest.raises(ScenarioError, match="UTF-8") as error:
            read(key)
        assert str(tmp_path) not in str(error.value)


def test_a_copy_takes_its_tables_with_it(library):
    key = taken_in(library, {"a.csv": PEOPLE, "b.csv": LINKS})
    copied = library.copy(key)
    library.remove(key)
    assert len(library.open(copied).all_organisations()) == 2
    assert [entry.key for entry in library.entries() if entry.own] == [copied]


def test_every_copy_has_a_title_of_its_own(library):
    first = library.copy("local_shock")
    second, third = library.copy(first), library.copy("local_shock")
    titles = [library.open(key).title for key in ("local_shock", first, second, third)]
    assert titles[1:] == [f"{titles[0]} (copy{n})" for n in ("", " 2", " 3")]
    before, after = library.text("local_shock").splitlines(), library.text(first).splitlines()
    assert [new for old, new in zip(before, after, strict=True) if old != new] == [
        f'title = "{titles[1]}"'
    ]
    nameless = library.copy(library.add("description = 'x'\n"))
    assert library.text(nameless) == "description = 'x'\n"


def test_a_broken_upload_is_told_and_not_kept(library):
    broken = TOWN.replace(b"10", b"-1")
    with pytest.raises(ScenarioError) as error:
        taken_in(library, {"town.toml": broken})
    assert "organisations[0].capacity" in str(error.value.problems[0])
    assert not any(entry.own for entry in library.entries())


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.exe": b""}, "a.exe"),
        ({"a.toml": TOWN, "b.toml": TOWN}, "together"),
        ({"a.toml": b"\xff\xfe"}, "UTF-8"),
        ({"a.toml": b"title = "}, "line 1"),
        (
            {"a.csv": PEOPLE, "b.csv": PEOPLE},
            "for links, a.csv has no from, to and resource and b.csv",
        ),
        ({"a.csv": LINKS, "b.csv": LINKS}, "a.csv has no id and kind"),
        ({"a.graphml": b"", "b.graphml": b""}, "a.graphml and b.graphml: each hold a graph"),
        ({"a.csv": b"from,resource\nx,y\n"}, "since it has no to"),
        ({"a.csv": b"\x81"}, "a.csv: is not text"),
        ({"a.csv": PEOPLE.replace(b"10", b"ten")}, "a.csv: row 2, column capacity"),
        ({"a.csv": PEOPLE, "b.csv": LINKS + b"ward,x,y\n"}, "b.csv: row 3, column to"),
        ({"my.xlsx": b"PK"}, "my.xlsx: is not an XLSX workbook"),
        ({"a.toml": TOWN + b'[tables]\norganisations = "/etc/passwd"\n'}, "tables.organisations"),
    ],
)
def test_what_cannot_be_used_is_told(library, files, told):
    with pytest.raises(ScenarioError) as error:
        taken_in(library, files)
    assert told in "\n".join(map(str, error.value.problems))


def test_saving_is_reading_back(library):
    key = library.copy("local_shock")
    text = library.text(key)
    save(library, key, text + "# more\n")
    assert library.text(key) == text + "# more\n"


def test_titles_are_those_in_the_files_or_else_the_keys(library):
    sound, faulty = library.add(TOWN.decode()), library.add("title = ")
    titles = library.titles()
    assert titles[sound] == "Town"
    assert titles[faulty] == faulty
    assert titles["ample"] == "Ample: nothing is short"


ADDING = """
import sys
from pathlib import Path
from crisis_abm.dashboard.scenarios.library import Library
library, (key,) = Library(Path(sys.argv[1]), "visitor"), sys.argv[2:3]
for number in range(int(sys.argv[4])):
    library.change(key, lambda text: f"{text}{sys.argv[3]}{number} = 1\\n")
"""


def test_two_servers_change_one_file_and_nothing_is_lost(library, tmp_path):
    key = library.add('title = "0"\n')
    command = [sys.executable, "-c", ADDING, str(tmp_path), key]
    servers = [subprocess.Popen([*command, name, "20"]) for name in "ab"]
    assert [server.wait(60) for server in servers] == [0, 0]
    lines = library.text(key).splitlines()[1:]
    assert sorted(lines) == sorted(f"{name}{k} = 1" for name in "ab" for k in range(20))
    assert library.changes(key) == (40, 0)


def test_what_another_server_is_at_is_not_waited_for_for_ever(library, tmp_path, monkeypatch):
    key = library.add("title = '0'\n")
    (lock,) = tmp_path.rglob(".lock")
    holding = (
        "import filelock, sys\n"
        "with filelock.FileLock(sys.argv[1]): print('held', flush=True); input()"
    )
    command = [sys.executable, "-c", holding, str(lock)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout.readline().strip() == b"held"
        monkeypatch.setattr(library_module, "PATIENCE", 0.1)
        with pytest.raises(ScenarioError, match="another server is changing it"):
            save(library, key, "title = '1'\n")
    finally:
        other.communicate(b"\n", timeout=20)
    save(library, key, "title = '1'\n")
    assert library.text(key) == "title = '1'\n"


def test_a_visitor_has_only_so_many_and_so_large(library, tmp_path, monkeypatch):
    monkeypatch.setattr(library_module, "MOST_SCENARIOS", 2)
    first, _ = library.add("title = '0'\n"), library.add("title = '1'\n")
    for more in (lambda: library.add("title = '2'\n"), lambda: library.copy("local_shock")):
        with pytest.raises(ScenarioError, match=r"you have 2 of your own.*remove one"):
            more()
    library.remove(first)
    library.copy("local_shock")
    monkeypatch.setattr(library_module, "MOST_SCENARIOS", 100)
    monkeypatch.setattr(library_module, "MOST_BYTES", 100_000)
    files = sorted(tmp_path.rglob("*"))
    large = {"organisations": (".csv", b"id\n" * 50_000)}
    with pytest.raises(ScenarioError, match="more than 0 MB"):
        library.add("title = '3'\n", large)
    assert sorted(tmp_path.rglob("*")) == files
    key = library.add("title = '4'\n")
    with pytest.raises(ScenarioError, match="more than 0 MB"):
        save(library, key, "#" * 100_000)
    assert library.text(key) == "title = '4'\n"
    monkeypatch.setattr(library_module, "LARGEST_FILE", 50)
    with pytest.raises(ScenarioError, match="make it smaller"):
        save(library, key, "#" * 51)


def test_all_visitors_together_have_only_so_much(library, tmp_path, monkeypatch):
    library.add("title = '0'\n")
    Library(tmp_path, "second").add("title = '0'\n")
    monkeypatch.setattr(library_module, "MOST_VISITORS", 2)
    with pytest.raises(ScenarioError, match="this server is full"):
        Library(tmp_path, "third").add("title = '0'\n")
    library.add("title = '1'\n")
    monkeypatch.setattr(library_module, "MOST_BYTES_OF_ALL", 40)
    with pytest.raises(ScenarioError, match="this server is full"):
        library.add("title = '2'\n")


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such modes there")
def test_nobody_else_on_the_machine_can_read_them(tmp_path):
    folder = tmp_path / "data" / "own"
    keep_private(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (old := folder / ("0" * 24)).mkdir(mode=0o755)
    (other := folder / "others").mkdir(mode=0o755)
    keep_private(folder)
    Library(folder, "visitor").add("title = '0'\n")
    modes = {one: stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()}
    assert modes.pop(other) == 0o755
    assert len(modes) == 2 and set(modes.values()) == {0o700}
    assert old in modes


def test_whoever_starts_a_server_is_told_which_folder_cannot_be_used(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for folder in (file, file / "own"):
        with pytest.raises(OSError) as error:
            keep_private(folder)
        assert error.value.filename == str(folder)


def test_asking_for_what_is_not_there_leaves_nothing_behind(library, tmp_path):
    for ask in (library.undo, library.redo, lambda key: save(library, key, "")):
        for key in ("mine-0123456789ab", "local_shock"):
            with pytest.raises(ScenarioError):
                ask(key)
    assert not list(tmp_path.iterdir())
