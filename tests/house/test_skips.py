"""What a missing server leaves untested is named and counted; where servers are demanded, a skip fails the run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import ROOT
from tests.servers import REQUIRE

TESTS = """
from tests.servers import missing
def test_one(): missing("postgres", "no initdb")
def test_two(): missing("postgres", "no initdb")
def test_three(): missing("netns", "not root")
def test_four(): pass
"""


@pytest.mark.parametrize(
    ("required", "workers", "status", "closing"),
    [
        ("", "0", 0, "1 passed, 3 skipped"),
        ("ssh", "0", 1, "1 passed, 3 skipped"),
        ("ssh", "2", 1, "1 passed, 3 skipped"),
        ("postgres", "0", 1, "2 failed, 1 passed, 1 skipped"),
    ],
)
def test_skips_are_counted_by_server(tmp_path: Path, required: str, workers: str, status: int, closing: str) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "tests.house.skips", "-n", workers, "--rootdir", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), REQUIRE: required}
    done = subprocess.run(
        [*command, "-c", os.devnull, str(tmp_path)], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == status, done.stdout
    assert closing in done.stdout.splitlines()[-1], "the closing line is the last one"
    assert "netns: 1 tests skipped" in done.stdout
    assert ("postgres: 2 tests skipped" in done.stdout) == (required != "postgres")
