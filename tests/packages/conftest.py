"""Computers to put packages on; package servers of the SSH lab, each with a folder of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Result, Run
from tests.servers.ssh import Lab, ssh_lab
from tests.tasks.conftest import lab, local, sweep

__all__ = ["lab", "local", "ssh_lab", "sweep"]


class Fleet:
    """Package servers, and how commands reach them."""

    def __init__(self, run: Run, lab: Lab, folder: Path) -> None:
        self.run, self.lab, self.folder = run, lab, folder
        self.way = ("--key", str(lab.key_file), "--accept-new")

    def ok(self, *argv: str) -> Result:
        """Run a command that has to end with 0."""
        result = self.run(*argv)
        assert result.code == 0, result.err + result.out
        return result

    def add(self, number: int, *options: str, port: int | None = None, host: str | None = None) -> Path:
        """Add a computer of the lab as a package server; return its folder."""
        name = f"s{number + 1}"
        root = self.folder / name
        root.mkdir(mode=0o755)
        self.ok("computer", "add", name, "--address", host or self.lab.hosts[number], "--port",
                str(port or self.lab.port), "--user", self.lab.user)  # fmt: skip
        self.ok("server", "add", name, "--service", "package", "--folder", str(root), *options)
        return root

    def package(self, name: str = "tool", *, size: int = 9_000_000) -> str:
        """Import a package of a large file, a small one and an empty one; return its digest."""
        folder = self.folder / f"{name}-files"
        (folder / "sub dir").mkdir(parents=True)
        (folder / "big.bin").write_bytes(os.urandom(size))
        (folder / "sub dir" / "ünï 'q'.txt").write_bytes(b"small\n")
        (folder / "empty").write_bytes(b"")
        self.ok("package", "import", str(folder), "--name", name)
        return str(self.ok("package", "show", name, "-o", "json").json["manifest"])

    def states(self, name: str = "tool") -> dict[str, str]:
        """Return the state of a package on each server."""
        return {row["server"]: row["state"] for row in self.ok("package", "servers", name, "-o", "json").json}


@pytest.fixture
def fleet(run: Run, ssh_lab: Lab, tmp_path: Path) -> Fleet:
    """Return a lab of package servers."""
    return Fleet(run, ssh_lab, tmp_path)
