"""Files are written whole or not at all, and never through a link."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from itmsctl.documents.faults import reading, writing
from itmsctl.documents.files import new_file, replacing
from itmsctl.errors import FileFormatError, StorageError, StorageFullError, UsageError


def put(path: Path, data: bytes, mode: int = 0o600) -> None:
    with replacing(path, mode) as stream:
        stream.write(data)


def test_writes_with_the_mode_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "f"
    old = os.umask(0o077)
    try:
        put(path, b"one")
        assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"one", 0o600)
        put(path, b"two", 0o644)
    finally:
        os.umask(old)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"two", 0o644)
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_link_is_not_followed(tmp_path: Path) -> None:
    target, link, dangling = tmp_path / "target", tmp_path / "link", tmp_path / "dangling"
    target.write_text("keep")
    link.symlink_to(target)
    dangling.symlink_to(tmp_path / "none")
    for path in (link, dangling):
        with pytest.raises(StorageError, match="refusing to follow a link"):
            put(path, b"x")
        with pytest.raises(StorageError):
            new_file(path)
        assert path.is_symlink()
    assert target.read_text() == "keep"
    assert not (tmp_path / "none").exists()


def test_odd_things_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "."):
        with pytest.raises(StorageError):
            put(tmp_path / name, b"x")
    with pytest.raises(StorageError, match="cannot write"):
        put(tmp_path / "none" / "f", b"x")


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f"
    put(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFullError):
        put(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_new_file_is_new(tmp_path: Path) -> None:
    with new_file(tmp_path / "f") as stream:
        stream.write(b"x")
    with pytest.raises(StorageError, match="exists already"):
        new_file(tmp_path / "f")


def test_ours_pass_through_and_bugs_stay_bugs() -> None:
    for guard in (reading, writing):
        with pytest.raises(UsageError), guard("x"):
            raise UsageError("mine")
        with pytest.raises(ZeroDivisionError), guard("x"):
            raise ZeroDivisionError
    with pytest.raises(FileFormatError), reading("x"):
        raise RecursionError
