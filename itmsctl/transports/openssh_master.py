"""One running `ssh`: the master of one computer's sessions, which never outlives us.

It is started by a shell that leaves a watcher behind in the same process group. The watcher waits for the end of a pipe
of which only we hold the other end: whatever ends us, SIGKILL included, it removes the folder and kills the group.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from itmsctl.errors import UnreachableError
from itmsctl.transports.openssh_config import environment, program
from itmsctl.transports.openssh_log import BANNER_HEARD, READY, Story
from itmsctl.transports.openssh_mux import Control, MuxError

_START = """
exec 3<&0 </dev/null
d=$1
shift
{ read -r x <&3; rm -rf -- "$d"; kill -KILL 0; } >/dev/null 2>&1 &
exec "$@" 3<&-
"""
# A log of ssh at connect is some 6 KB; a peer may make it longer.
_KEPT_BYTES = 256 * 1024
_LAST_BYTES = 4096
_GRACE_S = 1.0
# A control socket's path has 108 bytes, of which ssh takes 17 for a temporary name.
_ROOT = re.compile(r"/[A-Za-z0-9._/-]{0,59}")


def private_folder(given: Mapping[str, str]) -> Path:
    """Make a folder of mode 0700 with a short name, in the user's runtime folder where there is one."""
    root = given.get("XDG_RUNTIME_DIR", "")
    with contextlib.suppress(OSError):
        found = Path(root).stat() if _ROOT.fullmatch(root) else None
        if found and stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077:
            return Path(tempfile.mkdtemp(prefix="itms-", dir=root))
    return Path(tempfile.mkdtemp(prefix="itms-", dir="/tmp"))


class Master:
    """One `ssh` process and what belongs to it. Owns `folder` and removes it."""

    def __init__(self, folder: Path, words: Sequence[str], name: str, given: Mapping[str, str]) -> None:
        """Start ssh. Raises UnreachableError where this machine cannot."""
        self.folder, self.socket = folder, folder / "c"
        self._log, self._said = bytearray(), bytearray()
        argv = ["/bin/sh", "-c", _START, "itms", str(folder), program(), "-E", "/dev/stdout", *words, "--", name]
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                argv, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(given), cwd="/",
                start_new_session=True, bufsize=0,
            )  # fmt: skip
        except OSError as error:
            raise UnreachableError("ssh cannot be started", why=error.strerror or str(error)) from None
        for end in self._ends():
            os.set_blocking(end, False)

    def _ends(self) -> tuple[int, int]:
        process = self._process
        assert process.stdout is not None
        assert process.stderr is not None
        return process.stdout.fileno(), process.stderr.fileno()

    @property
    def story(self) -> Story:
        """Return what was logged so far."""
        return Story(self._log.decode("utf-8", "replace"), self._said.decode("utf-8", "replace"))

    def wait_ready(self, deadline: float, banner_deadline: float) -> bool:
        """Wait until the login is done. Returns False where ssh ended, or a deadline passed (`is_running` tells which).

        The control socket is the proof: it answers only after the login.
        """
        ends = set(self._ends())
        while self.is_running():
            limit = deadline if BANNER_HEARD in self._log else min(deadline, banner_deadline)
            left = limit - time.monotonic()
            if left <= 0:
                return False
            with selectors.PollSelector() as selector:
                for end in ends:
                    selector.register(end, selectors.EVENT_READ)
                # ssh may end while something that it started still holds its log.
                selector.select(min(left, 0.1))
            for end in [end for end in ends if not self._take(end)]:
                ends.discard(end)
            if READY in self._log:
                return self._answers(deadline)
            if not ends:
                self._ended(_GRACE_S)
        self.listen()
        return False

    def _answers(self, deadline: float) -> bool:
        try:
            Control(self.socket, deadline).close()
        except MuxError:
            return False
        return True

    def listen(self) -> None:
        """Take what ssh logged meanwhile: a full pipe would stop it. Only the last of it is kept."""
        for end in self._ends():
            self._take(end)

    def settled(self) -> None:
        """Forget the log of the login."""
        self._log, self._said = bytearray(), bytearray()

    def _take(self, end: int) -> bool:
        """Read what is there; answers False at the end."""
        kept = self._log if end == self._ends()[0] else self._said
        with contextlib.suppress(BlockingIOError):
            while data := os.read(end, 65_536):
                kept += data
                if len(kept) > _KEPT_BYTES:
                    del kept[_LAST_BYTES:-_LAST_BYTES]
            return False
        return True

    def is_running(self) -> bool:
        """Return whether ssh runs, without waiting."""
        return self._process.poll() is None

    def _ended(self, limit_s: float) -> bool:
        """Wait until ssh ended, and leave it unreaped: its number, and so its group, stay ours."""
        end, pause = time.monotonic() + limit_s, 0.001
        while self._process.returncode is None:
            if os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None:
                return True
            if time.monotonic() >= end:
                return False
            time.sleep(pause)
            pause = min(0.02, pause * 2)
        return True

    def stop(self, grace_s: float = _GRACE_S) -> None:
        """End ssh and all that it started, reap it, and remove the folder."""
        process = self._process
        if process.returncode is None and grace_s:
            process.terminate()
            self._ended(grace_s)
        # Alive or not yet reaped, ssh leads its group still; reaped, the watcher keeps the group's number.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)
