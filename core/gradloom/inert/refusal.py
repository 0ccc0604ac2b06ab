"""What a CPU engine cannot honour: it can be named and imported, and says so when it is used."""

from __future__ import annotations

from typing import Any, NoReturn


class Unavailable:
    """A function, class or module that cannot be had here. Using it raises NotImplementedError.

    Args:
        feature: what was asked for, as the script names it.
        sentence: why it cannot be had, and the nearest thing that works.
    """

    def __init__(self, feature: str, sentence: str) -> None:
        self._feature = feature
        self._sentence = sentence

    def _refuse(self) -> NoReturn:
        raise NotImplementedError(f"Gradloom has no {self._feature}: {self._sentence}.")

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refuse()

    def __getattr__(self, name: str) -> Unavailable:
        if name.startswith("__"):
            raise AttributeError(name)
        return Unavailable(f"{self._feature}.{name}", self._sentence)

    def __enter__(self) -> NoReturn:
        self._refuse()

    def __exit__(self, *exception: object) -> None:
        return None

    def __iter__(self) -> NoReturn:
        self._refuse()

    def __getitem__(self, key: Any) -> NoReturn:
        self._refuse()

    def __mro_entries__(self, bases: tuple[Any, ...]) -> NoReturn:
        self._refuse()

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<unavailable {self._feature}>"
