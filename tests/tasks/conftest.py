"""Computers to run tasks on: this machine itself under several names, and the SSH lab."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.tasks.rows import runs
from tests.conftest import Result, Run
from tests.servers.ssh import Lab, ssh_lab

__all__ = ["ssh_lab"]

MARKERS = (Path("/var/lib/itms/runs"), Path("~/.local/state/itms/runs").expanduser())


def open_marker_folders() -> list[Path]:
    """Return the folders of markers that this user may look into: root's is closed to others."""
    return [folder for folder in MARKERS if os.access(folder, os.R_OK | os.X_OK)]


def sweep_markers(store: Store) -> None:
    """Take away the markers that the runs of a CMDB left on this machine."""
    with store.read() as reader:
        guids = list(reader.connection.execute(sa.select(runs.c.guid)).scalars())
    for folder in open_marker_folders():
        for guid in guids:
            for marker in folder.glob(f"{guid}.*"):
                shutil.rmtree(marker, ignore_errors=True)


@pytest.fixture
def sweep(store: Store) -> Iterator[None]:
    """Take away the markers that the runs of this test leave on this machine."""
    yield
    sweep_markers(store)


@pytest.fixture
def local(ok: Run, sweep: None) -> Callable[..., None]:
    """Add computers that are this machine: `local("web1", "web2")`."""

    def add(*names: str) -> None:
        for name in names:
            ok("computer", "add", name)

    return add


@pytest.fixture
def task_run(run: Run, local: Callable[..., None]) -> Run:
    """Run a task over the local transport."""

    def go(*argv: str, **options: object) -> Result:
        return run("task", "run", *argv, "--transport", "local", **options)

    return go


@pytest.fixture
def lab(ok: Run, ssh_lab: Lab, sweep: None) -> Lab:
    """Return the SSH lab, its computers recorded as lab-001 ... without host keys."""
    for number, host in enumerate(ssh_lab.hosts, 1):
        ok(
            "computer", "add", f"lab-{number:03}", "--address", host, "--port", str(ssh_lab.port),
            "--user", ssh_lab.user,
        )  # fmt: skip
    return ssh_lab
