"""The real program in a process of its own, for what only a process can show: pipes, signals, imports, terminals."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.house import ROOT

ITMSCTL = (sys.executable, "-m", "itmsctl")


def environment_of(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a clean environment whose state lies below a folder."""
    own = {f"XDG_{part}_HOME": str(folder / part.lower()) for part in ("DATA", "STATE", "CONFIG")}
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "TERM": "xterm",
        **own,
        **(more or {}),
    }


def itmsctl(
    folder: Path, *argv: str, env: Mapping[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*ITMSCTL, *argv],
        input=stdin,
        env=environment_of(folder, env),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def shell(folder: Path, line: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `itmsctl` is the program; fails in a pipe are seen (pipefail)."""
    script = f'itmsctl() {{ "{sys.executable}" -m itmsctl "$@"; }}\n{line}'
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        env=environment_of(folder, env),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def python(folder: Path, code: str, argv: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a few lines of Python beside the package."""
    return subprocess.run(
        [sys.executable, "-c", code, *argv],
        env=environment_of(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
