"""Tables as people save them, and the sentence that each mistake in them gets."""

from __future__ import annotations

import csv as stdlib_csv
import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradloom.data import sources
from gradloom.data.sources import disk, from_csv

Write = Callable[[str | bytes], Path]

FLOWERS = "length,width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n4.9,3.0,setosa\n6.4,3.2,versicolor\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def save(text: str | bytes) -> Path:
        path = tmp_path / "data.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return save


def refused(path: Path, words: str, **arguments: str) -> None:
    with pytest.raises(sources.DataError, match=words) as error:
        sources.csv(path, **arguments)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_a_table_with_names_and_text_labels(write: Write) -> None:
    samples = sources.csv(write(FLOWERS))
    assert samples.feature_names == ("length", "width")
    assert samples.classes == ("setosa", "versicolor")
    assert samples.target.tolist() == [0, 1, 0, 1]
    assert samples.x.dtype == np.float32
    assert np.allclose(samples.x[1], [7.0, 3.2])
    assert np.allclose(samples.inputs["width"][:, 0], [3.5, 3.2, 3.0, 3.2])


@pytest.mark.parametrize(
    "text",
    [
        FLOWERS.replace("\n", "\r\n"),
        FLOWERS.replace("\n", "\r"),
        "\ufeff" + FLOWERS,
        FLOWERS.encode("utf-16"),
        FLOWERS.rstrip(),
        FLOWERS.replace(",", "\t"),
        FLOWERS.replace(",", ";"),
        FLOWERS.replace(",", "|"),
        FLOWERS.replace(",", "   "),
        FLOWERS.replace(",", ", "),
        FLOWERS.replace("setosa", '"setosa"').replace("7.0", '"7.0"'),
        FLOWERS.replace("\n", "\n\n") + ",,\n\n",
    ],
)
def test_line_ends_marks_delimiters_quotes_and_blank_lines_do_not_matter(
    write: Write, text: str | bytes
) -> None:
    expected, samples = sources.csv(write(FLOWERS)), sources.csv(write(text))
    assert samples.feature_names == expected.feature_names
    assert samples.classes == expected.classes
    assert np.array_equal(samples.x, expected.x)
    assert np.array_equal(samples.target, expected.target)


def test_without_names_columns_are_numbered(write: Write) -> None:
    path = write(FLOWERS.split("\n", 1)[1])
    assert sources.csv(path).feature_names == ("column 1", "column 2")
    assert len(sources.csv(path)) == 4
    assert len(sources.csv(path, header="yes", target="setosa")) == 3


def test_any_column_can_be_the_target(write: Write) -> None:
    path = write("species,length\na,1.5\nb,2.5\na,3.5\n")
    assert sources.csv(path, target="species").classes == ("a", "b")
    refused(path, "no column 'colour' to predict; its columns are 'species', 'length'", target="colour")


def test_quoted_delimiters_quotes_and_line_ends_belong_to_the_text(write: Write) -> None:
    samples = sources.csv(write('x1,kind\n1,"a, ""b"""\n2,"c\nd"\n3,"c\nd"\n'))
    assert samples.classes == ('a, "b"', "c\nd")


@pytest.mark.parametrize(
    ("targets", "task", "classes"),
    [
        (["0", "1", "0", "1"], "classification", ("0", "1")),
        (["10", "9", "10", "9"], "classification", ("9", "10")),
        (["1.0", "2", "1", "2.0"], "classification", ("1", "2")),
        (["1", "two", "1", "two"], "classification", ("1", "two")),
        (["0.5", "1.5", "0.5", "1.5"], "regression", ()),
        (["151", "75", "141", "206"], "regression", ()),
    ],
)
def test_the_target_tells_the_task(
    write: Write, targets: list[str], task: str, classes: tuple[str, ...]
) -> None:
    path = write("a,b\n" + "".join(f"{row},{target}\n" for row, target in enumerate(targets)))
    samples = sources.csv(path)
    assert (samples.task, samples.classes) == (task, classes)


def test_the_task_can_be_chosen(write: Write) -> None:
    path = write("a,b\n1,0\n2,1\n3,0\n4,1\n")
    assert sources.csv(path, task="regression").target.tolist() == [[0], [1], [0], [1]]
    path = write("a,b\n1,151\n2,75\n3,141\n")
    assert sources.csv(path, task="classification").classes == ("75", "141", "151")
    refused(
        write(FLOWERS),
        "line 2, column 'species': 'setosa' is not a number, and regression",
        task="regression",
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.floats(width=32, allow_nan=False, allow_infinity=False),
            st.integers(-9, 9),
            st.text("ab", min_size=1),
        ),
        min_size=2,
        max_size=30,
    ).filter(lambda rows: len({row[2] for row in rows}) > 1),
    delimiter=st.sampled_from(list(",;\t|")),
)
def test_what_is_written_is_read(write: Write, rows: list[tuple], delimiter: str) -> None:
    path = write("")
    with path.open("w", newline="") as file:
        stdlib_csv.writer(file, delimiter=delimiter).writerows([("u", "v", "kind"), *rows])
    samples = sources.csv(path)
    assert samples.x.tolist() == [[number, integer] for number, integer, _ in rows]
    assert [samples.classes[label] for label in samples.target] == [label for *_, label in rows]


def test_tables_longer_than_a_block_are_read_whole(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_csv, "_VALUES_AT_ONCE", 8)
    numeric = "a,b\n" + "".join(f"{row},{row / 2}\n" for row in range(101))
    samples = sources.csv(write(numeric))
    assert samples.x[:, 0].tolist() == list(range(101))
    assert samples.target[:, 0].tolist() == [row / 2 for row in range(101)]
    # Text appears only in the last line, so that all labels before it looked like numbers.
    samples = sources.csv(write("a,b\n" + "".join(f"{row},7\n" for row in range(100)) + "100,x\n"))
    assert samples.class_counts == (100, 1)
    refused(write(numeric + "3,oops\n4,\n"), "line 104, column 'b': '' is no class")


def test_a_misspelt_number_makes_no_classes(write: Write) -> None:
    path = write("a,b\n1,2.5\n2,3.5\n3,4.5\n4,oops\n5,4.5\n")
    refused(path, "'b' of data.csv holds numbers, such as '2.5', and text, such as 'oops'; correct the text")
    assert len(sources.csv(path, task="classification").classes) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,c\n1,2,x\n3,,y\n", "data.csv, line 3, column 'b': '' is a missing value"),
        ("a,b,c\n1,2,x\n3,NA,y\n", "line 3, column 'b': 'NA' is a missing value"),
        (
            "a,b,c\n1,2,x\n3,4,\n",
            "line 3, column 'c': '' is a missing value|line 3, column 'c': '' is no class",
        ),
        ("a,b,c\n1,2,x\n3,4,?\n", r"line 3, column 'c': '\?' is no class"),
        ("a,b,c\n1,2,1\n3,nan,0\n", "line 3, column 'b': 'nan' is a missing value"),
        ("a,b,c\n1,2,1\n3,inf,0\n", "line 3, column 'b': 'inf' is beyond float32"),
        ("a,b,c\n1,2,1\n3,1e308,0\n", "line 3, column 'b': '1e308' is beyond float32"),
        ("a,b,c\n1,2,x\n3,red,y\n", "line 3, column 'b': 'red' is not a number; only the column to predict"),
        (
            "a;b;c\n1;2;x\n3;4,5;y\n",
            "line 3, column 'b': '4,5' is not a number; write it with a decimal point",
        ),
        ('a,b,c\n1,2,x\n3,"1,234.5",y\n', "'1,234.5' is not a number; write it with a decimal point"),
        ("a,b,c\n1,2,x\n3,4\n", "line 3: there are 2 values, but the first line has 3"),
        ("a,b,c\n1,2,x\n\n3,4,y,\n", "line 4: there are 4 values"),
        ('a,b\n1,"x\n2,y\n', "data.csv, line 3: .*; check its quotes"),
        ('a,b\n1,"x"y\n2,y\n', "data.csv, line 2: .*; check its quotes"),
        ("a,b,a\n1,2,x\n", "calls columns 1 and 3 both 'a'"),
        ("a\n1\n2\n", "has 1 column"),
        ("a,b\n", "no lines with values below its header"),
        ("\n\n\n", "no lines that can be read as values"),
        ("", "data.csv is empty"),
        ("a,b\n1,x\n2,x\n", "Column 'b' of data.csv has one class only, 'x'"),
        ("a,b\n1,0\n2,0\n", "Column 'b' of data.csv has one class only, '0'"),
        ("a,b\n1,\x1b[31mred\n\x07,y\n", r"column 'a': '\\x07' is not a number"),
        (b"a,b\n1,caf\xe9\n2,y\n", "data.csv is not UTF-8 text: line 2 has the byte e9"),
        (b"PK\x03\x04\x00\x00\xff\xfe", "is not UTF-8 text: line 1 has the byte ff"),
        (b"\xff\xfea\x00,", "is not UTF-8 text"),
        (bytes(100), "column"),
        ("a,b\n" + "1" * 2**20 + ",2\n", "line 2 has a million characters or more"),
        ("a,b\n1," + "z" * 200_000 + "\n2,y\n", "line 2: field larger than field limit"),
        (",".join(f"c{n}" for n in range(10_001)) + "\n", "has 10,001 column"),
        (
            "a,b\n" + "".join(f"{n},name{n}\n" for n in range(1001)),
            "'b' of data.csv has more than 1,000 different",
        ),
    ],
)
def test_mistakes_are_named_with_line_and_column(write: Write, text: str | bytes, words: str) -> None:
    refused(write(text), words)


def test_unknown_choices_are_refused(write: Write) -> None:
    refused(
        write(FLOWERS),
        "Delimiter 'colon' is not known; choose auto or one of tab, semicolon",
        delimiter="colon",
    )


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    refused(tmp_path / "gone.csv", r"There is no file .*gone\.csv")
    refused(tmp_path, "is a folder; choose a file")
    refused(tmp_path / "a\0b.csv", "There is no file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are a Unix thing")
def test_pipes_and_links_to_themselves_are_told_from_what_is_missing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    refused(tmp_path / "pipe.csv", r"pipe\.csv' is a device or a pipe; choose a file")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    refused(tmp_path / "loop.csv", r"loop\.csv' cannot be read: too many levels of symbolic links")


def test_a_table_that_would_fill_the_memory_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a,b\n" + "1,2\n" * 5000)
    monkeypatch.setattr(disk, "LARGEST", 18_000)
    monkeypatch.setattr(from_csv, "plain_file", Path)
    monkeypatch.setattr(from_csv, "_VALUES_AT_ONCE", 100)
    refused(path, r"data.csv takes 17\.\d KB, and a data set at most 17\.6 KB")


LINES = st.tuples(*2 * [st.sampled_from(["0", "1", "2.5", " 3", "-1e9", "a", '"b"', "", "nan"])]).map(
    ",".join
)
TEXTS = st.text("0123456789.,;\t\"'\n\r -abe\x00\ufeff", max_size=60)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.lists(LINES, max_size=12).map("\n".join) | TEXTS | st.binary(max_size=40))
def test_any_text_is_a_table_or_a_data_error(write: Write, text: str | bytes) -> None:
    try:
        samples = sources.csv(write(text))
    except sources.DataError as error:
        assert "data.csv" in str(error)  # noqa: PT017
    else:
        assert all(math.isfinite(value) for value in samples.x.ravel())
