"""What holds for every test, and in which order and process tests run."""

import base64
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.dashboard import browser

# No deadline: the first call of a kernel may compile it. No database: nothing is written to the
# checkout, which may be read-only. Under CI the same examples every time.
settings.register_profile("default", deadline=None, database=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "default")

SERVED = re.compile(r"def test_\w+\((?:[^)]*\W)?(?:page|server|own_server|small_server|chromium)\W")
TESTS = Path(__file__).parent
BROWSER = {
    path.relative_to(TESTS.parent).as_posix()
    for folder in ("dashboard", "exercise/server")
    for path in (TESTS / folder).glob("test_*.py")
    if SERVED.search(path.read_text(encoding="utf-8"))
}
"""Files whose tests need a server or a browser."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with browsers, then files that take long, so that both processes end together."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (_file(item.nodeid) not in BROWSER, item.path not in long))


CLUSTER = ("tests/runs/test_cluster.py", "tests/experiment/test_sweep_on_a_cluster.py")
"""Files whose tests share workers of a cluster."""


class _Apart(LoadScopeScheduling):
    """Tests with a browser go to one process, a file of those on a cluster, others anywhere."""

    def _split_scope(self, nodeid: str) -> str:
        file = _file(nodeid)
        if file in BROWSER:
            return "browser"
        return file if file in CLUSTER else nodeid


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Who runs what with ``-n``.

    A browser and its server are several processes already: two of each on two cores make every test
    wait for another, and all of them end no sooner.
    """
    return _Apart(config, log)


@pytest.fixture(scope="module")
def cluster_of_two() -> Iterator[Any]:
    """Two workers in processes of their own, for the tests of a file that end none of them."""
    from tests.runs.clusters import started

    with started(2) as local:
        yield local


@pytest.fixture(scope="module")
def _mortal_clusters() -> Iterator[list[Any]]:
    kept: list[Any] = []
    yield kept
    for local in kept:
        local.close()


@pytest.fixture
def mortal_cluster(_mortal_clusters: list[Any]) -> Any:
    """Two workers that a test may kill: the last test's where all have come back."""
    from tests.runs.clusters import has_workers, started

    while _mortal_clusters:
        if has_workers(_mortal_clusters[0], 2):
            return _mortal_clusters[0]
        _mortal_clusters.pop().close()
    _mortal_clusters.append(started(2))
    return _mortal_clusters[0]


DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
NOTHING = (
    b"""<svg xmlns="http://www.w3.org/2000/svg" width="1pt" height="1pt" viewBox="0 0 1 1"/>"""
)


@pytest.fixture
def unpainted(monkeypatch):
    """Figures are composed, but a dot is what is written: for tests that look at other things."""
    from matplotlib.figure import Figure

    def written(self, place, *, format="png", **_):
        content = DOT if format == "png" else NOTHING
        if isinstance(place, io.TextIOBase):
            place.write(content.decode())
        elif hasattr(place, "write"):
            place.write(content)
        else:
            with open(place, "wb") as file:
                file.write(content)

    monkeypatch.setattr(Figure, "savefig", written)


PATIENCE = 30_000  # milliseconds, of whatever is waited for: a busy machine starts a server in ten
HERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


@pytest.fixture(scope="session")
def chromium():
    """A browser that can reach no other host."""
    playwright_api = pytest.importorskip("playwright.sync_api")
    path = browser.found()
    if path is None:
        reason = "no browser can be had here: see tests/dashboard/browser.py"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    playwright_api.expect.set_options(timeout=PATIENCE)
    with playwright_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", HERE])
        yield launched
        launched.close()
