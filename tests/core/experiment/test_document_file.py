"""The `.loom.toml` file: exact round trips, kept comments, and errors of one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.experiment.document import (
    Bound,
    Choice,
    DataSettings,
    Document,
    TrainingSettings,
    Wire,
)
from gradloom.experiment.document_file import DocumentError, parse, read, render, write

EXAMPLE = """\
# A first network.
format = 1
name = "MNIST MLP"   # shown in the title bar

[data]
kind = "mnist5k"
normalize = "standard"

[nodes]
image   = { kind = "Input" }
# one row of pixels
flatten = { kind = "Flatten" }
fc1     = {kind="Linear", out_features=128}  # wide enough
loss    = { kind = "CrossEntropyLoss" }

[graph]
wires = [
  "image -> flatten",  # the only input
  "flatten->fc1",
  "fc1 -> loss",
]

# plain gradient descent
[optimizer]
kind = "SGD"
lr = 0.1  # bold

[expect]
accuracy = { min = 0.92 }

[layout]
image = [0, 0]
"""

# Documents of all kinds

words = st.sampled_from(["a", "b2", "größe", "слой", "层", "_x", "match", "kind", "nodes", "été", "x" * 60])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["", '"""', "a\\\nb", "\r\n", "\x7f\x00", "tab\there", "'''", "# no comment", "\ufeff", "\u2028"]
)
scalars = (
    st.booleans()
    | st.integers()
    | st.integers(min_value=2**64, max_value=2**200)
    | st.floats(allow_nan=False)
    | st.sampled_from([0.0, -0.0, 1e300, 5e-324])
    | texts
)
values = scalars | st.lists(scalars, max_size=3).map(tuple)
keys = (words | texts).filter(
    lambda key: key not in ("kind", "validation", "normalize", "split_seed", "transforms")
)
choices = st.builds(Choice, kind=texts.filter(bool), parameters=st.dictionaries(keys, values, max_size=3))
places = st.floats(-1e6, 1e6)
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
documents = st.builds(
    Document,
    name=texts,
    notes=texts,
    data=st.builds(
        DataSettings,
        source=choices,
        validation=st.none() | st.floats(0.01, 0.99),
        normalize=st.sampled_from(["none", "unit", "standard"]),
        split_seed=st.integers(0, 2**32 - 1),
        transforms=st.lists(choices, max_size=2).map(tuple),
    ),
    nodes=st.dictionaries(words, choices, max_size=5),
    wires=st.lists(st.builds(Wire, source=words, target=words, port=st.just("") | words), max_size=6).map(
        tuple
    ),
    layout=st.dictionaries(words, st.tuples(places, places), max_size=3),
    optimizer=choices,
    schedule=st.none() | choices,
    metrics=st.lists(texts, max_size=2).map(tuple),
    training=st.builds(
        TrainingSettings,
        epochs=st.integers(1, 10**6),
        batch_size=st.integers(1, 10**6),
        seed=st.integers(0, 2**32 - 1),
    ),
    expect=st.dictionaries(texts, st.builds(Bound, min=numbers, max=numbers), max_size=2),
)


def same(one: Document, other: Document) -> bool:
    """Equal down to order, sign of zero and type, which == does not tell."""
    return repr(one) == repr(other)


@given(documents)
@settings(max_examples=150, deadline=None)
def test_every_document_survives_its_file(document: Document) -> None:
    assert same(parse(render(document)), document)


@given(documents, documents)
@settings(max_examples=100, deadline=None)
def test_saving_over_a_file_gives_the_new_document(old: Document, new: Document) -> None:
    text = render(old)
    assert render(old, text) == text
    assert same(parse(render(new, text)), new)


@given(
    st.permutations(["image", "flatten", "fc1", "loss", "relu"]), st.sets(st.sampled_from(["fc1", "relu"]))
)
@settings(max_examples=40, deadline=None)
def test_comments_live_through_edits_of_the_graph(order: list[str], removed: set[str]) -> None:
    nodes = {**parse(EXAMPLE).nodes, "relu": Choice(kind="ReLU")}
    nodes = {node: nodes[node] for node in order if node not in removed}
    document = parse(EXAMPLE).model_copy(update={"nodes": nodes})
    text = render(document, EXAMPLE)
    assert same(parse(text), document)
    assert ("# wide enough" in text) == ("fc1" not in removed)
    for comment in (
        "# A first network.",
        "# shown",
        "# one row of pixels",
        "# the only",
        "# plain",
        "# bold",
    ):
        assert comment in text
    flatten = text.index("flatten = {")
    assert text[:flatten].endswith("# one row of pixels\n")


def test_what_has_not_changed_stays_to_the_byte() -> None:
    document = parse(EXAMPLE)
    assert render(document, EXAMPLE) == EXAMPLE
    wider = Choice(kind="Linear", parameters={"out_features": 256})
    edited = document.model_copy(update={"nodes": {**document.nodes, "fc1": wider}})
    assert render(edited, EXAMPLE) == EXAMPLE.replace(
        '{kind="Linear", out_features=128}', '{ kind = "Linear", out_features = 256 }'
    )


def test_a_new_node_is_lined_up_with_the_others() -> None:
    document = parse(EXAMPLE)
    nodes = {**document.nodes, "fc2": Choice(kind="Linear", parameters={"out_features": 10})}
    wires = (*document.wires, Wire(source="fc1", target="fc2"))
    text = render(document.model_copy(update={"nodes": nodes, "wires": wires}), EXAMPLE)
    assert (
        'loss    = { kind = "CrossEntropyLoss" }\nfc2     = { kind = "Linear", out_features = 10 }\n' in text
    )
    assert '  "fc1 -> loss",\n  "fc1 -> fc2",\n]' in text


def test_a_new_file_is_neat() -> None:
    document = Document(
        name="Tiny",
        nodes={"x": Choice(kind="Input"), "loss": Choice(kind="MSELoss")},
        wires=(Wire(source="x", target="loss"), Wire(source="x", target="loss", port="target")),
        metrics=("mae",),
        layout={"x": (0, 8), "loss": (240, 8.5)},
    )
    assert render(document) == (
        'format = 1\nname = "Tiny"\n\n'
        '[data]\nkind = "mnist5k"\nnormalize = "standard"\n\n'
        '[nodes]\nx    = { kind = "Input" }\nloss = { kind = "MSELoss" }\n\n'
        '[graph]\nwires = ["x -> loss", "x -> loss.target"]\n\n'
        '[optimizer]\nkind = "SGD"\nlr = 0.01\n\n'
        '[training]\nepochs = 10\nbatch_size = 64\nseed = 0\nmetrics = ["mae"]\n\n'
        "[layout]\nx    = [0, 8]\nloss = [240, 8.5]\n"
    )


def test_other_ways_to_write_the_same_file() -> None:
    tables = """
    nodes.x = { kind = "Input" }
    nodes.loss.kind = "MSELoss"
    graph = { wires = ["x->loss", " x ->  loss . target "] }
    data = { kind = "iris", transforms = [{ kind = "Flip", p = 1 }] }
    """
    document = parse(tables)
    assert list(document.nodes) == ["x", "loss"]
    assert document.wires == (Wire(source="x", target="loss"), Wire(source="x", target="loss", port="target"))
    assert document.data.transforms == (Choice(kind="Flip", parameters={"p": 1}),)
    assert same(parse(render(document, tables)), document)
    renamed = document.model_copy(update={"name": "Other", "data": DataSettings(source=Choice(kind="wine"))})
    assert same(parse(render(renamed, tables)), renamed)


def test_unknown_kinds_are_kept_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "with_plugin.loom.toml"
    text = EXAMPLE.replace('kind="Linear"', 'kind="some-plugin.Dense", "odd key"=[1, "a", true]')
    path.write_text(text, encoding="utf-8")
    write(read(path), path)
    assert path.read_text(encoding="utf-8") == text


def test_windows_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "notepad.loom.toml"
    path.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode())
    document = read(path)
    assert same(document, parse(EXAMPLE))
    write(document.model_copy(update={"name": "New"}), path)
    assert path.read_bytes() == EXAMPLE.replace("MNIST MLP", "New").replace("\n", "\r\n").encode()


# Sentences

WRONG = [
    ("[training]\nepochs = 0", "[training] epochs is 0; it must be a whole number of at least 1 and at most"),
    ('[training]\nepochs = "ten"', '[training] epochs is "ten"; it must be a whole number'),
    ("[training]\nepochs = 1.5", "[training] epochs is 1.5; it must be a whole number"),
    ("[training]\nbatch_size = true", "[training] batch_size is true; it must be a whole number"),
    (f"[training]\nseed = {2**32}", "[training] seed is 4294967296; it must be a whole number from 0 to"),
    (f"[data]\nkind = 'iris'\nsplit_seed = {2**32}", "[data] split_seed is 4294967296; it must be a whole"),
    ("[training]\nepoch = 3", "[training] epoch is not a known key; did you mean epochs?"),
    (
        "[training]\nmetrics = 'accuracy'",
        '[training] metrics is "accuracy"; it must be a list of names, such as',
    ),
    ("[trainning]\nepochs = 3", "[trainning] is not a known table; did you mean [training]?"),
    ("nam = 'x'", "nam is not a known key; did you mean name?"),
    ("name = 3", "name is 3; it must be a text in quotes."),
    ("data = 3", "data is 3; it must be a table"),
    (
        "[data]\nvalidation = 1.5\nkind='iris'",
        "[data] validation is 1.5; it must be a number between 0 and 1",
    ),
    (
        "[data]\nnormalize = 'std'\nkind='iris'",
        '[data] normalize is "std"; it must be "none", "unit" or "standard".',
    ),
    ("[data]\nseed = 1", '[data] has no kind; add one, such as kind = "mnist5k".'),
    ("[data]\nkind='iris'\ntransforms = [3]", "[[data.transforms]] number 1 is 3; it must be a table"),
    ("[nodes]\nfc1 = 'Linear'", '[nodes] fc1 is "Linear"; it must be a table, such as { kind = "Linear" }.'),
    ("[nodes]\nfc1 = { out_features = 3 }", '[nodes] fc1 has no kind; add one, such as kind = "Linear".'),
    ("[nodes]\nfc1 = { kind = 7 }", "[nodes] fc1 kind is 7; it must be a name from the catalogue"),
    ("[nodes]\nfc1 = { kind = '' }", '[nodes] fc1 kind is ""; it must be a name'),
    ("[nodes]\nfc1 = { kind = 'L', x = { y = 1 } }", "[nodes] fc1 x is a table; it must be a number, a text"),
    ("[nodes]\nfc1 = { kind = 'L', x = 2026-01-01 }", "[nodes] fc1 x is 2026-01-01; it must be"),
    ("[nodes]\nfc1 = { kind = 'L', x = [nan] }", "[nodes] fc1 x is not a number"),
    ("[nodes]\n1st = { kind = 'L' }", '[nodes] "1st" cannot name a node; use a word'),
    ("[nodes]\n'a b' = { kind = 'L' }", '[nodes] "a b" cannot name a node'),
    ("[graph]\nwires = ['a > b']", '[graph] wire 1 is "a > b"; it must read "source -> target"'),
    ("[graph]\nwires = ['a -> b', 'a -> b -> c']", '[graph] wire 2 is "a -> b -> c"; it must read'),
    ("[graph]\nwires = 'a -> b'", '[graph] wires is "a -> b"; it must be a list'),
    ("[graph]\nwire = []", "[graph] wire is not a known key; did you mean wires?"),
    ("[expect]\naccuracy = 0.9", "[expect] accuracy is 0.9; it must be bounds, such as { min = 0.92 }."),
    (
        "[expect]\naccuracy = { minimum = 1 }",
        "[expect] accuracy minimum is not a known key; did you mean min?",
    ),
    ("[expect]\naccuracy = { min = nan }", "[expect] accuracy min is nan; it must be a number."),
    ("[layout]\nfc1 = [nan, 0]", "[layout] fc1 is [nan, 0]; it must be [x, y], two numbers between"),
    ("[layout]\nfc1 = [inf, 0]", "[layout] fc1 is [inf, 0]; it must be [x, y]"),
    ("[layout]\nfc1 = [1e9, 0]", "two numbers between -1,000,000 and 1,000,000."),
    ("[layout]\nfc1 = [1]", "[layout] fc1 is [1]; it must be [x, y]"),
    ("[layout]\nfc1 = [true, 0]", "[layout] fc1 is [true, 0]; it must be [x, y]"),
    (
        "format = 2\n[layers]",
        "format is 2, but this Gradloom reads format 1; update Gradloom to open the file.",
    ),
    ("format = '1'", 'format is "1"; it must be 1.'),
    ("format = true", "format is true; it must be 1."),
    ("format = 0", "format is 0; it must be 1."),
    ("format = 1\nname = ", "the last line is not valid TOML: invalid value."),
    ("format = 1\nname = x\n", "line 2, column 8 is not valid TOML: invalid value."),
    ("x = " + "[" * 5000, "lists or tables are nested too deeply"),
    ("[training]\nseed = " + "9" * 5000, "a number has more than 4,300 digits"),
    ("[training]\nseed = " + "9" * 400, "[training] seed is a very large number; it must be"),
    ("[layout]\na = [" + "9" * 400 + ", 0]", "[layout] a is [a very large number, 0]; it must be"),
    (
        "[expect]\na = { min = " + "9" * 400 + " }",
        "[expect] a min is a very large number; it must be a number.",
    ),
    ("[optimizer]\nlr = 0.1", '[optimizer] has no kind; add one, such as kind = "SGD".'),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[text[:30] for text, _ in WRONG])
def test_an_error_is_one_sentence_with_file_table_and_key(text: str, sentence: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(text, name="digits.loom.toml")
    message = str(caught.value)
    assert message.startswith("digits.loom.toml: ")
    assert sentence in message
    assert "\n" not in message
    assert "pydantic" not in message
    assert len(message) < 250


@given(st.text(max_size=60) | st.lists(st.sampled_from(EXAMPLE.splitlines()), max_size=20).map("\n".join))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        message = render(parse(text)) and ""
    except DocumentError as error:
        message = str(error)
    assert "\n" not in message


def test_too_many_nodes_are_refused() -> None:
    text = "[nodes]\n" + "".join(f"n{i} = {{ kind = 'ReLU' }}\n" for i in range(10_001))
    with pytest.raises(DocumentError, match="has 10,001 nodes; an experiment can have at most 10,000"):
        parse(text)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"name = 'caf\xe9'", "old.loom.toml: line 1 is not UTF-8 text; save the file as UTF-8."),
        ("name = 'x'".encode("utf-16"), "line 1 is not UTF-8 text"),
        (bytes(100), "old.loom.toml: line 1, column 1 is not valid TOML"),
    ],
)
def test_a_file_of_other_bytes_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "old.loom.toml"
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=sentence.replace("[", r"\[")):
        read(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"^gone\.loom\.toml does not exist in "):
        read(tmp_path / "gone.loom.toml")
    with pytest.raises(DocumentError, match="cannot be read: is a directory"):
        read(tmp_path)


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "huge.loom.toml"
    with path.open("wb") as file:
        file.truncate(64 * 2**20 + 1)
    with pytest.raises(DocumentError, match="larger than 64 MB"):
        read(path)


def test_a_document_that_breaks_the_rules_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "x.loom.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    for change in (
        {"layout": {"a": (float("nan"), 0.0)}},
        {"name": "\ud800"},
        {"nodes": {"a b": Choice(kind="L")}},
    ):
        with pytest.raises(DocumentError, match=r"^x\.loom\.toml cannot be saved: "):
            write(parse(EXAMPLE).model_copy(update=change), path)
    assert path.read_text(encoding="utf-8") == EXAMPLE


def test_saving_over_a_broken_file_writes_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "x.loom.toml"
    for broken in (b"\xff\xfe\x00", b"[nodes", b"format = 9", b""):
        path.write_bytes(broken)
        write(parse(EXAMPLE), path)
        assert same(read(path), parse(EXAMPLE))


@pytest.mark.skipif(os.name != "posix", reason="names that Windows refuses")
@pytest.mark.parametrize("name", ["ünï 层.loom.toml", "a\"b%c'd.loom.toml", "x" * 245 + ".loom.toml"])
def test_odd_names_work(tmp_path: Path, name: str) -> None:
    write(parse(EXAMPLE), tmp_path / name)
    assert same(read(tmp_path / name), parse(EXAMPLE))


def test_the_public_face_has_every_name_and_reading_stays_light() -> None:
    program = """
import sys
from gradloom import experiment
experiment.parse("")
assert "tomlkit" not in sys.modules
assert all(getattr(experiment, name) for name in experiment.__all__)
assert not hasattr(experiment, "nothing")
"""
    subprocess.run([sys.executable, "-c", program], check=True)
