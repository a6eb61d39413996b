"""Folders for run markers, the SSH lab, and what of the contract is tried where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.samba import samba
from tests.servers.ssh import ssh_lab

__all__ = ["samba", "ssh_lab"]


@pytest.fixture
def run_dir(tmp_path: Path) -> str:
    """Return a folder of markers that belongs to this test alone."""
    return str(tmp_path / "runs")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what is not marked `small` of a class that wants no more to a command of its own."""
    for item in items:
        kind = getattr(item, "cls", None)
        if getattr(kind, "only_small", False) and item.get_closest_marker("small") is None:
            item.add_marker(pytest.mark.slow)
