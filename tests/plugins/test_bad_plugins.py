"""A pack of bad plugins: each is listed as broken with its reason, and a good one beside it works."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from textwrap import dedent

import pytest

from gradloom.plugins import PluginReport, Plugins, load_plugins

GOOD = """
    from gradloom.plugins import hookimpl

    def rings(samples: int = 100): ...

    @hookimpl
    def gradloom_datasets():
        return [rings]
"""


@dataclass(frozen=True)
class Bad:
    """A plugin's source, and a part of the reason that must be given."""

    source: str
    reason: str


PACK = {
    "raises": Bad("1 / 0", "It raised ZeroDivisionError: division by zero"),
    "exits": Bad("import sys\nsys.exit(3)", "It ended the program with sys.exit(3)"),
    "raises_its_own": Bad("class Odd(Exception): pass\nraise Odd('so')", "It raised Odd: so"),
    "raises_base": Bad("raise GeneratorExit", "It raised GeneratorExit"),
    "syntax": Bad("x = 1\ndef f(:\n", "Line 2 is not Python"),
    "null_bytes": Bad("x = 1\0", "It is not Python: source code string cannot contain null bytes"),
    "empty": Bad("", "It offers nothing: no function in it is marked with @hookimpl"),
    "undecorated": Bad("def gradloom_layers(): return []", "no function in it is marked with @hookimpl"),
    "missing_import": Bad("import gadget_that_is_not_there", "No module named 'gadget_that_is_not_there'"),
    "endless_recursion": Bad("def f(): f()\nf()", "RecursionError"),
    "unprintable": Bad(
        "class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd", "It raised"
    ),
    "removes_itself": Bad("import sys\ndel sys.modules[__name__]", "It offers nothing"),
    "removes_itself_and_raises": Bad("import sys\ndel sys.modules[__name__]\n1 / 0", "ZeroDivisionError"),
    "misspelt": Bad(
        "@hookimpl\ndef gradloom_layer(): return []",
        "There is no hook called gradloom_layer; did you mean gradloom_layers?",
    ),
    "unknown_hook": Bad(
        "@hookimpl\ndef banana(): return []", "There is no hook called banana; the hooks are"
    ),
    "wrong_signature": Bad("@hookimpl\ndef gradloom_layers(registry): return []", "hooks take nothing"),
    "hook_raises": Bad("@hookimpl\ndef gradloom_layers(): raise LookupError('gone')", "LookupError: gone"),
    "hook_exits": Bad("@hookimpl\ndef gradloom_layers(): raise SystemExit", "sys.exit(None)"),
    "hook_yields_and_raises": Bad(
        "@hookimpl\ndef gradloom_datasets():\n    yield rings\n    1 / 0", "ZeroDivisionError"
    ),
    "returns_none": Bad("@hookimpl\ndef gradloom_layers(): pass", "must return a list of what it offers"),
    "returns_text": Bad("@hookimpl\ndef gradloom_layers(): return 'Swish'", "but it returned 'Swish'"),
    "returns_numbers": Bad("@hookimpl\ndef gradloom_datasets(): return [3]", "3 needs a name"),
    "wrapper": Bad(
        "@hookimpl(wrapper=True)\ndef gradloom_layers():\n    return (yield)",
        "a hook here cannot be a wrapper",
    ),
    "twice": Bad("@hookimpl\ndef gradloom_datasets(): return [rings, rings]", "It offers twice.rings twice"),
    "bad_name": Bad(
        "@hookimpl\ndef gradloom_datasets(): return [Contribution(rings, name='a.b')]",
        "needs a name of letters",
    ),
    "lambda_name": Bad("@hookimpl\ndef gradloom_datasets(): return [lambda: 0]", "needs a name of letters"),
    "not_a_layer": Bad("@hookimpl\ndef gradloom_layers(): return [rings]", "rings is no layer"),
    "no_form": Bad(
        "def f(callback: object): ...\n@hookimpl\ndef gradloom_datasets(): return [rings, f]",
        "Parameter 'callback' of f has no type that a form can edit",
    ),
    "hostile_class": Bad(
        "class M(type):\n    def __getattribute__(cls, name): raise OSError('no')\n"
        "class C(metaclass=M): ...\n@hookimpl\ndef gradloom_datasets(): return [C]",
        "OSError: no",
    ),
}

HEAD = "from gradloom.plugins import Contribution, hookimpl\ndef rings(samples: int = 100): ...\n"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("GRADLOOM_PLUGINS", raising=False)
    monkeypatch.setattr(metadata, "distributions", lambda: ())
    (tmp_path / "zz_good.py").write_text(dedent(GOOD), encoding="utf-8")
    return tmp_path


def broken_beside_good(plugins: Plugins) -> PluginReport:
    """The broken one's report, once everything else is seen to work."""
    built_in, bad, good = plugins.loaded
    assert (built_in.state, bad.state, good.state) == ("ok", "broken", "ok")
    assert built_in.keys + good.keys == tuple(plugins.catalogue)
    assert "zz_good.rings" in plugins.catalogue
    assert bad.keys == ()
    assert bad.reason
    assert bad.traceback
    return bad


@pytest.mark.parametrize("name", PACK)
def test_a_broken_plugin_beside_a_good_one(name: str, folder: Path) -> None:
    modules = set(sys.modules)
    needs_head = "@hookimpl" in PACK[name].source
    (folder / f"{name}.py").write_text((HEAD if needs_head else "") + PACK[name].source, encoding="utf-8")
    bad = broken_beside_good(load_plugins(folder))
    assert PACK[name].reason in bad.reason
    assert "\n" not in bad.reason
    assert not {module for module in set(sys.modules) - modules if f"_{name}_" in module}


def test_a_folder_is_not_a_plugin(folder: Path) -> None:
    (folder / "acme.py").mkdir()
    assert "acme.py is not a file" in broken_beside_good(load_plugins(folder)).reason


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "acme.py")
    assert "is not a file" in broken_beside_good(load_plugins(folder)).reason


def test_a_file_that_is_gone(folder: Path) -> None:
    (folder / "acme.py").symlink_to(folder / "gone")
    assert "FileNotFoundError" in broken_beside_good(load_plugins(folder)).reason


def test_a_name_that_is_no_text(folder: Path) -> None:
    name = os.fsdecode(b"a\xff.py")
    try:
        (folder / name).write_text("1 / 0")
    except OSError:
        pytest.skip("file names here are always text")
    bad = broken_beside_good(load_plugins(folder))
    assert bad.id == "a\N{REPLACEMENT CHARACTER}"
    for text in (bad.source, bad.reason, bad.traceback):
        text.encode()


def test_a_file_that_is_no_text(folder: Path) -> None:
    (folder / "acme.py").write_bytes(b"\x93NUMPY\xff\x00")
    assert "is not Python" in broken_beside_good(load_plugins(folder)).reason


def test_the_name_of_the_house_is_taken(folder: Path) -> None:
    (folder / "gradloom.py").write_text(dedent(GOOD))
    assert "There already is a plugin called gradloom" in broken_beside_good(load_plugins(folder)).reason


def test_a_plugin_folder_that_is_a_file(folder: Path) -> None:
    plugins = load_plugins(folder / "zz_good.py")
    assert [report.state for report in plugins.loaded] == ["ok", "broken"]
    assert "NotADirectoryError" in plugins.loaded[1].reason


def test_a_plugin_folder_that_is_not_there_is_no_fault(folder: Path) -> None:
    assert not load_plugins(folder / "none").broken


def test_the_users_own_interrupt_passes(folder: Path) -> None:
    (folder / "slow.py").write_text("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_plugins(folder)
