"""The icon and the colour of each family of layers."""

from __future__ import annotations

UNKNOWN = "unknown"
"""The family of a kind that nobody provides."""

_ICONS = {
    "data": "database",
    "layer": "layers",
    "convolution": "grid-3x3",
    "pooling": "shrink",
    "activation": "chart-spline",
    "normalization": "scale",
    "regularization": "dices",
    "merge": "git-merge",
    "shape": "shapes",
    "loss": "target",
    UNKNOWN: "circle-question-mark",
}
_PLUGIN_ICON = "puzzle"


def family_token(family: str) -> str:
    """The name of a family's colour, for icons; an unknown kind has that of muted text."""
    return "text_muted" if family == UNKNOWN else f"family:{family}"


def family_icon(family: str) -> str:
    """The name of a family's icon."""
    return _ICONS.get(family, _PLUGIN_ICON)
