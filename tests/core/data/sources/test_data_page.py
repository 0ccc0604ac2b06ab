"""The page about data tells the truth: its examples run, and it names every data set and limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gradloom.data import sources
from gradloom.data.sources import arrays, csv_layout, disk, from_csv, from_images, from_npz
from gradloom.experiment.document_parse import parse

PAGE = (Path(__file__).parents[4] / "docs" / "data.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def flowers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page's table, in the current folder under the page's name for it."""
    monkeypatch.chdir(tmp_path)
    table, _ = blocks("text")
    Path("flowers.csv").write_text(table, encoding="utf-8")
    return table


@pytest.mark.usefixtures("flowers")
def test_the_python_examples_run() -> None:
    reading, writing, mapping, making = blocks("python")
    names: dict = {}
    exec(reading, names)
    assert len(names["parts"].train) + len(names["parts"].validation) == 4
    exec(writing, names)
    exec(mapping, names)
    assert names["x"].shape == (40, 32, 32, 3)
    exec(making, names)
    assert names["parity"](3).class_counts == (4, 4)


def test_the_settings_belong_in_an_experiment() -> None:
    settings, stored = blocks("toml")
    assert parse(f"format = 1\n{stored}").data.source.parameters == {
        "input": "photos.npy",
        "target": "labels.npy",
    }
    data = parse(f"format = 1\n{settings}").data
    assert data.source.kind == "csv"
    assert data.source.parameters == {"path": "flowers.csv", "target": "species"}
    assert data.validation == 0.25


def test_the_refusal_is_the_one_that_is_shown(flowers: str) -> None:
    Path("flowers.csv").write_text(flowers.replace("7.0,3.2", "7.0,"), encoding="utf-8")
    with pytest.raises(sources.DataError) as error:
        sources.csv("flowers.csv")
    assert str(error.value) == blocks("text")[1].strip()


def test_every_data_set_and_limit_is_named() -> None:
    for dataset in sources.DATASETS:
        assert f"`{dataset.__name__}`" in PAGE
    counts = (
        arrays.MOST_CLASSES,
        csv_layout.MOST_COLUMNS,
        from_csv.LONGEST_LINE - 1,
        from_npz.MOST_ARRAYS,
        from_images.MOST_PIXELS,
    )
    assert [f"| {count:,} |" in PAGE for count in counts] == [True] * 5
    assert f"| {disk.LARGEST // 2**30} GB |" in PAGE
