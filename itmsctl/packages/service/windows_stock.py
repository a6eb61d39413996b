"""A package on a Windows: put into the cache there by rounds of bytes in text, and a program run from it.

What decides is C# (`endpoint/stock.cs`), compiled there by PowerShell; each call is a program of its own, so that it is
the same over SSH and over SMB. Never run on a real Windows (docs/windows.md).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from itmsctl.errors import InputError, PackageHashError, TransferError
from itmsctl.packages.manifest import PIECE
from itmsctl.packages.service.endpoint_texts import windows_text
from itmsctl.packages.service.stocking import ATTEMPTS, KEPT, Stocked, Stocking, StopRequestedError
from itmsctl.packages.stock import Lacking, Portion, every_portion, known_by, listing, needed, piece_listing
from itmsctl.transports.failures import shown
from itmsctl.transports.powershell import POWERSHELL
from itmsctl.transports.reader import End, KeptBytes
from itmsctl.transports.smb_paths import check_name
from itmsctl.transports.streaming import Inquiry

ROUND = 8 << 20  # bytes a call: they stand in its memory as text
_LINE = 6000  # bytes a line
_SLOWEST = 20_000  # bytes a second for which a call leaves time
_CHECKED = 10 << 20  # bytes a second that are checked


@dataclass(frozen=True, slots=True)
class _Slice:
    """Some bytes of a file that go in one call."""

    portion: Portion
    offset: int
    size: int


class WindowsStocking(Stocking):
    """One package and one Windows."""

    def put(self) -> Stocked:
        """Put it there. Raises ItmsError, and StopRequestedError where a person ended it."""
        if self.cache:
            raise InputError("the cache of a Windows is in the profile of who logs in", hint="leave --cache out")
        for one in self.manifest.files:
            for part in one.path.split("/"):
                check_name(part)
        lines, stuck, before = self._asked(()), 0, None
        while True:
            last = lines[-1] if lines else ""
            word, _, place = last.partition(" ")
            if word in {"WHOLE", "STORED"}:
                self.done.was_there, self.done.folder = word == "WHOLE", shown(place)
                return self.done
            if word != "SHORT":
                raise self._not_taken(last)
            lacking = Lacking.of(lines)
            state = (lacking.paths, lacking.pieces)
            stuck = stuck + 1 if state == before else 0
            if stuck >= ATTEMPTS:
                raise self._mismatch(lacking)
            before = state
            lines = self._sent(lacking)

    def _sent(self, lacking: Lacking) -> list[str]:
        """Send what is lacking, as many calls as that takes, and return what the last one says."""
        portions = list(lacking.portions(self.manifest)) or list(every_portion(self.manifest))
        calls = list(_rounds(portions))
        for slices in calls[:-1]:
            if (lines := self._asked(slices, last=False)) and not lines[-1].startswith("TOOK"):
                return lines
        return self._asked(calls[-1] if calls else ())

    def _asked(self, slices: Sequence[_Slice], *, last: bool = True) -> list[str]:
        names = known_by(self.manifest) | {"need": needed(self.manifest), "last": "yes" if last else ""}
        size = sum(one.size for one in slices)
        inquiry = Inquiry(
            windows_text(names, "Stock($ItmsData)"),
            (POWERSHELL,),
            limit_s=self.limit_s + size / _SLOWEST + self.manifest.size / _CHECKED,
            limit_bytes=2 * KEPT,
            data=b"".join(chain(self._lists(), self._bytes(slices))),
        )
        out = KeptBytes(KEPT)
        read = self.transport.read_out(inquiry, out)
        self.done.host = read.host
        self.done.sent += size
        if read.end is End.STOPPED or (self.transport.stopped is not None and self.transport.stopped()):
            raise StopRequestedError
        if read.end is not End.EXITED:
            raise TransferError(
                f"{self.manifest.name} could not be put on {shown(self.transport.endpoint.name)}", why=read.end.value
            )
        lines = bytes(out.data).decode("utf-8", "replace").splitlines()
        if not lines:
            raise self._not_taken(read.stderr.head.decode("utf-8", "replace"))
        self.refuse(*lines[0].partition(" ")[::2])
        return lines

    def _lists(self) -> Iterator[bytes]:
        for kind, data in ((b"L", listing(self.manifest)), (b"P", piece_listing(self.manifest))):
            for line in data.splitlines():
                yield kind + b" " + base64.b64encode(line) + b"\n"

    def _bytes(self, slices: Sequence[_Slice]) -> Iterator[bytes]:
        for one in slices:
            file = one.portion.file
            path = base64.b64encode(f"./{file.path}".encode())
            yield b"D %d %d %s\n" % (one.offset, file.size, path)
            with self.opened(Portion(file)) as source:
                source.seek(one.offset)
                left = one.size
                while left > 0 and (data := source.read(min(_LINE, left))):
                    yield b"B " + base64.b64encode(data) + b"\n"
                    left -= len(data)

    def _not_taken(self, said: str) -> TransferError | PackageHashError:
        return TransferError(
            f"{self.manifest.name} could not be put on {shown(self.transport.endpoint.name)}",
            why=shown(said) or "it gave no reason",
            hint="what came is kept: push it again",
        )


def _rounds(portions: Sequence[Portion]) -> Iterator[list[_Slice]]:
    """Yield slices in calls of at most ROUND bytes."""
    now: list[_Slice] = []
    room = ROUND
    for portion in portions:
        begin, end = portion.offset, portion.offset + portion.size
        while True:
            size = min(PIECE, end - begin)
            if now and size > room:
                yield now
                now, room = [], ROUND
            now.append(_Slice(portion, begin, size))
            room -= size
            begin += size
            if begin >= end:
                break
    if now:
        yield now


def windows_run_text(names: Mapping[str, str]) -> bytes:
    """Return the script that checks all files of a package, then runs a command line in their folder.

    `names` is what it is told: as `known_by` says, and command, keep, reboots.
    """
    coded = base64.b64encode(names["command"].encode()).decode("ascii")
    return windows_text({**names, "command": coded}, "Run()")
