"""Tasks of PowerShell on a computer that the CMDB knows as Windows, over SSH; emulated (tests/servers/windows.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab
from tests.conftest import Run
from tests.servers.windows import windows_lab

__all__ = ["windows_lab"]


@pytest.mark.parametrize("transport", ["ssh", "openssh"])
def test_powershell_runs_where_the_cmdb_knows_a_windows(
    run: Run, ok: Run, windows_lab: Lab, tmp_path: Path, transport: str
) -> None:
    lab = windows_lab
    where = ("--address", lab.hosts[0], "--port", str(lab.port), "--user", lab.user)
    ok("computer", "add", "ws1", *where, "--os-family", "windows")
    way = ("--all", "--transport", transport, "--key", str(lab.key_file), "--accept-new", "-o", "ndjson")
    ok("task", "add", "hello", "--command", 'echo "$ITMS_NAME"; exit 7', "--interpreter", "powershell",
       "--parameter", "name", "--success-codes", "7")  # fmt: skip
    done = run("task", "run", "hello", "--param", "name=a 'b' $(c)", *way)
    assert done.code == 0, done.out + done.err
    assert done.lines[0]["stdout"] == "a 'b' $(c)\n"
    assert done.lines[0]["exit_status"] == 7
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
