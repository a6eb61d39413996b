"""Archives: the same bytes for the same content, and nothing of a hostile one is used (IM6)."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.documents import archive
from itmsctl.documents.archive import read_archive, write_archive
from itmsctl.errors import ArchiveUnsafeError, InputError, NotFoundError, StorageError

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_the_same_content_gives_the_same_private_bytes(tmp_path: Path) -> None:
    files = {"b.json": b"{}", "a.json": b"x" * 100_000, "logs/c.txt": b""}
    for name in ("one", "two"):
        write_archive(tmp_path / name, dict(reversed(files.items())) if name == "one" else files, AT)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600
    assert read_archive(tmp_path / "one") == files
    with tarfile.open(tmp_path / "one") as found:
        assert found.getnames() == sorted(files)


def test_what_is_written_replaces_no_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        write_archive(tmp_path / "link", {"a": b""}, AT)
    assert not (tmp_path / "elsewhere").exists()


def member(name: str = "a.json", data: bytes = b"x", **values: object) -> Callable[[tarfile.TarFile], None]:
    def add(out: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), 0o600
        for key, value in values.items():
            setattr(info, key, value)
        out.addfile(info, io.BytesIO(data) if info.isreg() else None)

    return add


def built(path: Path, *members: Callable[[tarfile.TarFile], None], form: int = tarfile.USTAR_FORMAT) -> Path:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=form) as out:
        for add in members:
            add(out)
    path.write_bytes(gzip.compress(plain.getvalue()))
    return path


HOSTILE = {
    "up": [member("../x")],
    "up later": [member("ok/../../x")],
    "absolute": [member("/etc/passwd")],
    "windows": [member("c:\\x")],
    "backslash": [member("..\\x")],
    "symbolic link": [member("a", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd")],
    "hard link": [member("a"), member("b", b"", type=tarfile.LNKTYPE, linkname="a")],
    "device": [member("a", b"", type=tarfile.CHRTYPE)],
    "pipe": [member("a", b"", type=tarfile.FIFOTYPE)],
    "folder": [member("a", b"", type=tarfile.DIRTYPE)],
    "set user id": [member("a", mode=0o4600)],
    "program": [member("a", mode=0o700)],
    "twice": [member("a"), member("a", b"other")],
    "case": [member("A")],
    "hidden": [member(".ssh")],
    "empty name": [member("")],
    "terminal": [member("a\x1b[31m")],
    "deep": [member("a/b/c")],
    "not text": [member("a\udcff")],
    "late": [*(member(f"m{n}") for n in range(5)), member("../x")],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_archive_is_refused_whole(tmp_path: Path, what: str) -> None:
    path = built(tmp_path / "bad.tar.gz", *HOSTILE[what])
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ArchiveUnsafeError, match="member") as caught:
        read_archive(path)
    assert caught.value.exit_status == 3
    assert "\x1b" not in caught.value.message
    assert sorted(tmp_path.rglob("*")) == before


def test_a_long_name_of_another_format_is_refused(tmp_path: Path) -> None:
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        path = built(tmp_path / "long.tar.gz", member("a" * 200), form=form)
        with pytest.raises(InputError):
            read_archive(path)


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MEMBERS", 3)
    with pytest.raises(ArchiveUnsafeError, match="member 4"):
        read_archive(built(tmp_path / "many.tar.gz", *(member(f"m{n}") for n in range(4))))


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = built(tmp_path / "bomb.tar.gz", member("a", b"\0" * 50_000_000))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(ArchiveUnsafeError, match="grows past"):
        read_archive(bomb)


@pytest.mark.parametrize(
    "data",
    [b"", b"no archive", gzip.compress(b"no tar"), gzip.compress(b"")[:-3], b"\x1f\x8b" + b"\0" * 50],
    ids=["empty", "text", "no tar", "cut", "noise"],
)
def test_no_archive_at_all(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(InputError):
        read_archive(tmp_path / "x")


def test_missing_and_unreadable(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_archive(tmp_path / "missing")
    with pytest.raises(InputError):
        read_archive(tmp_path)


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_damage_is_an_input_error_or_other_content(tmp_path_factory, at: int, bit: int) -> None:
    path = tmp_path_factory.mktemp("a") / "x.tar.gz"
    write_archive(path, {"a.json": b'{"a": 1}' * 20, "b.json": b"[]"}, AT)
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1 << bit
    path.write_bytes(data)
    try:
        found = read_archive(path)
    except InputError:
        return
    assert found == {"a.json": b'{"a": 1}' * 20, "b.json": b"[]"}, "a digest of gzip stands before"
