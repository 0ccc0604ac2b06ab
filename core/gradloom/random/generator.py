"""Generators of random numbers, and which one is drawn from where none is named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradloom.device import checked
from gradloom.device import device as Device
from gradloom.kernels.random_stream import Stream
from gradloom.tape import recording
from gradloom.tensor import Tensor, wrap


class Generator:
    """A random stream of its own: `Generator().manual_seed(7)`."""

    __slots__ = ("stream",)

    def __init__(self, device: str | Device = "cpu") -> None:
        checked(device)
        self.stream = Stream()

    @property
    def device(self) -> Device:
        """Where it draws: always the CPU."""
        return Device("cpu")

    def manual_seed(self, seed: int) -> Generator:
        """Begin anew from `seed`."""
        _tell_recorder()
        self.stream.reseed(int(seed))
        return self

    def initial_seed(self) -> int:
        """The seed that the stream began with."""
        return self.stream.seed

    def seed(self) -> int:
        """Begin anew from a seed that nobody chose, and return it."""
        _tell_recorder()
        self.stream = Stream(None)
        return self.stream.seed

    def get_state(self) -> Tensor:
        """Where the stream stands, as bytes."""
        return wrap(self.stream.state().view(np.uint8))

    def set_state(self, new_state: Tensor) -> Generator:
        """Go on from where `get_state` was called."""
        _tell_recorder()
        self.stream.restore(np.ascontiguousarray(new_state.array).view(np.uint64))
        return self


def _tell_recorder() -> None:
    if recording.recorder is not None:
        recording.recorder.refuse("sets where random numbers go on")


default_generator = Generator()
default_generator.seed()


class _InUse(threading.local):
    generator: Generator | None = None


_in_use = _InUse()


@contextmanager
def use_generator(generator: Generator) -> Iterator[Generator]:
    """Within the block `generator` is this thread's default one; other threads cannot disturb it."""
    before, _in_use.generator = _in_use.generator, generator
    try:
        yield generator
    finally:
        _in_use.generator = before


def _default() -> Generator:
    return _in_use.generator or default_generator


def manual_seed(seed: int) -> Generator:
    """Seed the default generator; one seed gives PyTorch's numbers."""
    return _default().manual_seed(seed)


def seed() -> int:
    """Seed the default generator with a number that nobody chose, and return it."""
    return _default().seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return _default().initial_seed()


def get_rng_state() -> Tensor:
    """Where the default generator stands, as bytes."""
    return _default().get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Go on from where `get_rng_state` was called."""
    _default().set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, device_type: str = "cuda") -> Iterator[None]:
    """A block after which the default generator stands where it stood before."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)


def default_stream(generator: Generator | None = None) -> Stream:
    """The stream behind `generator`, or behind the default one."""
    return (generator or _default()).stream
