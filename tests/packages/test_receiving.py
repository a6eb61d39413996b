"""What an endpoint does with what it is sent: hashed while it is written, or afterwards; with the tools that it has."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from itmsctl.packages.endpoint import receive
from itmsctl.packages.service import stocking
from itmsctl.packages.service.bringing import bring
from itmsctl.packages.service.endpoint_texts import program_text
from tests.house import ROOT
from tests.packages.made import MadePackage, here, seen

HASHERS = ("openssl", "sha256sum", "shasum", "python3")
LONG = "n" * 120 + "/" + "m" * 200
RECEIVE = ROOT / "itmsctl/packages/endpoint/receive.py"


def without(*tools: str) -> str:
    """Return the program, on a computer that has none of these tools."""
    hidden = "".join(f"[ $1 != {name} ] || return 1\n" for name in tools)
    return program_text("cache", "receive", "stock").replace("has() {", "has() {\n" + hidden)


@pytest.mark.parametrize("streams", [True, False], ids=["while it is written", "afterwards"])
@pytest.mark.parametrize("hasher", ["openssl", "sha256sum", "shasum"])
def test_any_tool_makes_the_same_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hasher: str, streams: bool
) -> None:
    hidden = [*(name for name in HASHERS[:3] if name != hasher), *(() if streams else ["python3"])]
    monkeypatch.setattr(stocking, "program_text", lambda *_: without(*hidden))
    made = MadePackage(tmp_path / "objects")
    names = ["a b", "-rf", " lead ", "$(id)", "it's", "*", "ü/☃", LONG, "x.sh"]
    files = [made.add(name, name.encode() * 50, 0o755 if name == "x.sh" else 0o644) for name in names]
    package = made.manifest(*files, made.add("large", b"0123456789abcdef" * 200_000))
    done = bring(here(tmp_path), package, made.source, cache=str(tmp_path / "cache"))
    folder = tmp_path / "cache" / package.digest
    assert (seen(folder), done.stocked.was_there) == (made.contents, False)
    modes = {path.name: path.stat().st_mode & 0o7777 for path in folder.iterdir()}
    assert (modes["x.sh"], modes["a b"], modes["ü"]) == (0o755, 0o644, 0o700)


def test_a_python_that_cannot_leaves_all_of_it_to_tar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = program_text("cache", "receive", "stock").replace("import queue", "import no_such_module")
    monkeypatch.setattr(stocking, "program_text", lambda *_: text)
    made = MadePackage(tmp_path / "objects")
    package = made.manifest(made.add("f", b"x" * 300_000))
    done = bring(here(tmp_path), package, made.source, cache=str(tmp_path / "cache"))
    assert (seen(tmp_path / "cache" / package.digest), done.stocked.sent < 400_000) == (made.contents, True)


def stream(*members: tuple[str, bytes], end: bool = True) -> bytes:
    """Return what is sent of members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, data in [*members, *([("end", b"")] if end else [])]:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o600
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def received(folder: Path, data: bytes) -> tuple[int, str]:
    """Have it read; return its exit status, and what it wrote of digests."""
    folder.mkdir()
    done = subprocess.run([sys.executable, RECEIVE], input=data, cwd=folder, check=False, capture_output=True)
    return done.returncode, (folder / "have").read_text()


MEMBERS = (("list", b"l"), ("f/b", b"B" * 700), ("f/a", b"A" * 3_000_000), ("f/" + "c" * 150, b""))


def test_its_digests_are_those_of_the_files_in_order(tmp_path: Path) -> None:
    code, have = received(tmp_path / "x", stream(*MEMBERS))
    wanted = sorted(f"{hashlib.sha256(data).hexdigest()}  ./{name[2:]}\n" for name, data in MEMBERS[1:])
    assert (code, have) == (0, "".join(wanted))


@pytest.mark.parametrize("at", [0, 100, 512, 1024 + 600, 500_000, 2_999_000, -9_000])
def test_what_is_cut_has_no_digests(tmp_path: Path, at: int) -> None:
    assert received(tmp_path / "x", stream(*MEMBERS)[:at]) == (1, "")


def test_what_has_no_last_member_has_no_digests(tmp_path: Path) -> None:
    assert received(tmp_path / "x", stream(*MEMBERS, end=False)) == (1, "")


def test_nothing_is_written_where_something_is(tmp_path: Path) -> None:
    assert received(tmp_path / "x", stream(("f/a", b"1"), ("f/a", b"2"))) == (1, "")


@pytest.mark.parametrize("size", [0, 1, 0o777, 8 << 30, 1 << 40])
def test_sizes_of_heads(size: int) -> None:
    info = tarfile.TarInfo("f")
    info.size = size
    assert receive.number(info.tobuf(tarfile.GNU_FORMAT)[124:136]) == size
