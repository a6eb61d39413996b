"""Packages copied to shares of real Samba servers: whole, read back, resumed by pieces, and never seen half."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result, Run
from tests.servers.samba import LAX, USER, Samba, samba
from tests.servers.smb_between import Between

__all__ = ["samba"]
MIB = 1 << 20


@pytest.fixture
def digest(ok: Run, tmp_path: Path) -> str:
    """Import a package of a file of several pieces, a small one and an empty one; return its digest."""
    folder = tmp_path / "files"
    (folder / "sub dir").mkdir(parents=True)
    (folder / "big.bin").write_bytes(os.urandom(9 * MIB + 5))
    (folder / "sub dir" / "\u00fcn\u00ef \U0001f4e6.txt").write_bytes(b"small\n")
    (folder / "empty").touch()
    ok("package", "import", str(folder), "--name", "tool")
    return str(ok("package", "show", "tool", "-o", "json").json["manifest"])


@pytest.fixture
def copied(run: Run, ok: Run, tmp_path: Path) -> Callable[..., Result]:
    """Add a server where it is not there, and run a verb of packages on it over SMB."""

    def go(verb: str, server: Samba, *more: str, name: str = "s1", port: int | None = None, folder: str = "") -> Result:
        if run("computer", "show", name).code:
            ok("computer", "add", name, "--address", "127.0.0.1", "--port", str(port or server.port))
            ok("server", "add", name, "--service", "package", "--folder", folder or str(tmp_path / "root"))
        elif port is not None:
            ok("computer", "set", name, "--port", str(port))
        user = () if "--user" in more else ("--user", USER)
        way = ("--transport", "smb", *user, "--password-file", str(server.password_file(tmp_path)))
        return run("package", verb, "tool", *more, *way)

    return go


def _states(ok: Run) -> dict[str, str]:
    return {row["server"]: row["state"] for row in ok("package", "servers", "tool", "-o", "json").json}


def test_a_copy_goes_on_by_pieces_is_read_back_and_heals(
    ok: Run, samba: Samba, digest: str, copied: Callable[..., Result], tmp_path: Path
) -> None:
    root = tmp_path / "root"
    cut = Between(samba.port, cut_after=6 * MIB)
    assert copied("distribute", samba, port=cut.port).code == 8
    cut.stop()
    assert not [path for path in root.iterdir() if not path.name.startswith(".")]
    counted = Between(samba.port)
    done = copied("distribute", samba, port=counted.port)
    counted.stop()
    assert done.code == 0, done.out + done.err
    assert counted.sent < 6 * MIB + 300_000  # 4 MiB were there
    assert (_states(ok), sorted(path.name for path in root.iterdir())) == ({"s1": "ready"}, [digest, f"{digest}.json"])
    for path in (tmp_path / "files").rglob("*"):
        assert path.is_dir() or (root / digest / path.relative_to(tmp_path / "files")).read_bytes() == path.read_bytes()
    again = copied("distribute", samba, "-o", "json", port=samba.port)
    assert (again.code, "there already" in again.out) == (0, True), again.out
    with (root / digest / "big.bin").open("r+b") as file:
        file.seek(5 * MIB)
        file.write(b"!")
        file.seek(0, os.SEEK_END)
        file.write(b"longer")
    wrong = copied("verify", samba, "--read-back")
    assert (wrong.code, _states(ok)) == (14, {"s1": "corrupt"}), wrong.out + wrong.err
    assert not [path for path in root.iterdir() if not path.name.startswith(".")]
    assert copied("distribute", samba).code == 0
    assert (root / digest / "big.bin").read_bytes() == (tmp_path / "files" / "big.bin").read_bytes()
    assert copied("distribute", samba, "--remove").code == 0
    assert list(root.iterdir()) == []


def test_what_no_package_needs_leaves_a_share(
    ok: Run, run: Run, samba: Samba, digest: str, copied: Callable[..., Result], tmp_path: Path
) -> None:
    root = tmp_path / "root"
    assert copied("distribute", samba).code == 0
    (root / "other").mkdir()
    ok("package", "remove", "tool", "--yes")
    assert {path.name for path in root.iterdir()} == {digest, f"{digest}.json", "other"}
    way = ("--transport", "smb", "--user", USER, "--password-file", str(tmp_path / "pw"))
    done = run("package", "distribute", "--prune", *way, "-o", "json")
    assert (done.code, "1 former content removed" in done.out) == (0, True), done.out + done.err
    assert [path.name for path in root.iterdir()] == ["other"]
    assert "no server holds" in ok("package", "distribute", "--prune", *way).err


@pytest.mark.parametrize(("lax", "code"), [("unencrypted", 12), ("guest", 12)])
def test_lax_servers_get_nothing(
    digest: str, copied: Callable[..., Result], run: Run, tmp_path: Path, lax: str, code: int
) -> None:
    (tmp_path / "share").mkdir()
    server = Samba({"data": tmp_path / "share"}, LAX[lax])
    try:
        user = ("--user", "nobody-here") if lax == "guest" else ()
        done = copied("distribute", server, *user, folder="/data/packages")
        assert done.code == code, done.out + done.err
        assert list((tmp_path / "share").iterdir()) == []
    finally:
        server.stop()


def test_a_share_that_is_not_there_is_told(digest: str, samba: Samba, copied: Callable[..., Result]) -> None:
    done = copied("distribute", samba, folder="/nowhere/packages")
    assert done.code == 8
    assert "no share `nowhere`" in done.out + done.err
