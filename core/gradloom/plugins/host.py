"""Finds plugins and loads each one alone, so that a broken one is reported and harms nothing else."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from gradloom.plugins.catalogue import Catalogue, Entry
from gradloom.plugins.describe import DescriptionError
from gradloom.plugins.drop_in import forgetting_failures, load_file, readable
from gradloom.plugins.registration import BUILT_IN, PluginError, entries_of

if TYPE_CHECKING:
    from importlib.metadata import Distribution

GROUP: Final = "gradloom.plugins"
"""The entry point group of installed plugins."""

SWITCH: Final = "GRADLOOM_PLUGINS"
"""Set to 0, this environment variable leaves out everything that is not built in."""

FOLDER: Final = "GRADLOOM_PLUGIN_FOLDER"
"""This environment variable names another plugin folder than the user's own."""


@dataclass(frozen=True)
class PluginReport:
    """What became of one plugin. `reason` and `traceback` say why it is broken; `keys` are its entries."""

    id: str
    source: str
    state: Literal["ok", "broken"]
    reason: str = ""
    traceback: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plugins:
    """The catalogue of everything that could be loaded, and a report on each plugin, built-in ones first."""

    catalogue: Catalogue
    loaded: tuple[PluginReport, ...]

    @property
    def broken(self) -> tuple[PluginReport, ...]:
        return tuple(report for report in self.loaded if report.state == "broken")


@dataclass(frozen=True)
class _Candidate:
    """A plugin that was found; `load` imports it and may do anything."""

    id: str
    source: str
    load: Callable[[], object]


def load_plugins(folder: Path | None = None, entry_points: bool = True) -> Plugins:
    """Everything there is to choose from: built in, installed, and dropped into the plugin folder.

    Never raises for a plugin's fault. Only KeyboardInterrupt passes.

    Args:
        folder: where drop-in files are; None takes the user's plugin folder.
        entry_points: whether installed packages are asked.
    """
    entries: dict[str, Entry] = {}
    reports: list[PluginReport] = []
    for candidate in _candidates(folder, entry_points):
        taken = {report.id for report in reports if report.state == "ok"}
        report, added = _load(candidate, taken, entries)
        reports.append(report)
        entries |= added
    return Plugins(Catalogue(entries), tuple(reports))


def plugin_folder() -> Path:
    """Where drop-in plugins of this user live; it need not exist."""
    if chosen := os.environ.get(FOLDER):
        return Path(chosen)
    # platformdirs is only asked where no folder is given.
    from platformdirs import user_data_path

    return user_data_path("gradloom", appauthor=False) / "plugins"


def _candidates(folder: Path | None, entry_points: bool) -> Iterator[_Candidate]:
    yield _Candidate(BUILT_IN, "built in", _built_in)
    if os.environ.get(SWITCH) == "0":
        return
    if entry_points:
        yield from _installed()
    yield from _dropped_in(plugin_folder() if folder is None else folder)


def _built_in() -> object:
    from gradloom.plugins import builtin

    return builtin


def _installed() -> Iterator[_Candidate]:
    """Packages with our entry point, each read by itself: one that is damaged must not hide the others."""
    from importlib import metadata

    found: dict[str, metadata.Distribution] = {}
    for distribution in metadata.distributions():
        try:
            if GROUP in (distribution.read_text("entry_points.txt") or ""):
                facts = distribution.metadata
                # Typed without a get, and None for a missing name is deprecated.
                name = facts["Name"] if "Name" in facts else ""  # noqa: SIM401
                found.setdefault(name or "a nameless package", distribution)
        except (OSError, ValueError, LookupError):
            # Nobody's plugin, as far as can be read.
            continue
    for name in sorted(found):
        yield from _entry_points(name, found[name])


def _entry_points(name: str, distribution: Distribution) -> Iterator[_Candidate]:
    try:
        points = list(distribution.entry_points.select(group=GROUP))
        source = f"{name} {distribution.version}"
    except Exception as error:  # noqa: BLE001 - damaged metadata is reported, whatever it raises
        yield _Candidate(name, name, _raiser(error))
        return
    for point in points:
        yield _Candidate(point.name, source, point.load)


def _dropped_in(folder: Path) -> Iterator[_Candidate]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".py" and path.name[0] not in "._")
    except FileNotFoundError:
        return
    except OSError as error:
        yield _Candidate(readable(folder.name), readable(folder), _raiser(error))
        return
    for path in paths:
        yield _Candidate(readable(path.stem), readable(path), partial(load_file, path))


def _raiser(error: Exception) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


def _load(
    candidate: _Candidate, taken: set[str], entries: Mapping[str, Entry]
) -> tuple[PluginReport, dict[str, Entry]]:
    """Import and describe one plugin: its report, and all of its entries or none."""
    try:
        if candidate.id in taken:
            raise PluginError(f"There already is a plugin called {candidate.id}.")
        with forgetting_failures():
            added = entries_of(candidate.load(), candidate.id)
        if clash := entries.keys() & added.keys():
            raise PluginError(f"There already is an entry called {min(clash)}.")
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, sys.exit() included
        trace = readable("".join(traceback.format_exception(error)))
        report = PluginReport(candidate.id, candidate.source, "broken", readable(_reason(error)), trace)
        return report, {}
    return PluginReport(candidate.id, candidate.source, "ok", keys=tuple(added)), added


def _reason(error: BaseException) -> str:
    """One sentence on why a plugin failed."""
    if isinstance(error, PluginError | DescriptionError):
        return str(error)
    if isinstance(error, SystemExit):
        return f"It ended the program with sys.exit({error.code!r:.80})."
    if isinstance(error, SyntaxError):
        where = "It" if error.lineno is None else f"Line {error.lineno}"
        return f"{where} is not Python: {error.msg}."
    # format_exception_only copes with an exception whose own text cannot be made.
    raised = traceback.format_exception_only(error)[-1].strip()
    # An exception of the file's own comes with the name of its module, which is ours and says nothing.
    return f"It raised {raised.removeprefix(f'{type(error).__module__}.'):.300}"
