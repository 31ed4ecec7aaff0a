"""What the documents name is there, and what is there is named in them."""

import importlib
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "crisis_abm"
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w./-]+(/|\.(py|js|mjs|toml|md|css|ipynb))")
DOTTED = re.compile(r"[a-z_]\w*(\.\w+)+")


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# --- docs/architecture.md ------------------------------------------------------------------------


def is_there(path: str) -> bool:
    return any((base / path).exists() for base in (PACKAGE, ROOT))


def stands_for_something(dotted: str) -> bool:
    """Whether a name like ``scenario.load.parse_text`` is a module, or in one, of the package."""
    parts = dotted.removeprefix("crisis_abm.").split(".")
    for end in range(len(parts), 0, -1):
        try:
            holder = importlib.import_module(".".join(["crisis_abm", *parts[:end]]))
        except ModuleNotFoundError:
            continue
        for name in parts[end:]:
            if not hasattr(holder, name):
                return name in getattr(holder, "__annotations__", {})
            holder = getattr(holder, name)
        return True
    return False


def test_what_the_architecture_names_is_there():
    named = CODE.findall(document("docs/architecture.md"))
    paths = [name for name in named if PATH.fullmatch(name)]
    tops = {path.stem for path in PACKAGE.iterdir()}
    dotted = [
        name
        for name in named
        if DOTTED.fullmatch(name) and name not in paths and name.split(".")[0] in tops
    ]
    assert len(paths) > 15 and len(dotted) > 8
    assert [path for path in paths if not is_there(path) and path != "exercise/"] == []
    assert [name for name in dotted if not stands_for_something(name)] == []


def test_every_layer_has_its_row_in_the_architecture():
    contract = tomllib.loads(document("pyproject.toml"))["tool"]["importlinter"]["contracts"][0]
    layers = {name.strip(" ()") for row in contract["layers"] for name in row.split("|")} - {
        "__main__"
    }
    told = set(CODE.findall(document("docs/architecture.md")))
    assert [name for name in layers if not {f"{name}/", f"{name}.py"} & told] == []


def test_functions_named_with_a_script_are_in_it():
    places = re.findall(r"`(\w+)` in `([\w/]+\.js)`", document("docs/architecture.md"))
    assert places
    for name, script in places:
        assert f"function {name}(" in (PACKAGE / script).read_text(encoding="utf-8"), name
