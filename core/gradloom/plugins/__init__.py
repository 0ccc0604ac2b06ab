"""Plugins: layers, losses, optimizers, schedules, metrics, data sets and transforms from anywhere.

from gradloom.plugins import hookimpl

@hookimpl
def gradloom_layers():
    return [Swish]
"""

from __future__ import annotations

from gradloom.plugins.catalogue import REQUIRED, Catalogue, Entry, Kind, Parameter, Port
from gradloom.plugins.describe import DescriptionError, describe
from gradloom.plugins.hookspecs import Contribution, hookimpl
from gradloom.plugins.host import PluginReport, Plugins, load_plugins, plugin_folder
from gradloom.plugins.values import problem_with

__all__ = [
    "REQUIRED",
    "Catalogue",
    "Contribution",
    "DescriptionError",
    "Entry",
    "Kind",
    "Parameter",
    "PluginReport",
    "Plugins",
    "Port",
    "describe",
    "hookimpl",
    "load_plugins",
    "plugin_folder",
    "problem_with",
]
