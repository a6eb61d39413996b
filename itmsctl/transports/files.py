"""Files of an endpoint, written and read through one program; names that an endpoint gives are never trusted."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from itmsctl.errors import InputError, TransferCutError, TransferError
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.entering import ENTER
from itmsctl.transports.failures import shown
from itmsctl.transports.loader import loaded, loader
from itmsctl.transports.reader import FLOOD_BYTES, End, Running, drain
from itmsctl.transports.reply import Framed

Spawn = Callable[[Sequence[str], float], Running]

_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{d}{n}" for d in ("COM", "LPT") for n in range(10))})
# A transfer that moves fewer bytes a second than this is given up.
SLOWEST = 10_000
_BASE_S = 30.0

_PUT = (
    ENTER
    + """
set -u -f -C
path=$2 work=.itms-$1
umask 077
fail() {
  echo "ITMS1 ${work#.itms-} FAILED 0 - - - - - $*"
  [ -n "$opened" ] && rm -f ./content
  close_work
  exit 1
}
enter "$path"
[ -d "./$base" ] && fail "it is a folder"
open_work
n=$(LC_ALL=C dd bs=65536 conv=fsync 2>&1 >./content) || fail "$n"
[ "$(($(wc -c <./content)))" -eq "$4" ] || fail "only a part of it arrived"
chmod "$3" ./content
n=$(number ./content)
[ -d "../$base" ] && fail "it is a folder"
rename ./content "../$base" || fail "it cannot be renamed"
sync -- .. 2>/dev/null
[ "$(number "$path")" = "$n" ] || fail "it was replaced by somebody else at once"
close_work
echo "ITMS1 $1 STORED $4 - - - - -"
exit 0
"""
)
_GET = """
set -u -f
[ -f "$2" ] && [ -r "$2" ] || { echo "ITMS1 $1 FAILED 0 - - - - - no such file"; exit 1; }
echo "ITMS1 $1 FILE 0 - - - - -"
exec head -c "$3" <"$2"
"""


def is_safe_name(name: str) -> bool:
    """Return whether a name given by an endpoint may name a file here (HE5)."""
    return bool(_SAFE.fullmatch(name)) and name.split(".", 1)[0].upper() not in _DEVICES


def put(spawn: Spawn, endpoint: Endpoint, content: bytes | Path, path: str, mode: int) -> int:
    """Write a file under a temporary name in the same folder, sync it, then rename it; return its bytes.

    Raises TransferError, and InputError for a path that is not absolute.
    """
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    token = secrets.token_hex(16)
    deadline = budget(size)
    words = (token, absolute(path), f"{mode & 0o7777:o}", str(size))
    out, _, end, status = exchange(spawn, _PUT, words, content, deadline, 4096)
    if end is not End.EXITED or status != 0 or not word(out).startswith("STORED"):
        raise failed("written", endpoint, path, out, end)
    return size


def get(spawn: Spawn, endpoint: Endpoint, path: str, limit_bytes: int) -> bytes:
    """Read a whole file of at most `limit_bytes`. Raises TransferError."""
    token = secrets.token_hex(16)
    deadline = budget(limit_bytes)
    words = (token, absolute(path), str(limit_bytes + 1))
    out, _, end, status = exchange(spawn, _GET, words, b"", deadline, limit_bytes + 1)
    if end is not End.EXITED or status != 0 or not word(out).startswith("FILE"):
        raise failed("read", endpoint, path, out, end)
    if out.capture.total > limit_bytes:
        raise TransferError(
            f"{shown(path)} on {shown(endpoint.name)} is longer than {limit_bytes} bytes; it was not read"
        )
    return out.capture.captured().head


def budget(size_bytes: int) -> float:
    """Return the deadline (time.monotonic) of a transfer of this size."""
    return time.monotonic() + _BASE_S + size_bytes / SLOWEST


def exchange(
    spawn: Spawn,
    text: str,
    words: tuple[str, ...],
    content: bytes | Path | Callable[[Running], None],
    deadline: float,
    head: int,
) -> tuple[Framed, Framed, End, int | None]:
    """Start a program, hand it its input, and return both streams, how reading ended, and its exit status.

    The first of its `words` is the token by which its answer is known.
    """
    token = words[0]
    out, err = Framed(token, head), Framed(token, 4096)
    program = loaded(token, text, words)
    running = spawn(loader(token), min(deadline, time.monotonic() + _BASE_S))
    try:
        running.send(program, deadline)
        if isinstance(content, (bytes, Path)):
            running.send(content, deadline)
        else:
            content(running)
        running.end_input()
        end = drain(running, out, err, deadline, head + FLOOD_BYTES)
        return out, err, end, running.exit_status()
    finally:
        running.close()


def word(out: Framed) -> str:
    """Return the answer of a program, without its token."""
    return out.answer.decode("ascii", "replace")


def failed(done: str, endpoint: Endpoint, path: str, out: Framed, end: End) -> TransferError:
    """Return the error of a transfer that did not come to its end."""
    why = {
        End.LINK_LOST: "the connection was cut",
        End.DEADLINE: "it took too long",
        End.FLOOD: "the computer sent without end",
    }.get(end, "")
    said = out.answer.split(b" ", 7)[-1] if out.lines else out.unread()
    kind = TransferCutError if end is End.LINK_LOST else TransferError
    return kind(
        f"{shown(path)} on {shown(endpoint.name)} could not be {done}", why=why or shown(said) or "it gave no reason"
    )


def absolute(path: str) -> str:
    """Return a path of the endpoint if it is absolute and one line; raise InputError."""
    if not path.startswith("/") or "\0" in path or "\n" in path:
        raise InputError(f"`{shown(path)}` is not an absolute path")
    return path
