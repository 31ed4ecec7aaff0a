"""How a rule of the model becomes machine code: numba, with a cache that notices every edit.

Two things are needed everywhere below the engine:

- `kernel` and `inlined`, the decorators of every compiled function. Compiled code is kept on disk,
  in a folder whose name carries a hash of the sources it was made from: numba itself looks only at
  the file of the function that is called, so a rule edited in another file would go unnoticed.
- `passed_by_reference`, which turns a named tuple of arrays into a `Record` that kernels hand on
  as one pointer. Handing the tuple itself on makes every call carry a hundred arrays.

With ``NUMBA_DISABLE_JIT=1`` the same code runs as plain Python, for debugging.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import hashlib
import inspect
import multiprocessing
import os
import shutil
import struct
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba.core import cgutils, types
from numba.core.caching import CompileResultCacheImpl, FunctionCache, UserProvidedCacheLocator
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.arrayobj import populate_array
from numba.np.numpy_support import from_dtype

from crisis_abm.user_folders import make_private, scratch_folder, user_cache

__all__ = ["Record", "cache_folder", "inlined", "is_compiled", "kernel", "passed_by_reference"]
__all__ += ["source_hash"]

Function = TypeVar("Function", bound=Callable[..., Any])

ROOM = 64 * 2**20  # bytes that a disk must have for compiled code to be kept there

is_compiled: bool = not numba.config.DISABLE_JIT

if not is_compiled:  # numpy scalars warn where the hash of `streams` wraps round on purpose
    np.seterr(over="ignore")


@functools.cache
def source_hash() -> str:
    """Hash of every source file that may end up inside a compiled function."""
    here = Path(__file__).parent
    sources = [
        here / "compiled.py",
        here / "streams.py",
        here / "scenario" / "schema" / "policy.py",
    ]
    sources += sorted([*(here / "tables").glob("*.py"), *(here / "engine").rglob("*.py")])
    digest = hashlib.blake2b(digest_size=8)
    for source in sources:
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    digest.update(f"{numba.__version__} {np.__version__}".encode())
    return digest.hexdigest()


@functools.cache
def cache_folder() -> Path | None:
    """Folder of the compiled code, which nobody else can write to; None if none can be had.

    In ``$NUMBA_CACHE_DIR``, the user's folder for caches, or that for temporary files: the first
    that will do. Says so in one line where it is not the one that was asked for.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    places = [lambda: Path(chosen, "crisis_abm")] if chosen else []
    refused: list[str] = []
    for place in (*places, user_cache, scratch_folder):
        try:
            found = place()
            if found is not None:
                folder = found / f"kernels-{source_hash()}"
                _prepare(folder)
                if chosen and refused:
                    _say(f"compiled code is kept in {found}, since {refused[0]}")
                return folder
        except OSError as error:
            refused.append(f"{error.filename or 'its folder'}: {error.strerror or error}")
    _say(f"compiled code is not kept, so every start takes a minute ({refused[0]})")
    return None


def _prepare(folder: Path) -> None:
    """See to it that compiled code lies, or can be kept, in a folder of this user alone."""
    make_private(folder.parent)
    make_private(folder)
    if next(folder.rglob("*.nbc"), None) is None:
        with tempfile.TemporaryFile(dir=folder):
            pass
        if shutil.disk_usage(folder).free < ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


@functools.cache
def _say(text: str) -> None:
    """One line for the person at the screen: once, and not by worker processes, too."""
    if multiprocessing.parent_process() is None and sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"{text}\n")


class _Locator(UserProvidedCacheLocator):
    """Where a function's compiled code lies: in our folder, whatever numba is told to use."""

    def __init__(self, function: Any, file: str) -> None:
        super().__init__(function, file)
        path, package = Path(file), Path(__file__).parent
        # the folder's name stands for the package's content: all copies of it share what is there
        inside = path.is_relative_to(package)
        place = (
            path.parent.relative_to(package) if inside else self.get_suitable_cache_subpath(file)
        )
        self._cache_path = os.path.join(_folder or "", place)

    def ensure_cache_path(self) -> None:
        os.makedirs(self._cache_path, exist_ok=True)


class _Files(CompileResultCacheImpl):
    """How the files of a function are called; numba's own way, without its search for a folder."""

    def __init__(self, function: Any) -> None:
        file = inspect.getfile(function)
        self._lineno = function.__code__.co_firstlineno
        self._locator = _Locator(function, file)
        name = f"{Path(file).stem}.{function.__qualname__}"
        self._filename_base = self.get_filename_base(name, getattr(sys, "abiflags", ""))


class _OptionalCache(FunctionCache):
    """A cache that may fail: what cannot be read is compiled again, what cannot be kept is not."""

    _impl_class = _Files

    def load_overload(self, signature: Any, context: Any) -> Any:
        try:
            return super().load_overload(signature, context)
        except Exception:  # a damaged pickle raises whatever its bytes happen to say
            with contextlib.suppress(OSError):
                self.flush()
            return None

    def save_overload(self, signature: Any, data: Any) -> None:
        try:
            super().save_overload(signature, data)
        except OSError as error:
            why = error.strerror or error
            _say(f"compiled code is not kept, so every start takes a minute ({_folder}: {why})")


_folder = cache_folder() if is_compiled else None


def kernel(function: Function) -> Function:
    """Compile a module-level function that calls only other kernels, and keep it on disk."""
    return _compile(function)


def inlined(function: Function) -> Function:
    """As `kernel`, for short rules in the innermost loops: made part of whoever calls them.

    It spares the call and lets columns be looked up once for the whole loop, at the price of
    compiling the rule again in every caller.
    """
    return _compile(function, forceinline=True)


def _compile(function: Function, **options: bool) -> Function:
    compiled: Any = numba.njit(function, error_model="numpy", no_cfunc_wrapper=True, **options)
    if _folder is not None:
        compiled._cache = _OptionalCache(function)
    return compiled


class RecordType(types.Type):
    """Type of a `Record` in compiled code: its columns' names and types.

    In memory a record is a row of 64-bit words: for an array the address of its first element and
    its shape, for a number the number, for a record within it that record's address.
    """

    def __init__(self, name: str, columns: tuple[tuple[str, types.Type], ...]) -> None:
        self.columns = dict(columns)
        widths = [1 + getattr(kind, "ndim", 0) for kind in self.columns.values()]
        self.places = dict(zip(self.columns, np.cumsum([0, *widths]).tolist(), strict=False))
        codes = {types.float64: "d"}
        self.layout = "".join(
            codes.get(k, "q") * w for k, w in zip(self.columns.values(), widths, strict=True)
        )
        # numba compares and mangles names at every turn: a hash is short
        content = hashlib.blake2b(str(columns).encode(), digest_size=8).hexdigest()
        super().__init__(f"{name}_{content}")


class Record:
    """A named tuple of arrays in the form that kernels take; keeps the arrays alive.

    Attributes
    ----------
    address : int
        Of its words, see `RecordType`.

    Raises
    ------
    ValueError
        If an array's rows do not lie one after another in memory.
    """

    __slots__ = ("_kept", "address", "kind")

    def __init__(self, name: str, values: dict[str, Any]) -> None:
        words: list[float] = []
        looks = []
        for column, value in values.items():
            if isinstance(value, np.ndarray):
                words += (_address(column, value), *value.shape)
                looks.append((column, value.dtype, value.ndim))
            elif isinstance(value, Record):
                words.append(value.address)
                looks.append((column, value.kind, 0))
            else:
                words.append(value)
                looks.append((column, float if isinstance(value, float) else int, 0))
        self.kind: RecordType = _record_type(name, tuple(looks))
        row = struct.pack(self.kind.layout, *words)
        self.address: int = np.frombuffer(row, np.uint8).__array_interface__["data"][0]
        self._kept = (row, values)


def _address(column: str, values: np.ndarray) -> int:
    """Where an array begins; nowhere if there is nothing in it."""
    if not values.size:
        return 0
    try:  # four times as quick as asking numpy; not for what may not be written to
        return ctypes.addressof(ctypes.c_char.from_buffer(values.data))
    except (TypeError, ValueError, BufferError):
        if not values.flags.c_contiguous:
            raise ValueError(f"{column}: rows must lie one after another in memory") from None
        return values.__array_interface__["data"][0]


@functools.cache
def _record_type(name: str, looks: tuple[tuple[str, Any, int], ...]) -> RecordType:
    """Type of a record whose columns look like this: name, dtype or type, dimensions."""
    columns = []
    for column, what, dimensions in looks:
        if isinstance(what, np.dtype):
            columns.append((column, types.Array(from_dtype(what), dimensions, "C")))
        else:
            columns.append((column, {int: types.int64, float: types.float64}.get(what, what)))
    return RecordType(name, tuple(columns))


@typeof_impl.register(Record)
def _type_of_record(record: Record, context: Any) -> RecordType:
    return record.kind


@register_model(RecordType)
class _RecordModel(models.OpaqueModel):
    """One address."""


@unbox(RecordType)
def _unbox_record(kind: RecordType, record: Any, c: Any) -> NativeValue:
    address = c.pyapi.object_getattr_string(record, "address")
    pointer = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return NativeValue(pointer)


@infer_getattr
class _RecordAttributes(AttributeTemplate):
    key = RecordType

    def generic_resolve(self, record: RecordType, column: str) -> types.Type | None:
        return record.columns.get(column)


@lower_getattr_generic(RecordType)
def _take_column(context: Any, builder: Any, record: RecordType, words: Any, column: str) -> Any:
    """Take a column out of a record.

    A record's words never change, and the compiler is told so (``invariant.load``): however much a
    loop writes, it need not look up again where its columns lie. Arrays come without a count of
    who refers to them; whoever calls a kernel keeps them meanwhile.
    """
    kind, place = record.columns[column], record.places[column]

    def word(offset: int, as_type: Any) -> Any:
        row = builder.bitcast(words, as_type.as_pointer())
        loaded = builder.load(cgutils.gep_inbounds(builder, row, place + offset), align=8)
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
        return loaded

    if not isinstance(kind, types.Array):
        return word(0, context.get_value_type(kind))
    array = context.make_array(kind)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    item = context.get_data_type(kind.dtype).as_pointer()
    intp = context.get_value_type(types.intp)
    shape = [word(1 + axis, intp) for axis in range(kind.ndim)]
    strides = [intp(size)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    populate_array(
        array,
        data=word(0, item),
        shape=cgutils.pack_array(builder, shape, ty=intp),
        strides=cgutils.pack_array(builder, strides, ty=intp),
        itemsize=intp(size),
        meminfo=None,
    )
    return array._getvalue()


def passed_by_reference(table: Any) -> Any:
    """Turn a named tuple of arrays into one reference for kernels.

    Parameters
    ----------
    table : NamedTuple
        Its fields are arrays (contiguous), numbers or further such tuples.

    Returns
    -------
    Record
        The same field names, sharing the arrays; to be made in Python, before a kernel is called.
        Without compilation, the tuple as it is.
    """
    if not is_compiled:
        return table
    values = table._asdict()
    for column, value in values.items():
        if hasattr(value, "_asdict"):
            values[column] = passed_by_reference(value)
    return Record(type(table).__name__, values)
