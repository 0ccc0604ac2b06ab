"""One plugin's hooks, called and described: all of its entries, or an error and nothing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pluggy

from gradloom.plugins import hookspecs
from gradloom.plugins.catalogue import Entry, Kind
from gradloom.plugins.describe import describe
from gradloom.plugins.hookspecs import KINDS, Contribution

BUILT_IN = "gradloom"

_NAME = re.compile(r"[^\W\d]\w*")


class PluginError(Exception):
    """A plugin that breaks a rule; the message says which, in one sentence."""


def entries_of(module: object, plugin: str) -> dict[str, Entry]:
    """What a plugin's module offers, by key.

    Each plugin gets a plugin manager of its own, which is thrown away: pluggy leaves a plugin that fails
    halfway registered, and a shared manager would call everyone's hooks as one.

    Raises:
        PluginError: no hook, a misspelt one, one with arguments, junk as an item, two items of one name.
        DescriptionError: an item that cannot be described.
    """
    entries: dict[str, Entry] = {}
    for hook, function in _hooks(module):
        for item in _items(hook, function()):
            entry = _entry(item, KINDS[hook], plugin)
            if entry.key in entries:
                raise PluginError(f"It offers {entry.key} twice.")
            entries[entry.key] = entry
    return entries


def _hooks(module: object) -> Iterator[tuple[str, Any]]:
    manager = pluggy.PluginManager("gradloom")
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module)
    except pluggy.PluginValidationError as error:
        complaint = str(error).splitlines()[-1]
        raise PluginError(
            f"A hook has the wrong signature, since hooks take nothing: {complaint}."
        ) from error
    callers = manager.get_hookcallers(module) or []
    if not callers:
        raise PluginError("It offers nothing: no function in it is marked with @hookimpl.")
    order = list(KINDS)
    for caller in sorted(
        callers, key=lambda caller: order.index(caller.name) if caller.name in order else -1
    ):
        if not caller.has_spec():
            raise PluginError(f"There is no hook called {caller.name}{_suggestion(caller.name)}.")
        for implementation in caller.get_hookimpls():
            if implementation.hookwrapper or implementation.wrapper:
                raise PluginError(f"{caller.name} must return a list; a hook here cannot be a wrapper.")
            yield caller.name, implementation.function


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name, KINDS, n=1)
    return f"; did you mean {close[0]}?" if close else f"; the hooks are {', '.join(KINDS)}"


def _items(hook: str, offered: Any) -> Iterator[Any]:
    if isinstance(offered, str | bytes) or not hasattr(offered, "__iter__"):
        raise PluginError(f"{hook} must return a list of what it offers, but it returned {offered!r:.80}.")
    yield from offered


def _entry(item: Any, kind: Kind, plugin: str) -> Entry:
    offer = item if isinstance(item, Contribution) else Contribution(item)
    name = offer.name or getattr(offer.factory, "__name__", "")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise PluginError(f"{offer.factory!r:.80} needs a name of letters, digits and underscores.")
    key = name if plugin == BUILT_IN else f"{plugin}.{name}"
    return replace(describe(offer.factory, kind, key, plugin, offer.family), rare=offer.rare)
