"""Switching recording off and on."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

import gradloom
from gradloom import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled


@pytest.fixture
def x() -> gradloom.Tensor:
    return gradloom.ones(2, requires_grad=True)


def test_no_grad_as_context_and_decorator(x: gradloom.Tensor) -> None:
    @no_grad()
    def with_call() -> gradloom.Tensor:
        return x * 2

    @no_grad
    def without_call() -> gradloom.Tensor:
        return x * 2

    with no_grad():
        inside = x * 2
    assert [each.requires_grad for each in (inside, with_call(), without_call(), x * 2)] == [
        False,
        False,
        False,
        True,
    ]


def test_enable_grad_inside_no_grad(x: gradloom.Tensor) -> None:
    with no_grad(), enable_grad():
        assert (x * 2).requires_grad


def test_inference_mode(x: gradloom.Tensor) -> None:
    with inference_mode():
        assert not (x * 2).requires_grad
    with inference_mode(mode=False):
        assert (x * 2).requires_grad


def test_set_grad_enabled_works_at_once_and_as_context(x: gradloom.Tensor) -> None:
    set_grad_enabled(False)
    assert not is_grad_enabled()
    set_grad_enabled(True)
    with set_grad_enabled(False):
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_the_mode_returns_after_an_error() -> None:
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert is_grad_enabled()


def test_a_generator_is_switched_step_by_step() -> None:
    @no_grad()
    def steps() -> Iterator[bool]:
        yield is_grad_enabled()
        yield is_grad_enabled()

    seen = [(inside, is_grad_enabled()) for inside in steps()]
    assert seen == [(False, True), (False, True)]


def test_each_thread_has_its_own_mode() -> None:
    seen: list[bool] = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]
