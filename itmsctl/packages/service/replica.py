"""One package on one package server, over a transport that stands: looked at, filled, read back, made visible."""

from __future__ import annotations

import io
import re
import tarfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from itmsctl.errors import LinkLostError, TransferCutError, TransferError
from itmsctl.packages import replica_programs as programs
from itmsctl.packages.manifest import PIECE, PackageFile, PackageManifest
from itmsctl.packages.readback import ReadBack
from itmsctl.packages.replicas import PiecePlace, ReplicaSeen, bytes_of, length
from itmsctl.transports.base import Transport
from itmsctl.transports.failures import shown
from itmsctl.transports.handing import Handing, Pace
from itmsctl.transports.reader import End
from itmsctl.transports.streaming import Inquiry

BLOCK = 65_536  # the unit of `dd` in `replica_programs.PIECE_AT`
_SEEN = re.compile(
    r"([NVPXE])|K ([0-9-]{1,18})|J ([0-9a-f]{64})|S ([0-9]{1,7}) ([0-9]{1,18})|H ([0-9]{1,7}) ([0-9]{1,9}) (\S{1,64})"
)
_LINE_BYTES = 128
_GREETING = 8192  # bytes of what comes before a program's own words

ReadPiece = Callable[[PackageFile, int], bytes]


class Replica:
    """The copy of a package in the folder `root` of a server; `pace` says how fast bytes go there."""

    def __init__(self, transport: Transport, root: str, manifest: PackageManifest, pace: Pace) -> None:
        self.transport, self.root, self.manifest, self.pace = transport, root, manifest, pace
        self.sent = 0
        self.heard_s = time.monotonic()

    # --- looking ------------------------------------------------------------------------------------------------------

    def survey(self) -> ReplicaSeen:
        """Return what the server says is there. Raises TransferError and what a contact raises."""
        files = [(index, file.path, len(file.pieces)) for index, file in enumerate(self.manifest.files)]
        text = programs.survey(self.root, self.manifest.digest, PIECE, files)
        lines = _Lines(4 + len(files) * 2 + sum(len(file.pieces) for file in self.manifest.files))
        self._read(text, lines, lines.most * _LINE_BYTES)
        return _seen(lines.text())

    def read_back(self) -> ReadBack:
        """Have every byte come back, and return which pieces are right. Raises TransferError, LinkLostError."""
        files = [(index, file.path, file.size) for index, file in enumerate(self.manifest.files)]
        text = programs.read_all(self.root, self.manifest.digest, files)
        begin, come = time.monotonic(), 0

        def taken(count: int) -> None:
            nonlocal come
            come += count
            self.pace.hold(begin, come)

        back = ReadBack(self.manifest, taken)
        self._read(text, _Heard(self, back), self.manifest.size + 64 * (len(files) + 2))
        return back

    def _read(self, text: bytes, sink: _Lines | _Heard, limit_bytes: int) -> None:
        limit_s = 4 * self.pace.stall_s + self.pace.limit_s(self.manifest.size)
        asked, self.heard_s = self.transport.stopped, time.monotonic()
        stalled = False

        def stop() -> bool:
            nonlocal stalled
            stalled = time.monotonic() - self.heard_s > self.pace.stall_s
            return stalled or (asked is not None and asked())

        self.transport.stopped = stop
        try:
            read = self.transport.read_out(
                Inquiry(text, ("sh",), ("-s",), None, 0, limit_s, limit_bytes + _GREETING), sink
            )
        finally:
            self.transport.stopped = asked
        name = shown(self.transport.endpoint.name)
        if read.end is End.FLOOD:
            raise TransferError(f"{name} sent more than a package of {self.manifest.size} bytes", why="it was cut off")
        if read.end is not End.EXITED:
            why = f"nothing came for {self.pace.stall_s:g} s" if stalled else read.end.value
            raise TransferCutError(f"{name} did not send all that is to be read", why=why)

    # --- changing -----------------------------------------------------------------------------------------------------

    def make_root(self) -> None:
        """Make the folder of packages. Raises TransferError."""
        self._hand(programs.ROOT)

    def open(self, overlong: Sequence[int] = ()) -> None:
        """Make the folder that is filled; files that are too long there are begun again. Raises TransferError."""
        self._hand(programs.OPEN, *(self.manifest.files[index].path for index in overlong))

    def send(self, parcel: Sequence[PiecePlace], read: ReadPiece) -> None:
        """Send a parcel (`replicas.parcels`). Raises TransferError."""
        first = self.manifest.files[parcel[0].file]
        if first.pieces:
            self._send_piece(first, parcel[0].number, read)
        else:
            content = self._bundle(parcel, read)
            self._hand(programs.BUNDLE, content=content)
        self.sent += bytes_of(self.manifest, parcel)

    def publish(self) -> None:
        """Make the package visible, whole, with its manifest beside it. Raises TransferError."""
        written = self.manifest.canonical()
        self._hand(programs.PUBLISH, str(len(written)), content=written)

    def hide(self) -> None:
        """Take the package out of sight; what is right of it is kept to be filled again. Raises TransferError."""
        self._hand(programs.HIDE)

    def remove(self) -> None:
        """Remove the package, and what was begun of it. Raises TransferError."""
        self.remove_content(self.transport, self.root, self.manifest.digest, self.pace)

    @staticmethod
    def remove_content(transport: Transport, root: str, digest: str, pace: Pace) -> None:
        """Do what `remove` does of a content whose manifest is not here any more. Raises TransferError."""
        transport.hand(Handing(programs.REMOVE, (root, digest), b"", pace))

    def _send_piece(self, file: PackageFile, number: int, read: ReadPiece) -> None:
        offset = str(number * (PIECE // BLOCK))
        self._hand(programs.PIECE_AT, file.path, offset, f"{file.mode:o}", content=read(file, number))

    def _bundle(self, parcel: Sequence[PiecePlace], read: ReadPiece) -> bytes:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for place in parcel:
                file = self.manifest.files[place.file]
                info = tarfile.TarInfo(f"./{file.path}")
                info.mode, info.size = file.mode, file.size
                tar.addfile(info, io.BytesIO(read(file, 0)))
            tar.addfile(tarfile.TarInfo(f"./.end-{self.manifest.digest}"))
        return packed.getvalue()

    def _hand(self, text: str, *words: str, content: bytes = b"") -> str:
        return self.transport.hand(Handing(text, (self.root, self.manifest.digest, *words), content, self.pace))

    def pull(self, text: str, weight: int) -> str:
        """Have the server fetch for itself; `weight` are the bytes that it is to bring. Raises TransferError."""
        patient = replace(self.pace, stall_s=4 * self.pace.stall_s + self.pace.limit_s(weight))
        return self.transport.hand(Handing(text, (self.root, self.manifest.digest), b"", patient))


class _Heard:
    """Hands a stream on, and remembers when it last moved."""

    def __init__(self, replica: Replica, sink: ReadBack) -> None:
        self.replica, self.sink = replica, sink

    def feed(self, data: bytes) -> None:
        """Take more of the stream."""
        self.sink.feed(data)
        self.replica.heard_s = time.monotonic()


class _Lines:
    """Keeps the lines of a survey."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._data = bytearray()

    def feed(self, data: bytes) -> None:
        """Take more of the stream."""
        self._data += data

    def text(self) -> list[str]:
        """Return the lines. Raises LinkLostError where the last one is missing."""
        lines = self._data.decode("ascii", "replace").splitlines()
        if not lines or lines[-1] not in {"E", "N"}:
            if not {"V", "P"} & set(lines):
                return lines
            raise LinkLostError("the server did not say all of what it has")
        return lines


def _seen(lines: Sequence[str]) -> ReplicaSeen:
    words: set[str] = set()
    sizes: dict[int, int] = {}
    pieces: dict[PiecePlace, str] = {}
    free, manifest = None, ""
    for line in lines:
        said = _SEEN.fullmatch(line)
        if said is None:
            continue
        word, kilo, written, sized, size, hashed, number, digest = said.groups()
        if word:
            words.add(word)
        elif kilo:
            free = int(kilo) * 1024 if kilo.isdigit() else None
        elif written:
            manifest = written
        elif sized:
            sizes[int(sized)] = int(size)
        else:
            pieces[PiecePlace(int(hashed), int(number))] = digest
    return ReplicaSeen("N" not in words, "V" in words, "P" in words, manifest, free, "X" not in words, sizes, pieces)


def piece_reader(path_of: Callable[[str], str]) -> ReadPiece:
    """Return what reads a piece of a file from the library, whose objects `path_of` finds by their digest."""

    def read(file: PackageFile, number: int) -> bytes:
        with open(path_of(file.sha256), "rb") as content:  # noqa: PTH123 - a path as text
            content.seek(number * PIECE)
            return content.read(length(file, number))

    return read
