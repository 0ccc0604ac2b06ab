from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from gradloom_studio.theme import icons
from gradloom_studio.theme.tokens import DARK, LIGHT, Tokens

SURFACES = ("canvas", "surface", "surface_raised", "surface_hover")
INKS = ("text", "text_muted", "danger", "warning", "success", "accent")

# Machado, Oliveira and Fernandes (2009), severity 1.0, for linear RGB.
SIGHT = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour: str) -> tuple[float, float, float]:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return r, g, b


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio."""
    levels = [0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05 for r, g, b in (linear(one), linear(other))]
    return max(levels) / min(levels)


def perceived(colour: str, sight: str) -> tuple[float, float, float]:
    """The colour in OKLab, as an eye with this sight has it."""
    rgb = linear(colour)
    r, g, b = (max(0.0, sum(m * c for m, c in zip(row, rgb, strict=True))) for row in SIGHT[sight])
    l = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)  # noqa: E741
    m = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    s = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    )


def distance(one: str, other: str, sight: str) -> float:
    pairs = zip(perceived(one, sight), perceived(other, sight), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) ** 0.5


@pytest.fixture(params=[LIGHT, DARK], ids=lambda theme: theme.name)
def theme(request: pytest.FixtureRequest) -> Tokens:
    return request.param


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("ink", INKS)
def test_text_is_readable(theme: Tokens, ink: str, surface: str) -> None:
    assert contrast(getattr(theme, ink), getattr(theme, surface)) >= 4.5


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("accent_text", "accent"),
        ("accent_text", "accent_hover"),
        ("accent_text", "accent_pressed"),
        ("text", "selection"),
        ("text", "surface_pressed"),
        ("text_muted", "selection"),
        ("danger", "danger_surface"),
        ("warning", "warning_surface"),
        ("success", "success_surface"),
        ("text", "danger_surface"),
        ("text", "warning_surface"),
        ("text", "success_surface"),
    ],
)
def test_text_on_a_coloured_ground_is_readable(theme: Tokens, ink: str, ground: str) -> None:
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("surface", ["surface", "canvas"])
def test_edges_curves_and_families_are_visible(theme: Tokens, surface: str) -> None:
    ground = getattr(theme, surface)
    for colour in (theme.border_strong, theme.accent, theme.plot_curve, *theme.families.values()):
        assert contrast(colour, ground) >= 3, colour


@pytest.mark.parametrize("sight", SIGHT)
def test_families_stay_apart_for_every_eye(theme: Tokens, sight: str) -> None:
    main = ("data", "layer", "activation", "normalization", "loss")
    for one, other in itertools.combinations(theme.families, 2):
        least = 0.1 if one in main and other in main else 0.05
        assert distance(theme.families[one], theme.families[other], sight) >= least, (one, other)


def test_both_themes_have_the_same_families() -> None:
    assert LIGHT.families.keys() == DARK.families.keys()


def test_an_unknown_family_has_the_plugins_colour(theme: Tokens) -> None:
    assert theme.family("somebody's own") == theme.families["plugin"]


@pytest.mark.parametrize(("picture", "ink"), [("check", "accent_text"), ("chevron-down", "text_muted")])
def test_the_pictures_of_controls_have_the_colours_of_tokens(theme: Tokens, picture: str, ink: str) -> None:
    source = (icons.FOLDER / "controls" / f"{picture}-{theme.name}.svg").read_text(encoding="utf-8")
    assert re.findall(r'stroke="(#\w+)"', source) == [getattr(theme, ink)]


def test_every_icon_there_is_is_used() -> None:
    studio = Path(icons.__file__).parents[1]
    code = "\n".join(path.read_text(encoding="utf-8") for path in studio.rglob("*.py"))
    unused = [path.stem for path in icons.FOLDER.glob("*.svg") if f'"{path.stem}"' not in code]
    assert unused == []
