"""Folders for run markers, and the SSH lab."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.ssh import ssh_lab

__all__ = ["ssh_lab"]


@pytest.fixture
def run_dir(tmp_path: Path) -> str:
    """A folder of markers that belongs to this test alone."""
    return str(tmp_path / "runs")
