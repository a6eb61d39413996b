"""Runs a step on this computer under its run marker: the wrapper of `transports`, called without a link.

At most one run of a script comes of a marker, however often and by however many check-ins it is asked for.
"""

from __future__ import annotations

import base64
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from itmsctl.transports.loader import loaded, loader

KEPT = 16_384  # bytes of the beginning of each stream; the wrapper keeps as many of its end
RUN, ASK, FORGET = "run", "ask", "forget"
_GRACE_S = 90.0  # for the keeper to end a command that passed its time limit
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class MarkedAnswer:
    """What the wrapper answered: its word, the exit status, more words of it, and both streams as they are told."""

    def __init__(self, word: str, number: int = 0, detail: str = "") -> None:
        self.word, self.number, self.detail = word, number, detail
        self.out: list[Any] = ["", "", 0]
        self.err: list[Any] = ["", "", 0]


class Marking:
    """The markers of an agent; those of other users lie in folders of theirs."""

    def __init__(self, wrapper: str, folder: str) -> None:
        self.wrapper, self.folder = wrapper, folder

    def call(self, mode: str, marker: str, step: Mapping[str, Any]) -> MarkedAnswer:
        """Run a step under a marker, or ask what became of it; return the answer. Raises OSError."""
        token = secrets.token_hex(8)
        user = user_of(step)
        launcher, script = (base64.b64decode(step[name]) for name in ("launcher", "script"))
        names = {
            "mode": mode, "token": token, "base": "" if user else self.folder, "pinned": "", "grace": "30",
            "cause": "limit", "interpreter": str(step["interpreter"]), "length": str(len(script)),
            "launcher": str(len(launcher)), "keep": str(KEPT), "limit": f"{max(0.1, float(step['limit_s'])):.1f}",
        }  # fmt: skip
        body = loaded(token, self.wrapper, (marker,), names)
        if mode == RUN:
            body += launcher + script
        return _answer(token, self._run(loader(token, user), body, float(step["limit_s"]) + _GRACE_S))

    def _run(self, argv: list[str], body: bytes, limit_s: float) -> tuple[bytes, bytes]:
        pipe = subprocess.PIPE
        argv = switching(argv)
        with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, env=surroundings(), cwd="/") as ran:
            try:
                return ran.communicate(body, limit_s)
            except subprocess.TimeoutExpired:
                ran.kill()  # the watcher alone: the command goes on, and is asked about
                return ran.communicate()


def user_of(step: Mapping[str, Any]) -> str | None:
    """Return the user that a step runs as; None where that is who runs the agent."""
    user = str(step.get("run_as") or "")
    return user if user and user != pwd.getpwuid(os.geteuid()).pw_name else None


def switching(argv: list[str]) -> list[str]:
    """Return a command that may begin with sudo as it runs here: not every computer has it, and root needs none."""
    if argv[0] == "sudo" and os.geteuid() == 0 and not shutil.which("sudo"):
        return ["runuser", "-u", argv[argv.index("-u") + 1], "--", *argv[argv.index("--") + 1 :]]
    return argv


def surroundings() -> dict[str, str]:
    """Return the variables that a program of a step finds."""
    me = pwd.getpwuid(os.geteuid())
    home = me.pw_dir if os.path.isdir(me.pw_dir) else "/"
    return {"PATH": _PATH, "HOME": home, "USER": me.pw_name, "LOGNAME": me.pw_name, "SHELL": "/bin/sh"}


def _answer(token: str, streams: tuple[bytes, bytes]) -> MarkedAnswer:
    """Return what both streams say: a line that begins with the token, then the bytes of the stream."""
    mark = f"ITMS1 {token} ".encode()
    out, err = streams
    for line in out.split(b"\n", 8)[:8]:
        words = line[len(mark) :].decode("utf-8", "replace").split(" ", 7)
        if not line.startswith(mark) or words[0] == "READY" or len(words) < 7:
            continue
        found = MarkedAnswer(words[0], int(words[1]) if words[1].isdigit() else 0, words[7] if len(words) > 7 else "")
        found.out = _stream(out[out.index(line) + len(line) + 1 :], words[2])
        _, _, errors = err.partition(mark.strip() + b"\n")
        found.err = _stream(errors, words[3])
        return found
    return MarkedAnswer("", 0, (err or out)[-200:].decode("utf-8", "replace"))


def _stream(data: bytes, beyond: str) -> list[Any]:
    """Return a stream as it is told: its first and last bytes, and how many there were."""
    total = KEPT + int(beyond) if beyond.isdigit() else len(data)
    head, tail = data[:KEPT], data[KEPT:]
    return [base64.b64encode(head).decode(), base64.b64encode(tail).decode(), max(total, len(data))]
