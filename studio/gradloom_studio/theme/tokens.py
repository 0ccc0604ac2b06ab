"""The one table of colours and measures; every view takes what it draws from here.

A colour is a "#RRGGBB" text, which both QColor and a stylesheet take. Text reaches a contrast of 4.5:1 on
every surface, and each family colour 3:1; the families stay apart for colour-blind eyes too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

RADIUS = 6
"""The radius of every rounded corner, in logical pixels."""

_UNIT = 4


def spacing(steps: int) -> int:
    """So many steps of 4 logical pixels."""
    return steps * _UNIT


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme."""

    name: str

    canvas: str
    canvas_grid: str
    surface: str
    surface_raised: str
    surface_hover: str
    surface_pressed: str
    border: str
    border_strong: str

    text: str
    text_muted: str
    text_disabled: str

    accent: str
    accent_hover: str
    accent_pressed: str
    accent_text: str
    selection: str

    danger: str
    danger_surface: str
    warning: str
    warning_surface: str
    success: str
    success_surface: str

    plot_curve: str
    plot_batch: str

    families: Mapping[str, str]

    def family(self, name: str) -> str:
        """The colour of a family; one that is not known, such as a plugin's own, gets the plugins' colour."""
        return self.families.get(name, self.families["plugin"])


LIGHT = Tokens(
    name="light",
    canvas="#F4F5F8",
    canvas_grid="#DFE2E9",
    surface="#FFFFFF",
    surface_raised="#F4F5F8",
    surface_hover="#ECEEF3",
    surface_pressed="#E2E5EC",
    border="#DDE0E7",
    border_strong="#868D9B",
    text="#1A1E26",
    text_muted="#5B6372",
    text_disabled="#9BA1AD",
    accent="#4653CF",
    accent_hover="#3B47BA",
    accent_pressed="#333EA4",
    accent_text="#FFFFFF",
    selection="#DFE3FC",
    danger="#B3261E",
    danger_surface="#FBEAE8",
    warning="#8A5300",
    warning_surface="#FBF1DF",
    success="#1F7044",
    success_surface="#E6F4EC",
    plot_curve="#4653CF",
    plot_batch="#B9BFEC",
    families=MappingProxyType(
        {
            "data": "#1C5080",
            "layer": "#6C77F8",
            "convolution": "#0C8085",
            "pooling": "#237164",
            "activation": "#C77305",
            "normalization": "#9A75AD",
            "regularization": "#82215A",
            "merge": "#4A5F31",
            "shape": "#778D86",
            "loss": "#AD260E",
            "plugin": "#87713F",
        }
    ),
)

DARK = Tokens(
    name="dark",
    canvas="#14171C",
    canvas_grid="#242932",
    surface="#1B1F26",
    surface_raised="#232830",
    surface_hover="#2B313B",
    surface_pressed="#343B47",
    border="#303641",
    border_strong="#707A8A",
    text="#E7EAF0",
    text_muted="#A4ADBB",
    text_disabled="#667080",
    accent="#93A0FF",
    accent_hover="#A9B3FF",
    accent_pressed="#7F8DF2",
    accent_text="#12152B",
    selection="#2F3763",
    danger="#FF8A7D",
    danger_surface="#3B2325",
    warning="#F0B35A",
    warning_surface="#382C1B",
    success="#6FCF97",
    success_surface="#1C3328",
    plot_curve="#93A0FF",
    plot_batch="#4A5286",
    families=MappingProxyType(
        {
            "data": "#6EC7FC",
            "layer": "#7187F8",
            "convolution": "#4CE7FA",
            "pooling": "#36956B",
            "activation": "#FCAE1B",
            "normalization": "#A978A6",
            "regularization": "#F67CB6",
            "merge": "#96E985",
            "shape": "#CFCFC1",
            "loss": "#DC5A3B",
            "plugin": "#BFAB79",
        }
    ),
)

_current = LIGHT


def current() -> Tokens:
    """The tokens of the theme that is shown now."""
    return _current


def use(tokens: Tokens) -> None:
    """Make these the current tokens; only `theme.apply` calls this."""
    global _current
    _current = tokens
