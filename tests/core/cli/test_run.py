"""gradloom run: a script runs as Python would run it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

Process = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "folder" / "script.py"
        path.parent.mkdir()
        path.write_text(dedent(text))
        (path.parent / "beside.py").write_text("name = 'beside'\n")
        (path.parent / "package").mkdir()
        (path.parent / "package" / "__main__.py").write_text(
            "import sys, torch; print(__name__, sys.argv[1:])"
        )
        return path

    return write


def test_it_sees_what_python_would_show_it(process: Process, script: Callable[[str], Path]) -> None:
    path = script("""
        import os, sys
        import torch, beside
        if __name__ == "__main__":
            print(sys.argv[1:], sys.argv[0] == __file__, os.path.basename(__file__))
            print(sys.path[0] == os.path.dirname(os.path.realpath(__file__)), beside.name)
            print(sys.modules["__main__"].beside is beside, torch.float32, torch.ones(2))
    """)
    out, err = process("run", path, "-x", "--help", "--version").communicate(timeout=60)
    assert out.splitlines() == [
        "['-x', '--help', '--version'] True script.py",
        "True beside",
        "True torch.float32 tensor([1., 1.])",
    ]
    assert err == ""


def test_processes_that_it_spawns_see_the_same(process: Process, script: Callable[[str], Path]) -> None:
    path = script("""
        import os, sys
        import torch, beside
        from torch.utils.data import DataLoader, Dataset
        class Squares(Dataset):
            def __len__(self): return 4
            def __getitem__(self, index):
                return torch.tensor(index) ** 2, __name__, os.path.basename(__file__)
        if __name__ == "__main__":
            print(list(DataLoader(Squares(), 4, num_workers=1, multiprocessing_context="spawn")))
    """)
    out, err = process("run", path).communicate(timeout=60)
    assert out.strip() == f"[[tensor([0, 1, 4, 9]), {('__mp_main__',) * 4}, {('script.py',) * 4}]]"
    assert err == ""


def test_a_failure_shows_the_script_alone(process: Process, script: Callable[[str], Path]) -> None:
    path = script("""
        import torch.hub
        def load():
            try:
                torch.hub.load("model")
            except NotImplementedError as error:
                raise KeyError("lost") from error
        load()
    """)
    run = process("run", path)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 1
    assert err.count("Traceback (most recent call last):") == 2
    assert {line.split('"')[1] for line in err.splitlines() if line.startswith("  File")} == {str(path)}
    assert err.splitlines()[-1] == "KeyError: 'lost'"


@pytest.mark.parametrize(
    ("ending", "code", "said"),
    [("sys.exit(7)", 7, ""), ("sys.exit('No.')", 1, "No.\n"), ("raise SystemExit", 0, ""), ("", 0, "")],
)
def test_exit_codes_are_kept(
    process: Process, script: Callable[[str], Path], ending: str, code: int, said: str
) -> None:
    run = process("run", script(f"import sys\n{ending}\n"))
    _, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (code, said)


def test_a_module_runs_too(
    process: Process, script: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = script("")
    monkeypatch.setenv("PYTHONPATH", str(path.parent))
    run = process("run", "-m", "package", "--help", "x")
    out, _ = run.communicate(timeout=60)
    assert out == "__main__ ['--help', 'x']\n"
    assert run.returncode == 0


def test_a_file_that_is_not_there_is_refused(run: Callable[..., object]) -> None:
    result = run("run", "nowhere.py")
    assert result.exit_code == 2  # type: ignore[attr-defined]
    assert result.output == "nowhere.py cannot be read: no such file or directory.\n"  # type: ignore[attr-defined]
