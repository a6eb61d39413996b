"""Packages on a Windows, over SSH and over SMB: emulated (tests/servers), **never run on a real Windows**."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab
from tests.conftest import Result, Run
from tests.servers.samba import USER
from tests.servers.service_control import PROFILE, EmulatedWindows, smb_windows
from tests.servers.windows import windows_lab

__all__ = ["smb_windows", "windows_lab"]
MIB = 1 << 20
Push = Callable[..., Result]


@pytest.fixture(params=["ssh", "smb"])
def cache(request: pytest.FixtureRequest) -> Path:
    """Return the cache of packages of the computer that `push` reaches, empty."""
    if request.param == "smb":
        place = request.getfixturevalue("smb_windows").root / PROFILE / "packages"
    else:
        place = request.getfixturevalue("windows_lab").key_file.parent.parent / "packages"
    shutil.rmtree(place, ignore_errors=True)
    return Path(place)


@pytest.fixture
def push(request: pytest.FixtureRequest, run: Run, ok: Run, cache: Path, tmp_path: Path) -> Push:
    """Push to the one computer there is."""
    if "smb" in request.node.callspec.id:
        windows: EmulatedWindows = request.getfixturevalue("smb_windows")
        where = ("--address", "127.0.0.1", "--port", str(windows.samba.port))
        way = ("--via", "smb", "--user", USER, "--password-file", str(windows.samba.password_file(tmp_path)))
    else:
        lab: Lab = request.getfixturevalue("windows_lab")
        where = ("--address", lab.hosts[0], "--port", str(lab.port), "--user", lab.user)
        way = ("--via", "ssh", "--key", str(lab.key_file), "--accept-new")
    ok("computer", "add", "ws1", *where, "--os-family", "windows")
    return lambda *argv: run("package", "push", *argv, "--all", *way, "-o", "ndjson")


@pytest.fixture
def package(ok: Run, tmp_path: Path) -> str:
    """Import a package with a name that is not ASCII and a file of several pieces."""
    folder = tmp_path / "content"
    (folder / "donn\u00e9es").mkdir(parents=True)
    (folder / "in.sh").write_text(f'echo "$ITMS_PACKAGE $1" >>{tmp_path}/log; : >{tmp_path}/installed; exit "$2"\n')
    (folder / "donn\u00e9es" / "big").write_bytes(os.urandom(9 * MIB + 5))
    ok("package", "import", str(folder), "--name", "tool", "--version", "2.0", "--detect", f"file {tmp_path}/installed")
    for name, line in (("install", "sh in.sh 'a b' 3010"), ("uninstall", f"rm {tmp_path}/installed; pwd")):
        ok("package", "program", "tool", name, "--windows", line, "--code", "3010=reboot")
    ok("package", "publish", "tool")
    return "tool"


def test_it_is_put_there_run_and_proven(push: Push, package: str, cache: Path, tmp_path: Path) -> None:
    staged = push(package, "--stage")
    assert (staged.code, staged.lines[0]["state"]) == (0, "succeeded"), staged.out + staged.err
    (folder,) = [path for path in cache.iterdir() if path.is_dir()]
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        "donn\u00e9es/big", "in.sh",
    ]  # fmt: skip
    big = (tmp_path / "content" / "donn\u00e9es" / "big").read_bytes()
    assert (folder / "donn\u00e9es" / "big").read_bytes() == big
    assert "is complete: 2 files" in staged.lines[0]["message"]
    assert not (tmp_path / "log").exists()
    done = push(package)
    assert (done.code, done.lines[0]["exit_status"]) == (0, 3010 % 256), done.out + done.err
    assert done.lines[0]["message"].startswith("proven: ")
    assert (tmp_path / "log").read_text() == "tool a b\n"
    assert push(package).lines[0]["reason"] == "UNCHANGED"
    gone = push(package, "--program", "uninstall", "--keep", "0")
    assert (gone.code, gone.lines[0]["stdout"]) == (0, f"{folder}\n"), gone.out
    assert not [path for path in cache.iterdir() if path.is_dir()]


def test_only_what_is_missing_is_sent_and_what_was_changed_never_runs(
    push: Push, package: str, cache: Path, tmp_path: Path
) -> None:
    assert push(package, "--stage").code == 0
    (folder,) = [path for path in cache.iterdir() if path.is_dir()]
    with (folder / "donn\u00e9es" / "big").open("r+b") as file:
        file.seek(5 * MIB)
        file.write(b"flipped")
        file.seek(0, os.SEEK_END)
        file.write(b"and more")
    (folder / "evil.exe").write_bytes(b"x")
    (folder / "link").symlink_to("/etc")
    healed = push(package, "--stage")
    assert healed.code == 0, healed.out + healed.err
    assert f"{5 * MIB + 5} bytes sent" in healed.lines[0]["message"]
    assert sorted(path.name for path in folder.rglob("*")) == ["big", "donn\u00e9es", "in.sh"]
    made = hashlib.sha256((folder / "donn\u00e9es" / "big").read_bytes()).hexdigest()
    assert made == hashlib.sha256((tmp_path / "content" / "donn\u00e9es" / "big").read_bytes()).hexdigest()
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("cache", ["ssh"], indirect=True)
def test_a_flipped_byte_in_the_library_is_told_and_nothing_runs(push: Push, package: str, tmp_path: Path) -> None:
    for path in tmp_path.rglob("library/objects/*/*"):
        if path.is_file() and path.stat().st_size < MIB:
            path.chmod(0o600)
            path.write_bytes(b"#" + path.read_bytes()[1:])
    done = push(package)
    assert (done.code, done.lines[0]["reason"]) == (14, "PKG-HASH-MISMATCH"), done.out
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("cache", ["smb"], indirect=True)
def test_what_a_windows_cannot_be_given_is_refused(push: Push, package: str, ok: Run, tmp_path: Path) -> None:
    refused = push(package, "--cache", "/tmp/x")
    assert (refused.code, refused.lines[0]["reason"]) == (8, "INPUT"), refused.out
    (tmp_path / "content" / "con").write_text("x")
    ok("package", "import", str(tmp_path / "content"), "--name", package)
    ok("package", "publish", package)
    refused = push(package, "--stage")
    assert (refused.code, refused.lines[0]["reason"]) == (8, "INPUT"), refused.out


@pytest.mark.parametrize("cache", ["smb"], indirect=True)
def test_software_is_delivered_to_it(
    push: Push, package: str, run: Run, ok: Run, smb_windows: EmulatedWindows, tmp_path: Path
) -> None:
    ok("software", "add", "tool", "--package", package)
    login = ("--user", USER, "--password-file", str(smb_windows.samba.password_file(tmp_path)))
    way = ("--transport", "smb", *login, "-o", "ndjson")
    ok("task", "add", "deliver", "--kind", "delivery", "--arg", "software=tool")
    done = run("task", "run", "deliver", "--all", *way)
    assert done.code == 0, done.out + done.err
    assert done.lines[0]["message"].startswith("proven: "), done.out
    assert (tmp_path / "log").read_text() == "tool a b\n"
    again = run("task", "run", "deliver", "--all", *way)
    assert (again.code, again.lines[0]["reason"]) == (0, "UNCHANGED"), again.out
    status = ok("software", "status", "tool", "-o", "json").json
    assert (status["compliant"], status["unknown"]) == (1, 0), status
    assert smb_windows.scm.services == {}
