"""Tasks of PowerShell on a computer that the CMDB knows as Windows, over SSH and SMB; emulated (tests/servers)."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab
from tests.conftest import Run
from tests.servers.samba import USER
from tests.servers.service_control import EmulatedWindows, ScmCall, smb_windows
from tests.servers.windows import windows_lab

__all__ = ["smb_windows", "windows_lab"]


def check_hello(run: Run, ok: Run, way: tuple[str, ...]) -> None:
    """Add the task `hello`, and check that its parameter comes as it was given and that its own code is success."""
    ok("task", "add", "hello", "--command", 'echo "$ITMS_NAME"; exit 7', "--interpreter", "powershell",
       "--parameter", "name", "--success-codes", "7")  # fmt: skip
    done = run("task", "run", "hello", "--param", "name=a 'b' $(c)", *way)
    assert done.code == 0, done.out + done.err
    assert done.lines[0]["stdout"] == "a 'b' $(c)\n"
    assert done.lines[0]["exit_status"] == 7


@pytest.mark.parametrize("transport", ["ssh", "openssh"])
def test_powershell_runs_where_the_cmdb_knows_a_windows(
    run: Run, ok: Run, windows_lab: Lab, tmp_path: Path, transport: str
) -> None:
    lab = windows_lab
    where = ("--address", lab.hosts[0], "--port", str(lab.port), "--user", lab.user)
    ok("computer", "add", "ws1", *where, "--os-family", "windows")
    way = ("--all", "--transport", transport, "--key", str(lab.key_file), "--accept-new", "-o", "ndjson")
    check_hello(run, ok, way)
    for words, reason in (
        (("--command", "true"), "INPUT"),
        (("--command", "true", "--interpreter", "powershell", "--run-as", "root"), "INPUT"),
    ):
        refused = run("task", "run", *words, *way)
        assert (refused.code, refused.lines[0]["reason"]) == (8, reason)
    (tmp_path / "file").write_text("x")
    ok("task", "add", "cp", "--kind", "copy", "--arg", f"source={tmp_path}/file", "--arg", r"path=C:\Temp\file")
    refused = run("task", "run", "cp", *way)
    assert (refused.code, refused.lines[0]["reason"]) == (8, "TRANSFER-FAILED")
    assert "--transport smb" in refused.out + refused.err or "Windows" in refused.lines[0]["message"]
    ok("computer", "set", "ws1", "--os-family", "linux")
    refused = run("task", "run", "hello", "--param", "name=x", *way)
    assert (refused.code, refused.lines[0]["reason"]) == (8, "INTERPRETER-MISSING")


def test_powershell_runs_over_smb_as_well(run: Run, ok: Run, smb_windows: EmulatedWindows, tmp_path: Path) -> None:
    samba, password = smb_windows.samba, smb_windows.samba.password_file(tmp_path)
    ok("computer", "add", "ws1", "--address", "127.0.0.1", "--port", str(samba.port), "--os-family", "windows")
    way = ("--all", "--transport", "smb", "--user", USER, "--password-file", str(password), "-o", "ndjson")
    check_hello(run, ok, way)
    slow = run("task", "run", "--command", "sleep 60", "--interpreter", "powershell", "--timeout", "1s", *way)
    assert (slow.code, slow.lines[0]["state"], slow.lines[0]["reason"]) == (8, "timed_out", "TIME-LIMIT"), slow.out
    smb_windows.scm.cuts[ScmCall.START] = False  # it has begun, and nobody is told
    lost = run("task", "run", "hello", "--param", "name=x", *way)
    assert (lost.code, lost.lines[0]["state"]) == (10, "unknown"), lost.out
    settled = run("run", "reconcile", "R-3", *way[1:])
    assert settled.code == 0, settled.out + settled.err
    assert ok("run", "show", "R-3", "-o", "json").json["results"][0]["exit_status"] == 7
    assert smb_windows.scm.services == {}
    assert samba.password not in "".join(smb_windows.scm.commands)
    ok("computer", "set", "ws1", "--os-family", "linux")
    refused = run("task", "run", "--command", "true", *way)
    assert (refused.code, refused.lines[0]["reason"]) == (8, "NO-COMMANDS")
