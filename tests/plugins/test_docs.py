"""The page on plugins is true: its hooks are all the hooks, and its snippets load and run."""

from __future__ import annotations

import re
from importlib import metadata
from inspect import getdoc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom
from gradloom.plugins import hookspecs, load_plugins
from gradloom.plugins.conformance import check_layer, check_optimizer
from gradloom.plugins.hookspecs import KINDS

PAGE = Path(__file__).parents[2] / "docs" / "plugins.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
PLUGINS = [snippet for snippet in SNIPPETS if "@hookimpl" in snippet]
X = np.linspace(-3, 3, 12).reshape(4, 3)


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page's plugins offer, by name."""
    monkeypatch.delenv("GRADLOOM_PLUGINS", raising=False)
    monkeypatch.setattr(metadata, "distributions", lambda: ())
    for number, snippet in enumerate(PLUGINS):
        (tmp_path / f"page{number}.py").write_text(snippet, encoding="utf-8")
    plugins = load_plugins(tmp_path)
    assert not plugins.broken
    return {entry.name: entry.factory for entry in plugins.catalogue.values() if entry.plugin != "gradloom"}


def test_the_table_of_hooks_is_the_file_of_hooks() -> None:
    table = dict(
        re.findall(r"^\| `(gradloom_\w+)` \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert table == {name: getdoc(getattr(hookspecs, name)) for name in KINDS}
    assert all("\n" not in line for line in table.values())


def test_the_list_in_the_page_is_what_the_terminal_says() -> None:
    built_in = load_plugins(entry_points=False).loaded[0]
    said = re.search(
        r"^gradloom  ok     (\d+) entries  built in$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert said is not None
    assert int(said[1]) == pytest.approx(len(built_in.keys), rel=0.2)


def test_every_snippet_is_seen_to_work(offered: dict[str, Any]) -> None:
    assert set(offered) == {"Swish", "Triangle", "Scale", "Blend", "SignSGD", "exclusive_or"}
    check_layer(offered["Swish"], X)
    check_layer(offered["Triangle"], X + 0.1)
    check_layer(offered["Scale"], X, in_features=3)
    check_layer(offered["Blend"], X, X * X, X + 1)
    check_optimizer(offered["SignSGD"], lr=0.01)
    assert offered["exclusive_or"](samples=20).class_counts[0] > 0


def test_the_snippet_of_a_test_passes(offered: dict[str, Any]) -> None:
    (snippet,) = (snippet for snippet in SNIPPETS if snippet not in PLUGINS)
    scope: dict[str, Any] = {"Swish": offered["Swish"]}
    exec(snippet, scope)
    scope["test_swish"]()


def test_the_readme_shows_the_same_plugin(offered: dict[str, Any]) -> None:
    readme = (PAGE.parents[1] / "README.md").read_text(encoding="utf-8")
    assert PLUGINS[0] in readme
    assert offered["Swish"](beta=2.0)(gradloom.tensor([0.0])).item() == 0
