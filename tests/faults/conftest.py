"""What faults are made with: strace, and the SSH lab."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.injection import find_strace
from tests.faults.jobs import InventoryRun, TaskRun
from tests.servers import missing
from tests.servers.ssh import Lab, ssh_lab

__all__ = ["ssh_lab"]


@pytest.fixture(scope="session")
def strace() -> str:
    """Return the path of strace."""
    return find_strace() or missing("strace", "no system call can be made to fail (apt-get install strace)")


@pytest.fixture
def task_run(strace: str, ssh_lab: Lab, tmp_path: Path) -> TaskRun:
    """Return a run on the SSH lab, to be broken off."""
    return TaskRun(tmp_path / "task-run", ssh_lab)


@pytest.fixture
def inventory_run(strace: str, ssh_lab: Lab, tmp_path: Path) -> InventoryRun:
    """Return an inventory of the SSH lab, to be broken off."""
    return InventoryRun(tmp_path / "inventory-run", ssh_lab)
