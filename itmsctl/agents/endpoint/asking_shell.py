"""Programs of a shell that are asked once and leave no marker: probes, and what brings packages here."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping

from itmsctl.agents.endpoint.marking import surroundings, switching

_MOST = 8 << 20


def asked(text: str, user: str | None, limit_s: float, names: Mapping[str, str], given: bytes = b"") -> bytes | None:
    """Return what a program prints that is given bytes and sees variables; None where it did not end in its time.

    Raises OSError.
    """
    assigned = "".join(f"{name}={shlex.quote(value)}\n" for name, value in names.items())
    argv = ["sh", "-c", f"{assigned}{text}"]
    if user is not None:
        argv = ["sudo", "-n", "-H", "-u", user, "--", *argv]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        switching(argv), stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=surroundings(), cwd="/",
        start_new_session=True,
    ) as ran:  # fmt: skip
        try:
            out, _ = ran.communicate(given, limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(ran.pid, signal.SIGKILL)
            ran.communicate()
            return None
    return bytes(out[:_MOST])
