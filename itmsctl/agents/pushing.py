"""The kind of task `agent`: the agent put on a computer, renewed or taken away, over whatever reaches the computer."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Errand, Operation

PUSH, UNINSTALL = "push", "uninstall"
TIMERS = ("auto", "systemd", "cron", "none")
DONE = "itms-agent-event "
"""Before the registration that an agent prints when it was installed, in base64."""
_INSTALL = """import base64, os, shutil, subprocess, sys, tempfile
folder = tempfile.mkdtemp(prefix="itms-agent-")
try:
    path = os.path.join(folder, "itms-agent")
    with open(path, "wb") as stream:
        stream.write(base64.b64decode("{data}"))
    status = subprocess.call(["sh", path, "install", "--ask", "--timer", "{timer}"])
finally:
    shutil.rmtree(folder)
sys.exit(status)
"""
_TAKE_AWAY = """set -u
found=
for folder in /var/lib/itms-agent "${XDG_STATE_HOME:-${HOME:-/}/.local/state}/itms-agent"; do
  [ -f "$folder/itms-agent" ] && [ -O "$folder/itms-agent" ] || continue
  found=1
  sh "$folder/itms-agent" uninstall --state "$folder" || exit 1
done
[ -n "$found" ] || echo "no agent of this user is here"
"""


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    return (Errand(arguments),)


ACTION = Action(
    "agent",
    "Put the agent on the computer, and take it on; or take it away.",
    _operations,
    arguments=(
        Argument("do", "push, also where it is there already: it is renewed; or uninstall.",
                 f"choice({PUSH},{UNINSTALL})", default=PUSH),
        Argument("settings", "Agent settings that it is built with. Default: those for the computer."),
        Argument("timer", "What calls it there.", f"choice({','.join(TIMERS)})", default=TIMERS[0]),
        Argument("inbox_key", "File here with the private key that lets it into an inbox over SFTP."),
        Argument("inbox_hosts", "File here with the host keys of that server, as OpenSSH keeps them."),
    ),
    time_limit_s=300.0,
)  # fmt: skip


def install_script(file: bytes, timer: str) -> bytes:
    """Return the script for Python that installs an agent and prints its registration."""
    return _INSTALL.format(data=base64.b64encode(file).decode("ascii"), timer=timer).encode("ascii")


def uninstall_script() -> bytes:
    """Return the script for `sh` that takes an agent away."""
    return _TAKE_AWAY.encode("ascii")


def registration_in(printed: bytes) -> bytes | None:
    """Return the registration that an installation printed; None where there is none."""
    for line in printed.decode("ascii", "replace").splitlines():
        if line.startswith(DONE):
            try:
                return base64.b64decode(line[len(DONE) :], validate=True)
            except ValueError:
                return None
    return None
