"""What the documents name is there, and what is there is named in them."""

import ast
import builtins
import functools
import importlib
import pkgutil
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import crisis_abm

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
    assert [name for name in dotted if not in_a_module(name.split("."))] == []


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


# --- names in docstrings -------------------------------------------------------------------------

QUOTED = re.compile(r"``([^`\n]+)``|`([^`\n]+)`")
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)  # what is only shown there
DATA = re.compile(r"\.(csv|css|html|js|json|md|py|toml|xlsx)$")
WORD = re.compile(r"[\w.-]+")
FILE = re.compile(r"(?<![\w./{}*-])((?:[\w-]+/)*[\w-]+\.(?:py|js|mjs|md|toml))\b(?!\.)")
# Quoted for what they are: keys and words of files, of HTTP, of a spreadsheet, of other libraries.
NOT_OURS = {"allow_other_workers", "broad_measures", "care_beds", "cat", "common_agenda"}
NOT_OURS |= {
    "communication.hospital",
    "field_kitchen",
    "Host",
    "invariant.load",
    "Origin",
    "_x000D_",
}


@functools.cache
def modules() -> dict[str, ModuleType]:
    names = [found.name for found in pkgutil.walk_packages(crisis_abm.__path__, "crisis_abm.")]
    return {name: importlib.import_module(name) for name in names if "__main__" not in name}


@functools.cache
def texts_and_words() -> tuple[dict[str, list[str]], set[str]]:
    """Docstrings by module; every name, argument, attribute and text of one word in the code."""
    texts: dict[str, list[str]] = {}
    words: set[str] = set()
    for name, module in modules().items():
        found = texts.setdefault(name, [])
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                found.append(str(node.value.value))
            for field in ("name", "id", "attr", "arg", "value"):
                word = getattr(node, field, None)
                if isinstance(word, str) and WORD.fullmatch(word):
                    words.update(word.split("."))
    return texts, words


def holds(holder: Any, names: list[str]) -> bool:
    """Whether there is such an attribute, be it only said that instances have it."""
    for name in names:
        if not hasattr(holder, name):
            said = (*getattr(holder, "__annotations__", ()), *getattr(holder, "model_fields", ()))
            return name in said
        holder = getattr(holder, name)
    return True


def in_a_module(names: list[str]) -> bool:
    """Whether ``package.module.name`` is there, however much is left out in front."""
    return any(
        (module == (end := ".".join(names[:count])) or module.endswith(f".{end}"))
        and holds(found, names[count:])
        for count in range(len(names), 0, -1)
        for module, found in modules().items()
    )


def of_a_class(names: list[str]) -> bool:
    """Whether it is an attribute of a class, or of one of its instances: ``experiment.seed``."""
    first, *rest = names
    return any(
        isinstance(kind, type) and called.lower().endswith(first.lower()) and holds(kind, rest)
        for module in modules().values()
        for called, kind in vars(module).items()
    )


def of_a_library(names: list[str]) -> bool:
    try:
        return holds(importlib.import_module(names[0]), names[1:])
    except ImportError:
        return False


def is_known(name: str, module: ModuleType) -> bool:
    names = name.split(".")
    if any(hasattr(one, names[0]) and holds(one, names) for one in (module, builtins)):
        return True
    if len(names) == 1:
        return name in texts_and_words()[1] or in_a_module(names) or of_a_library(names)
    keys = modules()["crisis_abm.scenario.schema"].Content.model_fields
    known = in_a_module(names) or of_a_class(names) or of_a_library(names)
    return known or names[0] in keys


def test_names_in_docstrings_are_there():
    unknown = []
    for called, texts in texts_and_words()[0].items():
        for text in texts:
            quoted = {(one[1] or one[2]).removesuffix("()") for one in QUOTED.finditer(text)}
            names = {one for one in quoted if NAME.fullmatch(one) and not DATA.search(one)}
            module = modules()[called]
            unknown += [(called, one) for one in names - NOT_OURS if not is_known(one, module)]
    assert unknown == []


def test_a_name_that_is_not_there_is_found():
    rows = modules()["crisis_abm.tables.rows"]
    for name in ("workload.contracts", "scenario.Whoever", "cascade_stocks", "np.no"):
        assert not is_known(name, rows)
    for name in ("build.assemble", "Columns.key", "np.ndarray", "experiment.seed", "spread"):
        assert is_known(name, rows)


def test_files_that_are_named_are_there():
    folders = [PACKAGE, ROOT / "docs", ROOT / "benchmarks", ROOT / "scenarios", ROOT / "tests"]
    there = [path.relative_to(ROOT).as_posix() for path in ROOT.iterdir() if path.is_file()]
    there += [one.relative_to(ROOT).as_posix() for folder in folders for one in folder.rglob("*.*")]
    ends = {"/".join(path.split("/")[-count:]) for path in there for count in range(1, 6)}
    missing = []
    for path in there:
        readable = path.endswith((".py", ".js", ".md")) and not path.startswith("tests/")
        if not readable or path == "CHANGELOG.md":
            continue
        for named in FILE.findall(FENCED.sub("", document(path))):
            if named.endswith((".py", ".js", ".mjs", ".md")) and named not in ends:
                missing.append((path, named))
    assert missing == []
