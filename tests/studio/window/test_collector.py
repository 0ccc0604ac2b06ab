"""Qt's objects must be destroyed in the window's thread, also where a training makes the garbage."""

from __future__ import annotations

import gc
import threading

from pytestqt.qtbot import QtBot

from gradloom_studio.collector import collecting_here

MANY = 20 * gc.get_threshold()[0]
"""So much that it is due whatever else is freed meanwhile, which Python subtracts."""


def test_only_the_windows_thread_collects(qtbot: QtBot) -> None:
    destroyed: list[int] = []

    class Remains:
        def __init__(self) -> None:
            self.cycle = self

        def __del__(self) -> None:
            destroyed.append(threading.get_ident())

    gc.enable()
    with collecting_here():
        training = threading.Thread(target=lambda: [Remains() and None for _ in range(MANY)])
        training.start()
        training.join()
        assert not destroyed
        qtbot.waitUntil(lambda: bool(destroyed))
    assert set(destroyed) == {threading.get_ident()}
    assert gc.isenabled()
