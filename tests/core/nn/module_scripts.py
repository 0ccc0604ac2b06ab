"""Scripts about modules, run on both engines: they must return the same, or raise the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from oracle.scripts import outcome

import gradloom

Script = Callable[[Any], Any]


class Scripts:
    """A decorator that collects the scripts of a file."""

    def __init__(self) -> None:
        self.all: list[Script] = []

    def __call__(self, function: Script) -> Script:
        self.all.append(function)
        return function

    def names(self) -> list[str]:
        return [f"{at}-{each.__name__}" for at, each in enumerate(self.all)]

    def check(self, each: Script) -> None:
        assert outcome(each, gradloom) == outcome(each, torch)


def net(lib: Any) -> Any:
    nn = lib.nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(2, 3)
            self.scale = nn.Parameter(lib.ones(3))
            self.register_buffer("seen", lib.zeros(2))
            self.register_buffer("passing", lib.zeros(1), persistent=False)
            self.rest = nn.Sequential(nn.ReLU(), nn.Linear(3, 1))
            self.same = self.first

        def forward(self, input: Any, times: float = 1.0) -> Any:
            return self.rest(self.first(input) * self.scale) * times

    made = Net()
    with lib.no_grad():
        for number, parameter in enumerate(made.parameters()):
            parameter.fill_(0.25 * (number + 1))
    return made
