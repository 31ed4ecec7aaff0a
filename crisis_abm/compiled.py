"""How a rule of the model becomes machine code: numba, with a cache that notices every edit.

Two things are needed everywhere below the engine:

- `kernel`, the decorator of every compiled function. Compiled code is kept on disk, in a folder
  whose name carries a hash of the sources it was made from: numba itself looks only at the file of
  the function that is called, so a rule edited in another file would go unnoticed.
- `passed_by_reference`, which turns a named tuple of arrays into a numba record that kernels hand
  on as one pointer. Handing the tuple itself on makes every call carry a hundred arrays, and
  compiling the engine took 43 s; this way it takes a sixth of that, at the same speed.

With ``NUMBA_DISABLE_JIT=1`` the same code runs as plain Python, for debugging.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numba
import numpy as np
from numba.core import types
from numba.experimental import structref
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

__all__ = ["cache_folder", "is_compiled", "kernel", "passed_by_reference"]

Function = TypeVar("Function", bound=Callable[..., Any])

is_compiled: bool = not numba.config.DISABLE_JIT

if not is_compiled:  # numpy scalars warn where the hash of `streams` wraps round on purpose
    np.seterr(over="ignore")


def _source_hash() -> str:
    """Hash of every source file that may end up inside a compiled function."""
    here = Path(__file__).parent
    sources = [here / "compiled.py", here / "streams.py"]
    sources += sorted([*(here / "tables").glob("*.py"), *(here / "engine").rglob("*.py")])
    digest = hashlib.blake2b(digest_size=8)
    for source in sources:
        if source.exists():
            digest.update(source.name.encode())
            digest.update(source.read_bytes())
    digest.update(f"{numba.__version__} {np.__version__}".encode())
    return digest.hexdigest()


def cache_folder() -> Path:
    """Folder of the compiled code: ``$NUMBA_CACHE_DIR``, the user's cache, or a scratch one."""
    chosen = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    root = Path(chosen) if chosen else Path.home() / ".cache"
    folder = root / "crisis_abm" / f"kernels-{_source_hash()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"crisis_abm-{os.getuid()}" / folder.name
        folder.mkdir(parents=True, exist_ok=True)
    return folder


_folder = str(cache_folder()) if is_compiled else ""


def kernel(function: Function) -> Function:
    """Compile a module-level function that calls only other kernels, and keep it on disk."""
    ours, theirs = _folder, numba.config.CACHE_DIR
    numba.config.CACHE_DIR = ours
    try:
        compiled: Function = numba.njit(function, cache=True, error_model="numpy")
    finally:
        numba.config.CACHE_DIR = theirs
    return compiled


@intrinsic
def _lent(typing: Any, array: Any) -> Any:
    """The same array without a count of who refers to it.

    Numba counts references to an array whenever a kernel takes it out of a record; where the rules
    are short, counting took half of a run. Whoever calls a kernel keeps the arrays meanwhile.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = context.make_array(signature.args[0])(context, builder, arguments[0])
        view = context.make_array(signature.return_type)(context, builder)
        populate_array(
            view,
            data=source.data,
            shape=source.shape,
            strides=source.strides,
            itemsize=source.itemsize,
            meminfo=None,
        )
        return view._getvalue()

    return array(array), generate


class _ShortlyNamed(types.StructRef):
    """A record type whose name is a hash: numba compares and mangles names at every turn."""

    def __init__(self, fields: tuple[tuple[str, Any], ...]) -> None:
        super().__init__(fields)
        content = hashlib.blake2b(str(fields).encode(), digest_size=8).hexdigest()
        self.name = f"{type(self).__name__}_{content}"


@functools.cache
def passed_by_reference(table: type[Any]) -> Callable[[Any], Any]:
    """Make the function that turns a named tuple of arrays into one reference for kernels.

    Parameters
    ----------
    table
        A `typing.NamedTuple` whose fields are arrays, numbers or further such tuples.

    Returns
    -------
    Callable
        Takes the tuple, returns a record with the same field names that shares the arrays; to be
        called from Python, before a kernel. Without compilation it returns the tuple as it is.
    """
    if not is_compiled:
        return lambda rows: rows
    name, kinds = table.__name__, get_type_hints(table)
    home = {"__module__": __name__}
    record_type = structref.register(type(f"{name}Type", (_ShortlyNamed,), dict(home)))
    record = type(f"{name}Record", (structref.StructRefProxy,), dict(home))
    # Code read from disk names its types; they must be found again, not made anew.
    globals().update({f"{name}Type": record_type, f"{name}Record": record})
    structref.define_constructor(record, record_type, list(kinds))
    structref.define_boxing(record_type, record)
    fields = ", ".join(kinds)
    arrays = [f for f, k in kinds.items() if k is np.ndarray]
    values = ", ".join(f"_lent({f})" if f in arrays else f for f in kinds)
    scope: dict[str, Any] = {"_record": record, "_lent": _lent, "__name__": __name__}
    # Compiled under the name of a real file: only code with a file is kept on disk.
    source = compile(f"def make_{name}({fields}):\n    return _record({values})", __file__, "exec")
    exec(source, scope)
    make = kernel(scope[f"make_{name}"])
    inner = {f: passed_by_reference(k) for f, k in kinds.items() if hasattr(k, "_fields")}

    def pack(rows: Any) -> Any:
        values = rows._asdict()
        for field, pack_field in inner.items():
            values[field] = pack_field(values[field])
        return make(*values.values())

    return pack
