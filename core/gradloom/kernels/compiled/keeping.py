"""How compiled functions are kept: each compiled once, called by name, and in a file of its own on disk.

numba makes what a function calls a part of it, and so compiles it again with each caller. Here a caller only
names it, and its file brings along the machine code of all that it names. numba also keeps a list of a
function's files, which two processes that compile at the same time can spoil; here there is none.
"""

from __future__ import annotations

import gc
import hashlib
import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite.binding as llvm
import numba
from numba import types
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, compile_result
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import CPUDispatcher

from gradloom.kernels.edition import edition, edition_on_disk

OLDEST, NEWEST = (0, 65), (0, 68)
"""The versions of numba whose inner parts, which this rests on, are known to fit."""

if not OLDEST <= numba.version_info.short <= NEWEST:
    raise ImportError(f"numba {numba.__version__} is not known to fit; versions 0.65 to 0.68 are.")


class _Machine(NamedTuple):
    """A function's machine code, and the names that others call it by."""

    name: str
    symbols: tuple[str, ...]
    code: bytes


_present: dict[str, _Library] = {}
"""What this process has compiled or loaded, by its symbols."""


class _Library(JITCodeLibrary):  # type: ignore[misc]
    """A function's code, of which what links it sees the names only."""

    symbols: tuple[str, ...] = ()

    def finalize(self) -> None:
        super().finalize()
        functions = [each for each in self._final_module.functions if not each.is_declaration]
        self._publish(each.name for each in functions if each.linkage == llvm.Linkage.external)

    def _optimize_functions(self, ll_module: Any) -> None:
        # All passes over the whole come anyway.
        ll_module.data_layout = self._codegen._data_layout

    def _publish(self, symbols: Iterable[str]) -> None:
        self.symbols = tuple(symbols)
        _present.update(dict.fromkeys(self.symbols, self))

    def _get_module_for_linking(self) -> Any:
        self._ensure_finalized()
        return llvm.parse_assembly("")

    def serialize_using_object_code(self) -> list[_Machine]:
        self._ensure_finalized()
        named = [*dict.fromkeys(_named(self))]
        return [_Machine(each.name, each.symbols, each._get_compiled_object()) for each in named]

    @classmethod
    def load(cls, codegen: Any, machines: list[_Machine]) -> _Library:
        """The library of the last of them, whose code calls the others."""
        libraries: list[_Library] = []
        for name, symbols, code in machines:
            library = _present.get(symbols[0])
            if library is None:
                library = cls(codegen, name)
                library.enable_object_caching()
                library._set_compiled_object(code)
                library._finalize_final_module()
                library._compiled_object = code  # which LLVM has taken
                library._linking_libraries = [*libraries]
                codegen._engine._defined_symbols.update(symbols)
                library._publish(symbols)
            libraries.append(library)
        return libraries[-1]


def _named(library: Any) -> Iterator[_Library]:
    """The libraries that it calls, those first that others call, and at last itself."""
    for each in library._linking_libraries:
        yield from _named(each)
    if isinstance(library, _Library):
        yield library


class _Separately(Compiler):  # type: ignore[misc]
    """Compiles a function into a library of its own."""

    def define_pipelines(self) -> Any:
        state = self.state
        state.library = _Library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().define_pipelines()


class _Results(CompileResultCacheImpl):  # type: ignore[misc]
    """What is kept of a compiled function: nothing that is only of use while others are compiled with it."""

    def rebuild(self, target_context: Any, payload: tuple[Any, ...]) -> Any:
        machines, description, environment, signature, *_, environments = payload
        library = _Library.load(target_context.codegen(), machines)
        entry_point = target_context.get_executable(library, description, environment)
        for each in environments:
            library.codegen.set_env(each.env_name, each)
        return compile_result(
            target_context=target_context,
            typing_context=target_context.typing_context,
            library=library,
            environment=environment,
            entry_point=entry_point,
            fndesc=description,
            signature=signature,
            objectmode=False,
        )


_SEAL = 32
"""Bytes."""


def _seal(content: bytes) -> bytes:
    """What a file begins with: damaged machine code would be run, and nobody knows to what end."""
    return hashlib.sha256(content).digest()


def _spelled(key: Any) -> str:
    """What tells keys apart: types of two classes may share a name, as tuples and starred arguments do."""
    if isinstance(key, tuple):
        return f"({', '.join(map(_spelled, key))})"
    return f"{type(key).__name__} {key!r}"


_DIGITS = "[0-9a-f]" * 16


class Files(IndexDataCacheFile):  # type: ignore[misc]
    """The files of a function, one for each combination of types."""

    def __init__(self, folder: str, name: str) -> None:
        super().__init__(folder, name, edition())
        self._name = name

    def _file_of(self, key: Any) -> str:
        return f"{self._name}.{edition()}.{hashlib.sha256(_spelled(key).encode()).hexdigest()[:16]}.nbc"

    def save(self, key: Any, data: Any) -> None:
        content = self._dump(data)
        with self._open_for_write(self._data_path(self._file_of(key))) as file:
            file.write(_seal(content) + content)
        self._clear_away()

    def _clear_away(self) -> None:
        """Remove what other editions left here, of whatever function, but for another Python.

        A process that has outlived its sources leaves all to those that have the new ones.
        """
        if edition_on_disk() != edition():
            return
        python = self._name.rpartition(".")[2]
        for path in Path(self._cache_path).glob(f"*.{python}.{_DIGITS}.{_DIGITS}.nbc"):
            if path.suffixes[-3] != f".{edition()}":
                path.unlink(missing_ok=True)

    def load(self, key: Any) -> Any:
        """What was saved under this key; None if nothing was, or if its file is damaged."""
        try:
            held = Path(self._data_path(self._file_of(key))).read_bytes()
        except OSError:
            return None
        seal, content = held[:_SEAL], held[_SEAL:]
        return pickle.loads(content) if seal == _seal(content) else None


class _Kept(FunctionCache):  # type: ignore[misc]
    """The compiled forms of a function on disk.

    Raises:
        RuntimeError: there is no place that may be written to.
    """

    _impl_class = _Results

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._cache_file = Files(self._cache_path, self._impl.filename_base)

    def save_overload(self, sig: Any, data: Any) -> None:
        # A full disk, or a folder that is gone meanwhile, only means that the next process compiles anew.
        with suppress(OSError):
            super().save_overload(sig, data)


_MANY_OBJECTS, _NEVER = 50_000, 1_000_000


@contextmanager
def _collector_unhurried() -> Iterator[None]:
    """While numba makes objects by the million, look for garbage seldom, and among the new ones only.

    As often as usual takes a sixth of the time. Not at all leaves a quarter of a second of it to the end, and
    meanwhile no other thread of Python runs, so that a window stands still.
    """
    before = gc.get_threshold()
    if before[0] > 0:
        gc.set_threshold(_MANY_OBJECTS, _NEVER, _NEVER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Kernel(CPUDispatcher):  # type: ignore[misc]
    """A function that is compiled once for the types of its arguments, also where a caller gives numbers.

    numba makes a copy of its own for each number, to be simplified; what gains by that is `inlined`.
    """

    def __init__(self, function: Any, **options: Any) -> None:
        super().__init__(function, targetoptions={"nopython": True, **options}, pipeline_class=_Separately)
        with suppress(RuntimeError):
            self._cache = _Kept(function)

    def compile(self, sig: Any) -> Any:
        # The thresholds are the process's, so one thread at a time changes them.
        with global_compiler_lock, _collector_unhurried():
            return super().compile(sig)

    def get_call_template(self, args: Iterable[Any], kws: Any) -> Any:
        return super().get_call_template([types.unliteral(each) for each in args], kws)
