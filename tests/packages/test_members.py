"""Archives that could do harm are refused as a whole, before anything of them is on a disk (IM6)."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from itmsctl.errors import ArchiveUnsafeError, InputError
from itmsctl.packages.members import FILE, FOLDER, LINK, OTHER, SAME_FILE, ArchiveMember, refuse_unsafe
from itmsctl.packages.service.readers import read_facts
from tests.conftest import Run

A = ArchiveMember
BAD: dict[str, list[ArchiveMember]] = {
    "parent": [A("../x", FILE)],
    "parent inside": [A("a/../../x", FILE)],
    "absolute": [A("/etc/passwd", FILE)],
    "drive": [A("C:/x", FILE)],
    "backslash": [A("..\\x", FILE)],
    "control": [A("a\x1b[31m", FILE)],
    "empty": [A("", FILE)],
    "device": [A("tty", OTHER)],
    "suid": [A("su", FILE, mode=0o4755)],
    "twice": [A("a", FILE), A("a", FILE)],
    "twice by ./": [A("a", FILE), A("./a", FILE)],
    "capitals": [A("a", FILE), A("A", FILE)],
    "forms of a letter": [A("\u00e9", FILE), A("e\u0301", FILE)],
    "link outside": [A("a", LINK, leads_to="/etc")],
    "link up": [A("d/a", LINK, leads_to="../../etc")],
    "link nowhere": [A("a", LINK)],
    "behind a link": [A("a", LINK, leads_to="b"), A("a/x", FILE)],
    "behind a link, capitals": [A("a", LINK, leads_to="b"), A("A/x", FILE)],
    "behind a file": [A("a", FILE), A("a/x", FILE)],
    "hard link to a link": [A("a", LINK, leads_to="b"), A("c", SAME_FILE, leads_to="a")],
    "hard link to nothing": [A("c", SAME_FILE, leads_to="a")],
    "hard link outside": [A("c", SAME_FILE, leads_to="../a")],
    "a folder that is a link": [A("a", LINK, leads_to="b"), A("a", FOLDER)],
    "bomb": [A("a", FILE, size=10**12)],
    "many bombs": [A(f"a{n}", FILE, size=10**7) for n in range(20)],
}
GOOD: dict[str, list[ArchiveMember]] = {
    "plain": [A(".", FOLDER), A("./a/", FOLDER), A("./a/b", FILE, 10, 0o755)],
    "folder twice": [A("a/", FOLDER), A("a/", FOLDER)],
    "link inside": [A("lib/x.so.1", FILE), A("lib/x.so", LINK, leads_to="x.so.1"), A("y", LINK, leads_to="lib/x.so")],
    "hard link": [A("a", FILE), A("b/c", SAME_FILE, leads_to="./a")],
    "setgid folder": [A("a/", FOLDER, mode=0o2755)],
}


@pytest.mark.parametrize("name", BAD)
def test_it_is_refused(name: str) -> None:
    with pytest.raises(ArchiveUnsafeError):
        refuse_unsafe(BAD[name], 100_000)


@pytest.mark.parametrize("name", GOOD)
def test_it_may_be_opened(name: str) -> None:
    assert refuse_unsafe(GOOD[name], 100) == sum(one.size for one in GOOD[name])


def test_an_archive_of_too_many_members_is_refused() -> None:
    with pytest.raises(ArchiveUnsafeError, match="more than"):
        refuse_unsafe((A(f"{n}", FILE) for n in range(2**20)), 10**9)


def tar_of(*infos: tarfile.TarInfo, data: bytes = b"") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info in infos:
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(out.getvalue())


def info(name: str, kind: bytes = tarfile.REGTYPE, to: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, to, mode
    return made


@pytest.mark.parametrize(
    "made",
    [
        info("../x"),
        info("/x"),
        info("x", tarfile.SYMTYPE, "/etc"),
        info("x", tarfile.LNKTYPE, "y"),
        info("x", tarfile.CHRTYPE),
        info("x", tarfile.FIFOTYPE),
        info("x", mode=0o6755),
        info("x\udcff"),
    ],
)
def test_a_tar_that_could_do_harm_is_refused(made: tarfile.TarInfo) -> None:
    with pytest.raises(InputError):
        read_facts(io.BytesIO(tar_of(made)), "evil.tar.gz")


def zip_of(name: str, data: bytes = b"x", *, attr: int = 0, flags: int = 0) -> bytearray:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        made = zipfile.ZipInfo(name)
        made.compress_type, made.external_attr, made.create_system = zipfile.ZIP_DEFLATED, attr, 3
        archive.writestr(made, data)
    found = bytearray(out.getvalue())
    at = found.rindex(b"PK\x01\x02")
    (now,) = struct.unpack_from("<H", found, at + 8)
    struct.pack_into("<H", found, at + 8, now | flags)
    return found


@pytest.mark.parametrize(
    "data",
    [
        zip_of("../x"),
        zip_of("/x"),
        zip_of("..\\x"),
        zip_of("x", b"/etc/passwd", attr=0o120777 << 16),
        zip_of("x", attr=0o104755 << 16),
        zip_of("x", attr=0o020644 << 16),
        zip_of("x", flags=1),
        zip_of("x", b"\0" * 100_000_000),
    ],
)
def test_a_zip_that_could_do_harm_is_refused(data: bytearray) -> None:
    with pytest.raises(ArchiveUnsafeError):
        read_facts(io.BytesIO(data), "evil.zip")


def test_a_zip_that_says_another_size_is_refused() -> None:
    data = zip_of("x", b"y" * 1000)
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)
    with pytest.raises(InputError):
        read_facts(io.BytesIO(data), "evil.zip")


def test_a_bomb_is_refused() -> None:
    large = info("x")
    large.size = 60 << 20
    with pytest.raises(ArchiveUnsafeError):
        read_facts(io.BytesIO(tar_of(large, data=b"\0" * large.size)), "evil.tar.gz")


def test_nothing_of_it_comes_into_the_library(run: Run, tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "evil.tar.gz"
    path.write_bytes(tar_of(info("ok"), info("../x")))
    found = run("package", "import", str(path))
    assert found.code == 3
    assert "ARCHIVE-UNSAFE" in found.err
    assert "member 2" in found.err
    assert "../x" in found.err
    assert not run("package", "list", "-o", "json").json
    assert not [one for one in tmp_path.rglob("objects/*/*") if one.is_file()]
