"""Compiled kernels against their NumPy references, and how one of the two is chosen."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.core.kernels.attention_calls import ATTENTION_CALLS
from tests.core.kernels.compiled_calls import CALLS as FIRST_CALLS
from tests.core.kernels.compiled_calls import Call, normal
from tests.core.kernels.convolution_calls import CONVOLUTION_CALLS
from tests.core.kernels.drawing_calls import DRAWING_CALLS
from tests.core.kernels.moving_calls import MOVING_CALLS
from tests.core.kernels.picking_calls import PICKING_CALLS
from tests.core.kernels.pooling_calls import POOLING_CALLS
from tests.core.kernels.product_calls import PRODUCT_CALLS
from tests.core.kernels.recurrent_calls import RECURRENT_CALLS
from tests.core.kernels.rows_calls import ROWS_CALLS
from tests.core.kernels.warping_calls import WARPING_CALLS

import gradloom
from gradloom import kernels
from gradloom.kernels.counterpart import PAIRS, floats, floats_with_gradient, in_numpy, kernel_calls
from gradloom.kernels.twister import Twister
from gradloom.kernels.windows import Geometry

CALLS = {
    **FIRST_CALLS,
    **ATTENTION_CALLS,
    **DRAWING_CALLS,
    **MOVING_CALLS,
    **CONVOLUTION_CALLS,
    **PICKING_CALLS,
    **POOLING_CALLS,
    **PRODUCT_CALLS,
    **RECURRENT_CALLS,
    **ROWS_CALLS,
    **WARPING_CALLS,
}

for found in pkgutil.iter_modules(kernels.__path__, "gradloom.kernels."):
    import_module(found.name)

numba = pytest.importorskip("numba")


def test_every_compiled_kernel_has_calls() -> None:
    assert set(CALLS) == set(PAIRS)


@pytest.mark.parametrize(("name", "call"), [(name, call) for name, calls in CALLS.items() for call in calls])
def test_a_compiled_kernel_gives_what_numpy_gives(name: str, call: Call) -> None:
    pair = PAIRS[name]
    ours, theirs = call.arguments(), call.arguments()
    expected, made = pair.reference, pair.compiled()
    with np.errstate(all="ignore"):
        for given in filter(None, (theirs, call.then and call.then())):
            expected = expected(*given)
    for given in filter(None, (ours, call.then and call.then())):
        made = made(*given)
    # What a kernel writes into its arguments counts as well.
    for one, other in zip(_arrays([made, ours]), _arrays([expected, theirs]), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=call.rtol, atol=call.atol, strict=True)


def _arrays(values: Any) -> list[Any]:
    if isinstance(values, np.ndarray):
        return [values]
    if isinstance(values, Twister):
        return [values.memory]
    if isinstance(values, (tuple, list)):
        return [array for value in values for array in _arrays(value)]
    return []


def test_only_row_major_arrays_of_float32_that_may_be_written_are_compiled_for() -> None:
    good = np.zeros((3, 4), np.float32)
    frozen = good.copy()
    frozen.flags.writeable = False
    assert floats(good, good[1:])
    assert not floats(good, good.T)
    assert not floats(good.astype(np.float64))
    assert not floats(frozen)
    assert not floats(good, None)


def test_a_gradient_may_be_a_repeated_view() -> None:
    good, one = np.zeros((3, 4), np.float32), np.float32(1)
    frozen = good.copy()
    frozen.flags.writeable = False
    assert floats_with_gradient(good, good)
    assert floats_with_gradient(np.broadcast_to(one, (3, 4)), good)
    assert not floats_with_gradient(np.broadcast_to(one, (3, 4)), good.T)
    assert not floats_with_gradient(np.broadcast_to(np.float64(1), (3, 4)), good)
    assert not floats_with_gradient(frozen, good)
    assert not floats_with_gradient(None, good)


def test_a_thread_that_leaves_its_work_to_numpy_decides_for_itself_alone() -> None:
    def chosen() -> list[Any]:
        with kernel_calls() as calls:
            gradloom.ones(2, 3).softmax(1)
        return [call.function for call in calls]

    usual = chosen()
    assert len(usual) == 1
    with in_numpy(), ThreadPoolExecutor(1) as others:
        with in_numpy():
            assert chosen() == []
        assert chosen() == []
        assert others.submit(chosen).result() == usual
    assert chosen() == usual


def run(script: str, **environment: str) -> str:
    """What a new interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": "", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"GRADLOOM_COMPILED": "0"}, "False"),
        ({"GRADLOOM_COMPILED": "1"}, "True"),
        ({"NUMBA_DISABLE_JIT": "1"}, "False"),
    ],
)
def test_the_environment_can_leave_the_work_to_numpy(setting: dict[str, str], expected: str) -> None:
    script = "from gradloom.kernels.counterpart import has_compiler; print(has_compiler())"
    assert run(script, **setting) == expected


def test_a_numba_that_cannot_be_imported_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "numba.py").write_text("raise ImportError('Numba needs NumPy 2.0 or less.')")
    script = """
import warnings, gradloom
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    grid = gradloom.ones(8, 8).requires_grad_()
    (grid @ grid).softmax(0).softmax(1).sum().backward()
print(*[each.message for each in told], sep="|")
"""
    told = run(script, PYTHONPATH=str(tmp_path))
    assert told == "Kernels are not compiled, since numba cannot be imported: Numba needs NumPy 2.0 or less."


def test_a_numba_that_is_not_known_is_done_without() -> None:
    script = """
import warnings, numba, gradloom
numba.version_info = numba.version_info._replace(short=(9, 0))
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    print(gradloom.ones(64, 64).softmax(1).sum().item())
print(*[each.message for each in told], sep="|")
"""
    told = run(script).splitlines()
    assert told[0] == "64.0"
    assert "is not known to fit; versions 0.65 to 0.68 are." in told[1]


@pytest.mark.parametrize("outputs", [3, 24])
def test_long_sums_of_a_convolution_are_as_exact_as_short_ones(outputs: int) -> None:
    pair = PAIRS["convolution.convolve"]
    images, weight = normal(2, 512, 7, 6), normal(outputs, 512, 3, 3, seed=1)
    geometry = Geometry((3, 3), padding=((1, 1), (1, 1)))
    exact = pair.reference(images.astype(float), weight.astype(float), None, geometry)
    error = pair.compiled()(images, weight, None, geometry) - exact
    assert np.sqrt(np.mean(error**2) / np.mean(exact**2)) < 4e-7  # PyTorch's sums have 2e-7


@pytest.mark.parametrize(
    ("channels", "groups", "loop"),
    [(16, 1, "patches.convolve"), (3, 1, "correlation.correlate"), (16, 16, "sliding._slide")],
)
def test_arrays_that_must_not_be_written_to_are_convolved_by_the_same_code(
    channels: int, groups: int, loop: str
) -> None:
    module, name = loop.split(".")
    code = getattr(import_module(f"gradloom.kernels.compiled.convolving.{module}"), name)
    convolve = PAIRS["convolution.convolve"].compiled()
    given = normal(9, channels, 12, 12), normal(16, channels // groups, 3, 3), normal(16)
    expected = convolve(*given, Geometry((3, 3)), groups)
    versions = len(code.overloads)
    for array in given:
        array.flags.writeable = False
    np.testing.assert_array_equal(convolve(*given, Geometry((3, 3)), groups), expected)
    assert len(code.overloads) == versions


def test_a_kernel_that_no_disk_can_keep_is_compiled_all_the_same() -> None:
    from gradloom.kernels.compiled.jit import jit

    space: dict[str, Any] = {}
    exec("def double(x):\n    return x + x", space)
    assert jit(space["double"])(21) == 42
