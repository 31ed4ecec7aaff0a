"""What holds for every test, and in which order and process tests run."""

import base64
import io
import os

import pytest
from hypothesis import settings

# No deadline: the first call of a kernel may compile it. No database: nothing is written to the
# checkout, which may be read-only. Under CI the same examples every time.
settings.register_profile("default", deadline=None, database=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "default")

SERVERS = {"server", "own_server", "small_server", "chromium"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what needs a server or a browser in one process; begin with files that take long.

    A browser and its server are several processes already: two of each on two cores make every test
    wait for another. Whoever runs in one process sees no difference but the order.
    """
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
    for item in items:
        if SERVERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("browser"))


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
