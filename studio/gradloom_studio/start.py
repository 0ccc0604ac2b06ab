"""What must be there before Qt is loaded, and a sentence for whatever is not.

Qt ends the process with a crash where the display or one of the system's libraries is missing, so we look
first. This file imports nothing that could be missing itself.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

HEADLESS = "offscreen"
PACKAGES: Mapping[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
"""The Debian and Ubuntu package of each library that Qt asks of a Linux system."""

_MISSING = re.compile(r"(lib[\w.+-]+\.so[.\d]*)")


def obstacle(*, needs_display: bool) -> str:
    """Why the window cannot be opened here and what to do about it; empty where nothing is in the way.

    `needs_display` is False where the window is only drawn, for a picture.
    """
    if problem := _unfit_pair():
        return problem
    platform = _choose_platform(needs_display)
    if platform is None:
        return (
            "There is no display to open the window on. Start it from a desktop session; "
            "a picture can be made without one: --screenshot OUT.png."
        )
    return _missing_library(platform) or (_closed_display() if platform == "xcb" else "")


def _unfit_pair() -> str:
    """PySide6 6.12 on Python 3.11 and older loses a reference with each call, and the process soon dies."""
    try:
        installed = version("PySide6-Essentials")
    except PackageNotFoundError:
        return ""
    return unfit(installed, sys.version_info[:2])


def unfit(installed: str, python: tuple[int, int]) -> str:
    """Why this version of PySide6 cannot be used with this version of Python; empty where it can."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", installed)[:3])
    if python < (3, 12) and numbers >= (6, 12):
        remedy = 'pip install "PySide6-Essentials<6.12"'
    elif python >= (3, 12) and numbers in ((6, 11, 0), (6, 11, 1)):
        remedy = 'pip install --upgrade "PySide6-Essentials>=6.11.2"'
    else:
        return ""
    return f"PySide6 {installed} crashes on Python {python[0]}.{python[1]}. A version that does not: {remedy}"


def _choose_platform(needs_display: bool) -> str | None:
    """The platform that Qt will use, having told Qt so where it would not know; None if there is none."""
    if chosen := os.environ.get("QT_QPA_PLATFORM"):
        return chosen.partition(":")[0].partition(";")[0]
    if not sys.platform.startswith("linux"):
        return sys.platform
    if os.environ.get("WAYLAND_DISPLAY"):
        return "wayland"
    if os.environ.get("DISPLAY"):
        return "xcb"
    if needs_display:
        return None
    os.environ["QT_QPA_PLATFORM"] = HEADLESS
    return HEADLESS


def _missing_library(platform: str) -> str:
    if not sys.platform.startswith("linux"):
        return ""
    try:
        from PySide6 import QtGui, QtWidgets  # noqa: F401
    except ImportError as error:
        return _advice(str(error))
    for plugin in _platform_plugins(platform):
        try:
            ctypes.CDLL(str(plugin))
        except OSError as error:
            return _advice(str(error))
    return ""


def _closed_display() -> str:
    """What to do where the X server that DISPLAY names does not let us in; empty where it does."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = (ctypes.c_void_p,)
    # Never closed: a server whose last client goes starts anew, and would refuse Qt meanwhile.
    connection = xcb.xcb_connect(None, None)
    if not xcb.xcb_connection_has_error(connection):
        return ""
    return (
        f"The display {os.environ.get('DISPLAY', '')} cannot be opened. Start it from a desktop session; "
        "a picture can be made without one: QT_QPA_PLATFORM=offscreen and --screenshot OUT.png."
    )


def _platform_plugins(platform: str) -> list[Path]:
    found = find_spec("PySide6")
    if found is None or found.origin is None:
        return []
    return list((Path(found.origin).parent / "Qt" / "plugins" / "platforms").glob(f"libq{platform}.so"))


def _advice(error: str) -> str:
    """What to do about an error of the system's loader."""
    found = _MISSING.search(error)
    if found is None:
        return f"The window's toolkit, Qt, cannot be loaded: {error}"
    library = found[1]
    package = PACKAGES.get(library)
    remedy = f": sudo apt install {package}" if package else " with your system's package manager."
    return f"The window needs the system library {library}, which is not installed. Get it{remedy}"
