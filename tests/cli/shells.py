"""Real shells on a terminal: what a person types, TAB included, and which words the shell makes of it."""

from __future__ import annotations

import contextlib
import os
import pty
import shlex
import signal
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.house import ROOT

SHELLS = ("bash", "zsh", "fish")
_START = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
    "fish": ("fish", "--no-config", "-i"),
}
_FIRST = {"bash": "", "zsh": "autoload -Uz compinit; compinit -u -D", "fish": ""}
_WAIT_S = 60


class Shell:
    """A shell with the completion script; `itmsctl` completes as ever, and otherwise only notes its arguments."""

    def __init__(self, shell: str, environment: dict[str, str], folder: Path, script: str) -> None:
        self._tools = folder.parent / f"tools-{shell}"
        self._tools.mkdir()
        self._noted, self._ready = self._tools / "noted", self._tools / "ready"
        program = self._tools / "itmsctl"
        program.write_text(
            "#!/bin/sh\n"
            f"export PYTHONPATH={shlex.quote(str(ROOT))}\n"
            f'if [ -n "$_ITMSCTL_COMPLETE" ]; then exec {sys.executable} -m itmsctl; fi\n'
            f"printf '%s\\0' \"$@\" > {self._noted}.part; mv {self._noted}.part {self._noted}\n"
        )
        program.chmod(0o755)
        (self._tools / "script").write_text(script)
        self._env = environment | {"PATH": f"{self._tools}:{environment['PATH']}", "LC_ALL": "C.UTF-8"}
        self._folder, self._shell = folder, shell
        self._screen = bytearray()

    def __enter__(self) -> Self:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(self._folder)
            os.execvpe(_START[self._shell][0], _START[self._shell], self._env)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        for line in (_FIRST[self._shell], f"source {self._tools / 'script'}", f"touch {self._ready}"):
            self._write(line + "\n")
        self._wait_for(self._ready)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self._reader.join()
        os.close(self._terminal)

    def arguments(self, line: str) -> list[str]:
        """Type a line that calls `itmsctl`, and Enter; return the arguments that it was called with."""
        self._noted.unlink(missing_ok=True)
        self._write(line + "\n")
        self._wait_for(self._noted)
        return self._noted.read_bytes().decode().split("\0")[:-1]

    def _write(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def _wait_for(self, file: Path) -> None:
        end = time.monotonic() + _WAIT_S
        while not file.exists():
            assert time.monotonic() < end, bytes(self._screen[-3000:]).decode(errors="replace")
            time.sleep(0.02)

    def _read(self) -> None:
        # Nobody looks at the screen, but a terminal that nobody reads stops the shell.
        with contextlib.suppress(OSError):
            while chunk := os.read(self._terminal, 65536):
                self._screen += chunk
