"""A program that reads the computer: fed to an interpreter by standard input, its output handed on as it comes.

It changes nothing there and leaves nothing behind, so it needs no marker: one that was cut off is asked again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from itmsctl.errors import LinkLostError
from itmsctl.transports import failures
from itmsctl.transports.loader import loaded
from itmsctl.transports.outcome import Captured, HostFacts
from itmsctl.transports.powershell import POWERSHELL, windows_loaded
from itmsctl.transports.reader import End, Running, Sink
from itmsctl.transports.reply import Capture, Reply

if TYPE_CHECKING:
    from itmsctl.transports.endpoint import Endpoint

TOO_OLD = 97  # the exit status of a program whose interpreter is too old for it
_STDERR_BYTES = 16 * 1024

# Whoever answers is told first: a computer that is not the recorded one runs nothing.
WHO = r"""
set -u -f
m= b=- u=-
[ -r /etc/machine-id ] && read -r m </etc/machine-id
m=${m%%[!0-9a-f]*}
m=${m:--}
[ -r /proc/sys/kernel/random/boot_id ] && read -r b </proc/sys/kernel/random/boot_id
[ -r /proc/uptime ] && read -r u _ </proc/uptime
say() { printf "ITMS1 %s %s 0 - - %s %s %s %s\n" "$token" "$1" "$m" "$b" "$u" "$2"; }
[ -z "$pinned" ] || [ "$pinned" = "$m" ] || { say WRONGHOST -; exit 0; }
"""
# The program follows in the same stream, so its interpreter reads it from where the loader stopped. `nice`, `ionice`
# and `timeout` are used where the computer has them and they work.
_LAUNCH = (
    WHO
    + r"""
cd / 2>/dev/null
has() { command -v "$1" >/dev/null 2>&1; }
set --
for p in $interpreters; do
  has "$p" && set -- "$p" $options && break
done
[ $# -gt 0 ] || { say NOINTERPRETER "$interpreters"; exit 0; }
has timeout && timeout 9 true </dev/null >/dev/null 2>&1 && set -- timeout "$limit" "$@"
if [ "$nice" -gt 0 ]; then
  has nice && set -- nice -n "$nice" "$@"
  has ionice && ionice -c 2 -n 7 true </dev/null >/dev/null 2>&1 && set -- ionice -c 2 -n 7 "$@"
fi
printf "ITMS1 %s\n" "$token" >&2
say BEGIN "${1##*/}"
exec "$@"
"""
)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A program to feed to the first of its interpreters that the computer has; all that it prints is bounded."""

    text: bytes
    interpreters: tuple[str, ...]
    options: tuple[str, ...] = ()
    run_as: str | None = None
    nice: int = 0
    limit_s: float = 300.0
    limit_bytes: int = 1 << 20
    data: bytes = b""  # lines that a program of PowerShell finds in `$ItmsData`


@dataclass(frozen=True, slots=True)
class ReadOut:
    """How a program ended, and who answered. `total` are the bytes of its output, all handed on."""

    end: End
    status: int | None
    total: int
    stderr: Captured
    host: HostFacts


class Handover(Protocol):
    """How a transport hands a program over and takes its answer (`PosixTransport`)."""

    def __call__(
        self,
        body: bytes,
        token: str,
        user: str | None,
        reply: Reply,
        limit_s: float,
        limit_bytes: int,
        idle: Callable[[], bool] | None,
        *,
        feed: Callable[[Running], None] | None = None,
    ) -> None:
        """Hand it over, feed it what more it reads, and take what it says until it ends."""


class _Relay(Capture):
    """A stream that is handed on as it comes, and only counted here."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(0, 0)
        self._sink = sink

    def feed(self, data: bytes) -> None:
        self.total += len(data)
        self._sink.feed(data)


def read_out(
    hand_over: Handover, endpoint: Endpoint, inquiry: Inquiry, out: Sink, stopped: Callable[[], bool] | None
) -> ReadOut:
    """Have a program read the computer, and return how it ended. Raises what `Transport.read_out` raises."""
    token = secrets.token_hex(16)
    reply = Reply(token, _STDERR_BYTES)
    reply.out.capture = _Relay(out)
    names = {
        "token": token,
        "pinned": endpoint.machine_id or "",
        "interpreters": " ".join(inquiry.interpreters),
        "options": " ".join(inquiry.options),
        "nice": str(inquiry.nice),
        "limit": str(max(1, round(inquiry.limit_s))),
    }
    if inquiry.interpreters == (POWERSHELL,):
        told = {name: names[name] for name in ("token", "pinned", "nice")}
        body = windows_loaded(token, inquiry.text, told, inquiry.data)
    else:
        body = loaded(token, _LAUNCH, names=names) + inquiry.text
    hand_over(body, token, inquiry.run_as, reply, inquiry.limit_s, inquiry.limit_bytes, stopped)
    header = reply.header()
    if header is not None and header.word in failures.NOT_STARTED:
        raise failures.NOT_STARTED[header.word](endpoint, header)
    if reply.end is End.LINK_LOST:
        raise LinkLostError(
            f"the connection to {failures.shown(endpoint.name)} was lost while it was read; nothing was changed there"
        )
    if reply.end in {End.STOPPED, End.FLOOD, End.DEADLINE} and header is None:
        return ReadOut(reply.end, None, 0, Captured(), HostFacts())
    if header is None or header.word != "BEGIN":
        if reply.end is End.EXITED and not reply.began:
            raise failures.shell_refused(endpoint, reply.err.unread() or reply.out.unread(), reply.status)
        raise failures.garbled(endpoint, reply.out.answer or reply.out.unread() or reply.err.unread())
    total = reply.out.capture.total
    if reply.status == TOO_OLD and not total:
        raise failures.no_interpreter(endpoint, header)
    return ReadOut(reply.end, reply.status, total, reply.err.capture.captured(), header.host)
