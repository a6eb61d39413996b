"""Starting other processes that use the same database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def start(*arguments: str, module: str = "tests.cmdb.writer") -> subprocess.Popen[str]:
    """Start a module as a process; its acknowledgements come on standard output."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run_python(code: str) -> str:
    """Run a program text in a fresh interpreter and return what it printed."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
