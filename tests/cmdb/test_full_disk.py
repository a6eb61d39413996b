"""A disk that is full: the one that is full is named, nothing half is left, and what was there is as it was."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from itmsctl.cmdb.engine import place_of
from tests.conftest import Run
from tests.servers import missing


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of 300 kB."""
    if os.geteuid() != 0:
        missing("tmpfs", "a small disk needs root")
    disk = tmp_path / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k,mode=700", "none", disk], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_backup_names_its_own_disk(run: Run, ok: Run, small: Path, db: str) -> None:
    ok("site", "add", "rome")
    if "://" in db:  # a dump is small: it has to be filled
        (small / "ballast").write_bytes(b"x" * 290_000)
    before = sorted(small.iterdir())
    found = run("db", "backup", "--out", str(small / "b.backup"))
    assert found.code == 11, found.err
    assert f"the disk of {small} is full; no backup was made, and {place_of(db)} is as it was" in found.err
    assert f"df -h {small}" in found.err
    assert sorted(small.iterdir()) == before, "nothing is left over"
    assert ok("site", "list", "-o", "name").out == "rome\n"


def test_an_export_names_its_own_disk(run: Run, ok: Run, small: Path) -> None:
    for number in range(3):
        ok("site", "add", f"s{number}", "--description", "x" * 1000)
    (small / "ballast").write_bytes(b"x" * 304_000)
    for argv in (("export", "--out", str(small / "e.yaml")), ("support", "bundle", "--out", str(small / "b.tar.gz"))):
        found = run(*argv)
        assert (found.code, "STORAGE" in found.err, str(small) in found.err) == (11, True, True), (argv, found.err)
        assert [path.name for path in small.iterdir()] == ["ballast"]
