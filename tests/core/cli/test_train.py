"""gradloom train: the figures, the files it leaves, and how it ends."""

from __future__ import annotations

import json
import math
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file
from typer.testing import Result

from gradloom.cli.report import COMPILING

Run = Callable[..., Result]
Write = Callable[..., Path]
Process = Callable[..., "subprocess.Popen[str]"]


def _events(result: Result) -> list[dict[str, Any]]:
    """All but those that only come where kernels are not on disk yet."""
    events = [json.loads(line) for line in result.stdout.splitlines()]
    return [event for event in events if event["event"] != "compiling"]


def test_a_line_an_epoch_and_a_summary(run: Run, write: Write) -> None:
    result = run("train", write())
    assert result.exit_code == 0
    *epochs, summary, kept = [line for line in result.stdout.splitlines() if line != COMPILING]
    assert [line.split()[1] for line in epochs] == ["1/4", "2/4", "3/4", "4/4"]
    assert all(re.search(r"loss \d.*validation loss \d.*accuracy \d.*samples/s", line) for line in epochs)
    assert re.fullmatch(
        r"Finished after [\d.]+ s, epoch 4, step 32; validation loss .*, accuracy .*\.", summary
    )
    assert re.fullmatch(r"Kept as run [0-9a-f]{8}\.", kept)


def test_options_take_the_place_of_the_files_settings(run: Run, write: Write) -> None:
    path = write()
    result = run("train", path, "--epochs", 2, "--batch-size", 60, "--json")
    started = _events(result)[0]
    assert (started["epochs"], started["batches_per_epoch"]) == (2, 2)
    first, again, other = (
        _events(run("train", path, "--epochs", 1, "--seed", seed, "--json"))[1] for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_json_is_one_event_a_line_and_nothing_else(run: Run, write: Write, tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "loud.py").write_text("print('loud')\n")
    result = run("train", write(), "--json")
    events = _events(result)
    assert [event["event"] for event in events[:2]] == ["run_started", "batch_ended"]
    assert [event["event"] for event in events].count("epoch_ended") == 4
    assert events[-1]["event"] == "run_ended"
    assert events[-1]["outcome"] == "finished"
    assert "loud" in result.stderr


def test_a_training_that_explodes_is_valid_json_too(run: Run, write: Write) -> None:
    result = run("train", write({'"Adam"': '"SGD"', "0.05": "1e30"}), "--json")
    events = [json.loads(line, parse_constant=pytest.fail) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert events[-1]["outcome"] == "failed"


def test_out_keeps_weights_figures_and_the_experiment(run: Run, write: Write, tmp_path: Path) -> None:
    result = run("train", write(), "--out", tmp_path / "deep" / "run", "--epochs", 3)
    folder = tmp_path / "deep" / "run"
    assert str(folder) in result.stdout
    weights = load_file(folder / "weights.safetensors")
    assert {name: array.shape for name, array in weights.items()} == {
        "hidden.weight": (8, 4),
        "hidden.bias": (8,),
        "class.weight": (3, 8),
        "class.bias": (3,),
    }
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["outcome"] == "finished"
    assert [epoch["epoch"] for epoch in metrics["epochs"]] == [1, 2, 3]
    assert metrics["validation"] == metrics["epochs"][-1]["validation"]
    again = run("train", folder / "experiment.loom.toml", "--out", tmp_path / "again")
    assert again.exit_code == 0
    repeated = load_file(tmp_path / "again" / "weights.safetensors")
    assert all(np.array_equal(weights[name], repeated[name]) for name in weights)


def test_an_example_is_trained_by_its_name(run: Run) -> None:
    listed = run("examples", "list").stdout.splitlines()[1:]
    names = [line.split()[0] for line in listed]
    assert "mnist-mlp" in names
    small = next(name for name in names if "iris" in name or "moon" in name or "spiral" in name)
    assert run("train", small, "--epochs", 1).exit_code == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format = 1": "format = 99"}, "iris.loom.toml: format is 99"),
        ({"epochs = 4": "epochs = -4"}, "iris.loom.toml: [training] epochs"),
        ({"[data]": "[dta]"}, "iris.loom.toml: "),
        ({'"Adam"': '"Adamant"'}, "Adamant"),
        ({'kind = "ReLU"': 'kind = "Gelu99"'}, "Gelu99"),
        ({'kind = "iris"': 'kind = "lotus"'}, "lotus"),
        ({'["accuracy"]': '["beauty"]'}, "beauty"),
        ({'"flower -> hidden", ': ""}, "hidden"),
        ({"out_features = 8": "out_features = -8"}, "out_features"),
        ({"format = 1": "format = ["}, "not valid TOML"),
    ],
)
def test_a_bad_file_is_refused_with_one_sentence(
    run: Run, write: Write, changes: dict[str, str], sentence: str
) -> None:
    result = run("train", write(changes))
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.parametrize("word", ["nowhere.loom.toml", "no-such-example", ".", ""])
def test_what_is_neither_file_nor_example(run: Run, word: str) -> None:
    result = run("train", word)
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr


def test_a_folder_that_cannot_be_made(run: Run, write: Write, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = run("train", write(), "--out", tmp_path / "taken" / "run")
    assert result.exit_code == 2
    assert "taken" in result.stderr


def test_what_cannot_be_saved_was_trained_all_the_same(run: Run, write: Write, tmp_path: Path) -> None:
    (tmp_path / "out" / "weights.safetensors").mkdir(parents=True)
    result = run("train", write(), "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "weights.safetensors cannot be saved" in result.stderr
    *_, ended, kept = result.stdout.splitlines()
    assert ended.startswith("Finished after")
    assert kept.startswith("Kept as run")


FAULTY = """
from gradloom import nn
from gradloom.plugins import hookimpl

class Faulty(nn.Module):
    calls = 0

    def forward(self, x):
        if self.training:
            Faulty.calls += 1
        if Faulty.calls > 9:
            raise RuntimeError("out of patience")
        return x

@hookimpl
def gradloom_layers():
    return [Faulty]
"""


@pytest.mark.parametrize("traceback", [False, True])
def test_a_training_that_fails(run: Run, write: Write, tmp_path: Path, traceback: bool) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "acme.py").write_text(FAULTY)
    result = run("train", write({'"ReLU"': '"acme.Faulty"'}), *(["--traceback"] if traceback else []))
    assert result.exit_code == 1
    assert "out of patience" in result.stderr
    assert "bend" in result.stderr
    assert ("Traceback" in result.stderr) is traceback


def test_interrupting_stops_with_what_was_reached(process: Process, write: Write, tmp_path: Path) -> None:
    running = process("train", write({"epochs = 4": "epochs = 100000"}), "--out", tmp_path / "run")
    assert running.stdout is not None
    running.stdout.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Stopped after" in out
    assert "Traceback" not in err
    assert load_file(tmp_path / "run" / "weights.safetensors")
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["outcome"] == "stopped"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_leaves_ends_it_quietly(process: Process, write: Write, options: list[str]) -> None:
    running = process("train", write({"epochs = 4": "epochs = 100000"}), *options)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.readline()
    running.stdout.close()
    running.wait(timeout=30)
    assert running.stderr.read() == ""
    running.stderr.close()


def test_the_bar_on_a_terminal_leaves_each_epochs_figures(write: Write) -> None:
    import io

    from rich.console import Console

    from gradloom.cli.report import BarReport
    from gradloom.cli.session import train_to_end
    from gradloom.experiment.document_file import read
    from gradloom.plugins import load_plugins

    screen = io.StringIO()
    with BarReport(Console(file=screen, force_terminal=True, width=100)) as bar:
        session = train_to_end("iris", read(write()), load_plugins().catalogue, bar)
    assert session.ended.outcome == "finished"
    assert screen.getvalue().count("validation loss") == 4
    assert math.isfinite(session.train["loss"])
