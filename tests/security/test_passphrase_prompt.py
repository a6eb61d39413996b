"""A person at a terminal: the passphrase is asked for there, unseen, whatever standard input holds."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

from tests.cli.programs import ITMSCTL, environment_of

PASSPHRASE = "correct horse battery staple"
# Makes the terminal the one that controls the process, as a login does.
CONTROLLED = "import fcntl, os, sys, termios; fcntl.ioctl(2, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


def typed(folder: Path, *argv: str, answers: list[str], stdin: str = "") -> tuple[int, str]:
    """Run one command at a terminal that answers each question; return its status and all that the terminal showed."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", CONTROLLED, *ITMSCTL, *argv], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=follower, env=environment_of(folder), cwd=folder, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    assert process.stdin
    process.stdin.write(stdin.encode())
    process.stdin.close()
    shown, left, limit = b"", list(answers), time.monotonic() + 100
    while process.poll() is None and time.monotonic() < limit:
        if select.select([leader], [], [], 0.2)[0]:
            try:
                shown += os.read(leader, 4096)
            except OSError:
                break
        if left and shown.count(b": ") > len(answers) - len(left):
            time.sleep(0.2)  # the echo is off once the question stands there
            os.write(leader, left.pop(0).encode() + b"\n")
    status = process.wait(20)
    os.close(leader)
    return status, shown.decode()


def test_it_is_typed_at_the_terminal_and_not_shown(tmp_path: Path) -> None:
    status, shown = typed(tmp_path, "vault", "init", answers=[PASSPHRASE, "another one altogether"])
    assert (status, "the two passphrases differ" in shown) == (3, True), shown
    status, shown = typed(tmp_path, "vault", "init", answers=[PASSPHRASE, PASSPHRASE])
    assert status == 0, shown
    assert PASSPHRASE not in shown
    add = ("credential", "add", "one", "--kind", "token", "--secret-stdin")
    status, shown = typed(tmp_path, *add, answers=[PASSPHRASE], stdin="S3cr3t-by-pipe")
    assert (status, "one: created" in shown) == (0, True), shown
    assert "S3cr3t" not in shown
    status, shown = typed(tmp_path, *add, "--no-input", answers=[], stdin="S3cr3t-by-pipe")
    assert status == 13, shown
