"""What tests of experiments share."""

from __future__ import annotations

import pytest
from tests.core.experiment.moons import MOONS

from gradloom.experiment.document import Document
from gradloom.experiment.document_file import parse
from gradloom.plugins.catalogue import Catalogue
from gradloom.plugins.host import load_plugins


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The built-in entries, whatever this user has installed."""
    return load_plugins(folder=tmp_path_factory.mktemp("no-plugins"), entry_points=False).catalogue


@pytest.fixture(scope="session")
def moons() -> Document:
    return parse(MOONS)
