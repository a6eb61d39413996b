"""`metering run`: what the kernel wrote of processes, read over SSH and here; also rotated, and once."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from examples.lab.ssh_endpoints import Lab
from itmsctl.cmdb.store import Store
from tests.conftest import START, FrozenClock, Run
from tests.invariants import assert_invariants

Account = Callable[..., Path]


@pytest.fixture
def logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that everybody may read, for logs."""
    folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/itms-metering-XXXXXX"], text=True).strip())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def account(logs: Path) -> Account:
    """Have the kernel account for commands, in a namespace of processes of their own, and return the file."""
    if shutil.which("accton") is None:
        pytest.skip("process accounting needs the package acct")
    file = logs / "pacct"

    def do(*commands: str) -> Path:
        file.touch()
        text = "; ".join([f"accton {file} >/dev/null", *commands, "accton off >/dev/null"])
        done = subprocess.run(["unshare", "--pid", "--fork", "sh", "-c", text], capture_output=True, text=True)
        if "Operation not permitted" in done.stderr:
            pytest.skip("process accounting needs root")
        assert done.returncode == 0, done.stderr
        file.chmod(0o644)
        return file

    return do


def told_by_tool(file: Path) -> Counter[str]:
    """Return the programs that acct's own tool reads of a file: a name behind S, F flags for what only forked."""
    lines = subprocess.check_output(["lastcomm", "-f", str(file)], text=True).splitlines()
    return Counter(line.split()[0] for line in lines if "F" not in line[17:23])


def used(ok: Run) -> dict[str, Any]:
    rows = ok("metering", "usage", "--by", "computer", "-o", "json").json
    return {f"{row['computer']} {row['program']}": row for row in rows if row["starts"]}


@pytest.fixture
def read(ok: Run, logs: Path, clock: FrozenClock) -> Callable[..., Any]:
    """Read the computers, and return what was used on them. The kernel's clock is the real one."""
    clock.forward(seconds=(datetime.now(UTC) - START).total_seconds())
    ok("metering-policy", "add", "all", "--file", "*", "--detail", "full")

    def do(*way: str) -> dict[str, Any]:
        files = ("--accounting", f"{logs}/pacct*", "--audit", f"{logs}/audit*")
        ok("metering", "run", "--all", *(way or ("--transport", "local")), *files)
        return used(ok)

    return do


def test_what_the_kernel_wrote_is_what_its_own_tool_says(
    read: Callable[..., Any], account: Account, lab: Lab, ok: Run, store: Store
) -> None:
    file = account("/bin/true", "sleep 0.2 & sleep 0.2 & wait", "ls / >/dev/null", "(exit 0)", "env true")
    found = read("--key", str(lab.key_file), "--accept-new")
    names = {f"lab-{number:03}" for number in range(1, 4)}
    assert {key.split()[0] for key in found} == names
    told = told_by_tool(file)
    for name in names:
        mine = Counter({key.split()[1]: row["starts"] for key, row in found.items() if key.startswith(name)})
        assert mine == told
        sleep = found[f"{name} sleep"]
        assert (sleep["peak"], sleep["product"]) == (2, "coreutils")
        assert 0.4 <= sleep["minutes"] * 60 < 3
    again = read("--key", str(lab.key_file))
    assert {key: row["starts"] for key, row in again.items()} == {key: row["starts"] for key, row in found.items()}
    assert_invariants(store)


def test_rotated_and_packed_files_are_read_on_and_counted_once(
    read: Callable[..., Any], account: Account, ok: Run, logs: Path
) -> None:
    ok("computer", "add", "pc1")
    account("/bin/true")
    assert read()["pc1 true"]["starts"] == 1
    file = account("/bin/true", "/bin/true")  # behind the place that was read
    (logs / "pacct.2.gz").write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    account("env true")
    file.rename(logs / "pacct.1")
    account("/bin/true")
    found = read()
    assert (found["pc1 true"]["starts"], found["pc1 env"]["starts"] if "pc1 env" in found else 0) == (5, 0)
    for old in logs.glob("pacct.*"):
        old.unlink()
    file.write_bytes(file.read_bytes()[64:])  # the place is lost: what ended before is not counted again
    assert read()["pc1 true"]["starts"] == 5
    assert len(ok("metering", "events", "--program", "true", "-o", "json").json) == 10


def test_a_computer_without_logs_tells_what_runs_and_why_no_more(read: Callable[..., Any], ok: Run) -> None:
    ok("computer", "add", "pc1")
    assert read() == {}
    rows = ok("metering", "usage", "-o", "json").json
    assert rows
    assert {row["starts"] for row in rows} == {0}
    sql = "SELECT computer, unread FROM v_metered_computer"
    assert "accounting: there is none" in ok("report", "run", "--sql", sql, "-o", "json").json[0]["unread"]


# What auditd of Debian 12 wrote under `-a always,exit -F arch=b64 -S execve -F uid=65534`: /bin/ls and a program
# with a blank in its name ran, one could not be run for its mode, one was not there.
AUDIT = Path(__file__).parent / "audit.log"


def test_audit_tells_starts_where_there_is_no_accounting_and_refusals(ok: Run, logs: Path, clock: FrozenClock) -> None:
    clock.forward(days=365)
    ok("computer", "add", "pc1")
    ok("metering-policy", "add", "all", "--file", "*")
    log = logs / "audit.log"
    log.write_bytes(AUDIT.read_bytes())
    way = ("--transport", "local", "--audit", f"{logs}/audit.log*", "--accounting", f"{logs}/pacct")

    def counts() -> dict[str, tuple[int, int, str]]:
        ok("metering", "run", "--all", *way)
        rows = ok("metering", "usage", "-o", "json").json
        return {r["path"]: (r["starts"], r["denials"]) for r in rows if r["starts"] or r["denials"]}

    told = {"/usr/bin/ls": (1, 0), "/tmp/my prog": (1, 0), "/tmp/refused-prog": (0, 1)}
    assert counts() == told
    first = AUDIT.read_bytes().splitlines(keepends=True)[0]
    log.rename(logs / "audit.log.1")
    log.write_bytes(first.replace(b":14)", b":99)"))
    assert counts() == told | {"/usr/bin/ls": (2, 0)}


def test_a_policy_reads_by_itself(ok: Run, account: Account, tick: Any, logs: Path) -> None:
    ok("computer", "add", "pc1")
    ok("metering-policy", "add", "all", "--file", "*", "--every", "1d", "--transport", "local")
    steps = {one["step"]: one["state"] for one in ok("metering-policy", "explain", "all", "-o", "json").json}
    assert steps["target"] == "ok"
    tick()
    assert ok("metering-policy", "show", "all", "-o", "json").json["last_state"] == "started"
