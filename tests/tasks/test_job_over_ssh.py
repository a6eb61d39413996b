"""A job of six steps over 20 SSH computers, of which two fail and one does not answer (JOB-2, JOB-3, JOB-8)."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab, find_sshd
from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.invariants import assert_invariants
from tests.servers import missing
from tests.servers.ssh import NO_RC_FILES

JOB = """
steps:
  - {task: check, on_error: continue}
  - {task: repair, when: check.exit_status = 3}
  - {task: update, on_error: rescue}
  - {task: restart, when: update.succeeded and not check.failed}
  - {task: roll-back, role: rescue}
  - {task: report, role: always}
"""
BROKEN = ("lab-004", "lab-011")  # their update fails, and so does their roll-back
RESCUED, REPAIRED, AWAY = "lab-007", "lab-002", "lab-020"


@cache
def _lab() -> Lab:
    folder = Path(tempfile.mkdtemp(prefix="itms-job-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lab = Lab(20, folder, engine="openssh", network=46, options=[NO_RC_FILES, "MaxStartups=100:30:200"])
    atexit.register(lab.stop)
    return lab


@pytest.fixture
def fleet(ok: Run, sweep: None, tmp_path: Path) -> Lab:
    """Twenty computers, the last of which answers at no port, and six tasks that write down what they do where."""
    if find_sshd() is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    lab = _lab()
    for number, host in enumerate(lab.hosts, 1):
        port = str(lab.port) if number < 20 else "1"
        ok("computer", "add", f"lab-{number:03}", "--address", host, "--port", port, "--user", lab.user)
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "log").touch()
    said = f'echo "$ITMS_WHO {{}}" >> {shared}/log; echo "{{}} on $ITMS_WHO"; '
    ends = {
        "check": f'test "$ITMS_WHO" = {REPAIRED} && exit 3; exit 0',
        "repair": "exit 0",
        "update": f'test -e {shared}/mended || case "$ITMS_WHO" in {"|".join((*BROKEN, RESCUED))}) exit 9;; esac',
        "restart": "exit 0",
        "roll-back": f'case "$ITMS_WHO" in {"|".join(BROKEN)}) exit 1;; esac',
        "report": "exit 0",
    }
    for name, end in ends.items():
        body = said.format(name, name) + end
        ok("task", "add", name, "--command", body, "--parameter", "who={{ computer.name }}")
    ok("job", "add", "nightly", "--file", "-", stdin=JOB)
    return lab


def _did(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (folder / "shared" / "log").read_text().splitlines():
        who, what = line.split()
        found.setdefault(who, []).append(what)
    return found


def test_the_right_steps_run_where_they_should(fleet: Lab, ok: Run, run: Run, store: Store, tmp_path: Path) -> None:
    key = ["--key", str(fleet.key_file), "--accept-new"]
    result = run("job", "run", "nightly", "--all", *key, "--connect-timeout", "20s")
    assert result.code == 7, result.err
    summary = result.lines[-1]
    assert (summary["ok"], summary["failed"], summary["unreachable"]) == (17, 2, 1)
    plain = ["check", "update", "restart", "report"]
    wanted = {f"lab-{n:03}": plain for n in range(1, 20)}
    wanted[REPAIRED] = ["check", "repair", "update", "report"]
    wanted[RESCUED] = ["check", "update", "roll-back", "report"]
    wanted |= {name: ["check", "update", "roll-back", "report"] for name in BROKEN}
    assert _did(tmp_path) == wanted
    by_name = {line["computer"]: line for line in result.lines[:-1]}
    assert by_name[RESCUED]["reason"] == "RESCUED"
    assert [by_name[name]["state"] for name in BROKEN] == ["failed", "failed"]
    assert (by_name[AWAY]["state"], by_name[AWAY]["reason"]) == ("unreachable", "REFUSED")
    assert by_name[BROKEN[0]]["steps"][4]["stdout"] == f"roll-back on {BROKEN[0]}\n"

    drawn = ok("run", "show", "R-1", "-o", "table", env={"COLUMNS": "80"}).out
    line = next(line for line in drawn.splitlines() if line.startswith(BROKEN[0]))
    assert line.split()[1:] == ["failed", "✓", "-", "✗", "9", "-", "✗", "1", "✓", line.split()[-1]]
    assert [line for line in drawn.splitlines() if len(line) > 80] == []

    # What is left: the two that failed go on where they broke, nobody else is touched.
    (tmp_path / "shared" / "mended").touch()
    (tmp_path / "shared" / "log").write_text("")
    again = run("run", "retry", "R-1", "--failed", *key)
    assert again.code == 7  # one is still away
    assert _did(tmp_path) == {name: ["update", "restart", "report"] for name in BROKEN}
    shown = ok("run", "show", "R-1", "-o", "json").json
    assert (shown["ok"], shown["failed"], shown["unreachable"]) == (19, 0, 1)
    assert_invariants(store)
