"""Software that leaves a file behind where it is installed, on computers that all are this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.policies.conftest import tick
from tests.tasks.conftest import lab, local, sweep

__all__ = ["lab", "local", "sweep", "tick"]


@pytest.fixture
def made(ok: Run, tmp_path: Path) -> Callable[..., Path]:
    """Make a package and software of it: `made("app", "--depends", "lib")`; return the file that it leaves behind.

    Each program adds a line to `log`.
    """

    def make(name: str, *more: str, detect: bool = True, install: str = "true") -> Path:
        folder, mark = tmp_path / f"{name}-files", tmp_path / "there" / name
        folder.mkdir()
        mark.parent.mkdir(exist_ok=True)
        log = f"{tmp_path}/log"
        (folder / "in.sh").write_text(f"echo install {name} >>{log}; {install} && true >{mark}\n")
        (folder / "out.sh").write_text(f"echo uninstall {name} >>{log}; rm -f {mark}\n")
        rule = ("--detect", f"file {mark}") if detect else ()
        ok("package", "import", str(folder), "--name", name, "--version", "1.0", *rule)
        ok("package", "set", name, "--program", "install=sh in.sh", "--program", "uninstall=sh out.sh")
        ok("package", "publish", name)
        ok("software", "add", name, "--package", name, *more)
        return mark

    return make


@pytest.fixture
def log(tmp_path: Path) -> Callable[[], list[str]]:
    """Return what ran so far, in its order, and forget it."""

    def read() -> list[str]:
        file = tmp_path / "log"
        found = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return found

    return read


@pytest.fixture
def way(tmp_path: Path) -> tuple[str, ...]:
    """Return how deliveries reach computers, with a cache of this test."""
    return ("--target", "all", "--transport", "local", "--cache", str(tmp_path / "cache"))
