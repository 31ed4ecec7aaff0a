"""Folders of this user: where they are, and that nobody else can have written to them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from crisis_abm.user_folders import make_private, scratch_folder, user_cache, user_data

needs_users = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="users have no numbers here")


def without_home(monkeypatch):
    """No HOME, and a user whose number has no name: a container started with --user."""
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="the places on Linux")
def test_places_on_linux(monkeypatch, tmp_path):
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_cache() == tmp_path / ".cache" / "crisis_abm"
    assert user_data() == tmp_path / ".local" / "share" / "crisis_abm"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    assert (user_cache(), user_data()) == (tmp_path / "c/crisis_abm", tmp_path / "d/crisis_abm")


def test_a_user_without_home_has_none(monkeypatch):
    without_home(monkeypatch)
    assert user_cache() is None and user_data() is None


def test_a_private_folder_is_made_and_stays_one(tmp_path):
    folder = tmp_path / "deep" / "inside"
    make_private(folder)
    make_private(folder)
    assert folder.is_dir()
    if hasattr(os, "geteuid"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@needs_users
def test_what_others_could_only_read_is_closed_to_them(tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o755)
    make_private(tmp_path / "cache")
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700


@needs_users
@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777])
def test_what_others_could_write_to_is_refused_and_left_as_it_is(tmp_path, mode):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(mode)
    with pytest.raises(PermissionError, match="others can write to it"):
        make_private(tmp_path / "cache")
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == mode


@needs_users
def test_a_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    (tmp_path / "cache").mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: (tmp_path.stat().st_uid) + 1)
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        make_private(tmp_path / "cache")


@pytest.mark.parametrize("there", ["link", "loose link", "file"])
def test_no_link_is_followed(tmp_path, there):
    place = tmp_path / "cache"
    if there == "file":
        place.write_text("")
    else:
        (tmp_path / "theirs").mkdir() if there == "link" else None
        place.symlink_to(tmp_path / "theirs")
    with pytest.raises(NotADirectoryError):
        make_private(place)
    assert list(tmp_path.rglob("theirs/*")) == []


@needs_users
@pytest.mark.parametrize(("mode", "will_do"), [(0o755, True), (0o1777, True), (0o777, False)])
def test_temporary_files_lie_where_others_cannot_exchange_them(
    tmp_path, monkeypatch, mode, will_do
):
    tmp_path.chmod(mode)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if will_do:
        assert scratch_folder() == tmp_path / f"crisis_abm-{os.geteuid()}"
    else:
        with pytest.raises(PermissionError, match="rename"):
            scratch_folder()


def test_where_users_have_no_numbers_folders_are_only_made(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "geteuid", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    make_private(scratch_folder())
    assert scratch_folder() == tmp_path / "crisis_abm" and Path(scratch_folder()).is_dir()


def test_pictures_without_a_home_have_a_private_folder_and_say_nothing(tmp_path):
    code = "import os; os.path.expanduser = lambda path: path\n"
    code += "from crisis_abm.report.style import new_figure\nimport matplotlib\n"
    code += "print(matplotlib.get_cachedir(), matplotlib.get_configdir())"
    unset = {"HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "TMPDIR": str(tmp_path), "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (folder,) = set(done.stdout.split())
    assert Path(folder).is_relative_to(tmp_path) and Path(folder).name == "matplotlib"
    if hasattr(os, "geteuid"):
        assert stat.S_IMODE(Path(folder).stat().st_mode) == 0o700
