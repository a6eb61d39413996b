"""Loaders that are killed, run twice at once, or meet a full disk: nothing is lost, nothing is doubled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Result, Run
from tests.inventory.made_files import facts, truly_aged
from tests.inventory.test_load import inbox, names

__all__ = ["inbox"]

MANY = 130  # files; several batches
BAD = 5


@pytest.fixture
def full_inbox(inbox: Path) -> Path:
    for number in range(MANY):
        path = inbox / f"{number:04}.json"
        path.write_bytes(facts(f"pc{number:04}", of=number))
        truly_aged(path, 9000 - number)
    for number in range(BAD):
        path = inbox / f"bad-{number}.json"
        path.write_bytes(b'{"bad": %d}' % number)
        truly_aged(path, 8990 - 40 * number)
    return inbox


def started(db: str, inbox: Path, environment: dict[str, str], *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "itmsctl", "--db", db, "inventory", "load", str(inbox), *more]
    return subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def assert_whole(ok: Run, inbox: Path) -> None:
    """Check that each computer is there once, each good content loaded once, each bad one in quarantine once."""
    assert names(ok) == [f"pc{number:04}" for number in range(MANY)]
    counts = ok("event", "status", "-o", "json").json
    assert (counts["loaded"], counts["quarantined"]) == (MANY, BAD)
    kept = [path for path in (inbox / "quarantine").iterdir() if not path.name.endswith(".reason.json")]
    assert sorted(path.read_bytes() for path in kept) == [b'{"bad": %d}' % number for number in range(BAD)]
    assert {len(ok("computer", "show", name).json["told"]) for name in ("pc0000", "pc0129")} == {6}
    ok("db", "check")
    ok("audit", "verify")


def test_two_loaders_at_once(ok: Run, db: str, environment: dict[str, str], full_inbox: Path) -> None:
    both = [started(db, full_inbox, environment) for _ in range(2)]
    rows = []
    for process in both:
        out, err = process.communicate(timeout=300)
        assert process.returncode in {0, 7}, err
        rows += [json.loads(line) for line in out.splitlines()]
    states = [(row["file"], row["state"]) for row in rows if row["type"] == "file"]
    loaded = [file for file, state in states if state == "loaded"]
    assert len(loaded) == len(set(loaded)) == MANY
    assert {Path(file).name for file, state in states if state == "quarantined"} == {
        f"bad-{n}.json" for n in range(BAD)
    }
    assert_whole(ok, full_inbox)


@pytest.mark.parametrize("after", [1, 70])
def test_a_loader_that_is_killed(
    after: int, run: Run, ok: Run, db: str, environment: dict[str, str], full_inbox: Path
) -> None:
    process = started(db, full_inbox, environment)
    assert process.stdout is not None
    for _ in range(after):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    before = len(names(ok))
    assert 0 < before <= MANY
    assert run("inventory", "load", str(full_inbox)).code in {0, 7}
    assert_whole(ok, full_inbox)


def test_a_full_disk_ends_the_load_and_the_next_one_goes_on(
    sqlite_db: str, bare_run: Run, environment: dict[str, str], full_inbox: Path
) -> None:
    def limited() -> None:
        import resource

        size = Path(sqlite_db).stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 150_000, size + 150_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    command = [sys.executable, "-m", "itmsctl", "--db", sqlite_db, "inventory", "load", str(full_inbox)]
    done = subprocess.run(
        command,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        preexec_fn=limited,
        timeout=300,
        check=False,
    )
    assert done.returncode == 11, done.stderr
    stored = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["state"] for row in stored if row["type"] == "file"} <= {"loaded", "quarantined"}

    def again(*argv: str) -> Result:
        return bare_run("--db", sqlite_db, *argv)

    assert again("inventory", "load", str(full_inbox)).code in {0, 7}
    assert len(again("computer", "list", "-o", "name").out.split()) == MANY
    assert again("db", "check").code == 0
    assert again("audit", "verify").code == 0
