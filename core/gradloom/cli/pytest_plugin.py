"""Lets pytest collect `*.loom.toml` files: each is trained and held to its `[expect]`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


class UnmetError(Exception):
    """An experiment that did not reach what its file expects."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ExperimentFile | None:
    if file_path.name.endswith(".loom.toml"):
        return ExperimentFile.from_parent(parent, path=file_path)
    return None


class ExperimentFile(pytest.File):
    """One experiment's file."""

    def collect(self) -> Iterator[pytest.Item]:
        yield ExperimentItem.from_parent(self, name="expect")


class ExperimentItem(pytest.Item):
    """Trains the experiment and checks it."""

    def runtest(self) -> None:
        from gradloom.cli.verdict import judge
        from gradloom.experiment.data_paths import located
        from gradloom.experiment.document_file import read
        from gradloom.plugins import load_plugins

        document = read(self.path)
        if not document.expect:
            pytest.skip(f"{self.path.name} has no table [expect]")
        catalogue = load_plugins().catalogue
        verdict = judge(self.path.name, located(document, catalogue, self.path.parent), catalogue)
        if not verdict.passed:
            raise UnmetError("\n".join(verdict.sentences))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, UnmetError | ValueError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.path.name
