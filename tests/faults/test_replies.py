"""A sample of the spoiled replies; the whole of it is `python -m tests.faults.replies`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from examples.lab.ssh_endpoints import find_sshd
from tests.servers import missing


@pytest.mark.parametrize("db", ["sqlite", "postgres"])
@pytest.mark.parametrize("engine", ["ssh", "openssh"])
def test_one_computer_that_lies_hurts_itself_alone(engine: str, db: str) -> None:
    if find_sshd() is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    # In a process of its own: it measures its memory. Five lie in each run: it is the ten good ones that take time.
    lies = ["--replies", "25", "--liars", "5"]
    argv = [sys.executable, "-m", "tests.faults.replies", *lies, "--engine", engine, "--db", db]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
