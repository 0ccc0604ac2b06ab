"""The one stylesheet: gradloom.qss with the tokens filled in. Views choose roles from it."""

from __future__ import annotations

from pathlib import Path
from string import Template

from gradloom_studio.theme.fonts import points
from gradloom_studio.theme.icons import FOLDER
from gradloom_studio.theme.tokens import RADIUS, Tokens

_RULES = Path(__file__).with_name("gradloom.qss")


def stylesheet(tokens: Tokens) -> str:
    """The stylesheet of one theme."""
    colours = {name: value for name, value in vars(tokens).items() if isinstance(value, str)}
    sizes = {size: f"{points(size):g}" for size in ("small", "body", "title")}
    rules = Template(_RULES.read_text(encoding="utf-8"))
    return rules.substitute(colours, **sizes, radius=RADIUS, controls=(FOLDER / "controls").as_posix())
