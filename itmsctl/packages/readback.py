"""The content of a package as it comes back from a server, hashed piece by piece while it comes, and bounded.

Nothing that a server says is believed: a file counts only where each of its bytes came and gave the digest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from itmsctl.packages.manifest import PIECE, PackageManifest
from itmsctl.packages.replicas import PiecePlace, digest_of, length

_SAID = re.compile(rb"([FLM]) ([0-9]{1,7})(?: ([0-9]{1,18}))?")
_LONGEST_LINE = 64


class ReadBack:
    """Takes the stream of `replica_programs.read_all`; afterwards `good` are the pieces that came as they should be."""

    def __init__(self, manifest: PackageManifest, taken: Callable[[int], None] | None = None) -> None:
        self.manifest = manifest
        self.good: set[PiecePlace] = set()
        self.said: dict[int, str] = {}  # files that are missing or of another length, and how
        self.total = 0  # bytes of content
        self.ended = False
        self.faulty = ""
        self._taken = taken
        self._line = bytearray()
        self._file: int | None = None
        self._number = self._left = 0
        self._hash = hashlib.sha256()

    def feed(self, data: bytes) -> None:
        """Take more of the stream."""
        view = memoryview(data)
        while len(view) and not self.faulty:
            view = view[self._header(view) if self._file is None else self._content(view) :]
        if self._taken is not None:
            self._taken(len(data))

    def wrong(self) -> list[int]:
        """Return the files of which a piece did not come as it should be."""
        return sorted(
            {
                index
                for index, file in enumerate(self.manifest.files)
                for number in range(max(1, len(file.pieces)))
                if PiecePlace(index, number) not in self.good
            }
        )

    def _header(self, view: memoryview) -> int:
        end = bytes(view[:_LONGEST_LINE]).find(b"\n")
        self._line += view[: _LONGEST_LINE if end < 0 else end]
        if end < 0:
            if len(self._line) > _LONGEST_LINE:
                self.faulty = "it sent something else than files"
            return min(len(view), _LONGEST_LINE)
        line = bytes(self._line)
        self._line.clear()
        self._read_header(line)
        return end + 1

    def _read_header(self, line: bytes) -> None:
        said = _SAID.fullmatch(line)
        if line == b"E" and not self.ended:
            self.ended = True
        elif said is None or int(said[2]) >= len(self.manifest.files) or self.ended:
            self.faulty = "it sent something else than files"
        elif said[1] == b"M":
            self.said[int(said[2])] = "missing"
        elif said[1] == b"L":
            self.said[int(said[2])] = f"{int(said[3] or 0)} bytes long"
        else:
            self._begin(int(said[2]), int(said[3] or 0))

    def _begin(self, index: int, size: int) -> None:
        if size != self.manifest.files[index].size:
            self.faulty = f"a file of {size} bytes came where one of {self.manifest.files[index].size} is"
            return
        self._file, self._number = index, 0
        self._next_piece()

    def _next_piece(self) -> None:
        assert self._file is not None
        self._hash = hashlib.sha256()
        self._left = length(self.manifest.files[self._file], self._number)
        if not self._left:
            self._end_piece()

    def _content(self, view: memoryview) -> int:
        taken = min(len(view), self._left)
        self._hash.update(view[:taken])
        self._left -= taken
        self.total += taken
        if not self._left:
            self._end_piece()
        return taken

    def _end_piece(self) -> None:
        assert self._file is not None
        file = self.manifest.files[self._file]
        if self._hash.hexdigest() == digest_of(file, self._number):
            self.good.add(PiecePlace(self._file, self._number))
        self._number += 1
        if self._number * PIECE < file.size and file.pieces:
            self._next_piece()
        else:
            self._file = None
