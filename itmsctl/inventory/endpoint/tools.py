"""Runs one tool: in locale C, without input, within its time and its output; nothing of it stays."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from contextlib import suppress

from itmsctl.inventory.captured import text_of
from itmsctl.inventory.endpoint.unread import TimeUpError, UnreadError
from itmsctl.values.untrusted import storable

MOST_OUTPUT = 32 << 20
"""Bytes of output of one tool that are read."""

_MOST_COMPLAINTS, _LONGEST_COMPLAINT = 4096, 200
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


def printed(
    words: list[str],
    limit_s: float,
    codes: tuple[int, ...],
    with_errors: bool = False,
    most: int = 0,
    is_strict: bool = False,
) -> str:
    """Return the standard output of a tool as text. Raises UnreadError where it fails, hangs or never ends.

    One that printed something has not failed, whatever its exit status, unless `is_strict`.
    """
    name = os.path.basename(words[0])
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if with_errors else subprocess.PIPE,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise UnreadError(f"{name}: {error.strerror}") from None
    complaints: list[bytes] = []
    try:
        data = _read(process, name, limit_s, most or MOST_OUTPUT, complaints)
    finally:
        _end(process)
    if process.returncode not in codes and (is_strict or not data):
        said = f"signal {-process.returncode}" if process.returncode < 0 else f"exit {process.returncode}"
        first = storable(text_of(b"".join(complaints)).strip().partition("\n")[0], _LONGEST_COMPLAINT)
        raise UnreadError(f"{name}: {said}" + (f": {first}" if first else ""))
    return text_of(data)


def _read(process: subprocess.Popen[bytes], name: str, limit_s: float, most: int, complaints: list[bytes]) -> bytes:
    """Return what a process prints, and keep the beginning of what it complains of."""
    streams = {stream.fileno(): stream for stream in (process.stdout, process.stderr) if stream is not None}
    output = process.stdout.fileno() if process.stdout is not None else -1
    end = time.monotonic() + limit_s
    parts: list[bytes] = []
    size = 0
    while streams:
        left = end - time.monotonic()
        ready = select.select(list(streams), [], [], left)[0] if left > 0 else []
        if not ready:
            raise TimeUpError(f"{name}: time limit of {limit_s:g} s")
        for handle in ready:
            part = os.read(handle, 1 << 16)
            if not part:
                del streams[handle]
            elif handle != output:
                complaints[:] = [b"".join([*complaints, part])[:_MOST_COMPLAINTS]]
            else:
                parts.append(part)
                size += len(part)
                if size > most:
                    raise UnreadError(f"{name}: more than {max(1, most >> 20)} MiB of output")
    try:
        process.wait(max(0.1, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TimeUpError(f"{name}: time limit of {limit_s:g} s") from None
    return b"".join(parts)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what the tool left running, itself included."""
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    if process.returncode is None:  # else its number may be another's by now
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
