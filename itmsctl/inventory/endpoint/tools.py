"""Runs one tool: in locale C, without input, within its time and its output; nothing of it stays."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time

from itmsctl.inventory.captured import text_of
from itmsctl.inventory.endpoint.unread import TimeUpError, UnreadError

MOST_OUTPUT = 32 << 20
"""Bytes of output of one tool that are read."""

_ENVIRONMENT = {
    "LC_ALL": "C",
    "LANG": "C",
    "LANGUAGE": "C",
    "TZ": "UTC",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/",
    "TERM": "dumb",
    "SYSTEMD_PAGER": "",
    "DEBIAN_FRONTEND": "noninteractive",
}


def printed(words: list[str], limit_s: float, codes: tuple[int, ...], with_errors: bool = False) -> str:
    """Return the standard output of a tool as text. Raises UnreadError where it fails, hangs or never ends."""
    name = os.path.basename(words[0])
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if with_errors else subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise UnreadError(f"{name}: {error.strerror}") from None
    try:
        data = _read(process, name, limit_s)
    finally:
        _end(process)
    if process.returncode not in codes and not data:
        said = f"signal {-process.returncode}" if process.returncode < 0 else f"exit {process.returncode}"
        raise UnreadError(f"{name}: {said}" + ("" if os.geteuid() == 0 else ", perhaps needs root"))
    return text_of(data)


def _read(process: subprocess.Popen[bytes], name: str, limit_s: float) -> bytes:
    if process.stdout is None:
        return b""
    end = time.monotonic() + limit_s
    handle = process.stdout.fileno()
    parts: list[bytes] = []
    size = 0
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([handle], [], [], left)[0]:
            raise TimeUpError(f"{name}: time limit of {limit_s:g} s")
        part = os.read(handle, 1 << 16)
        if not part:
            break
        parts.append(part)
        size += len(part)
        if size > MOST_OUTPUT:
            raise UnreadError(f"{name}: more than {MOST_OUTPUT >> 20} MiB of output")
    try:
        process.wait(max(0.1, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TimeUpError(f"{name}: time limit of {limit_s:g} s") from None
    return b"".join(parts)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what the tool left running, itself included."""
    if process.stdout is not None:
        process.stdout.close()
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except OSError:
            process.kill()
        process.wait()
