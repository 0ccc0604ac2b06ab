from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from gradloom.experiment.tensor_file import read_arrays, write_arrays


def test_the_same_content_is_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "some.safetensors"
    arrays = {name: np.full(3, number, np.float32) for number, name in enumerate("zyx")}
    about = {f"ключ {number}": str(number) for number in range(20)}
    write_arrays(path, arrays, about)
    content = path.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    assert size % 8 == 0
    assert list(header) == sorted(header)
    assert list(header["__metadata__"]) == sorted(header["__metadata__"])
    read, told = read_arrays(path)
    assert told == about
    assert all(np.array_equal(read[name], arrays[name]) for name in arrays)
