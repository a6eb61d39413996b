"""One package on a share of a package server: filled by pieces, read back byte by byte, renamed whole.

A share makes no digests, so what is there is read back to find what is missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from itmsctl.errors import TransferError
from itmsctl.packages.manifest import PIECE
from itmsctl.packages.readback import ReadBack
from itmsctl.packages.replicas import PiecePlace, ReplicaSeen, bytes_of, length
from itmsctl.packages.service.replica import ReadPiece, Replica
from itmsctl.transports.base import Transport
from itmsctl.transports.failures import shown, translated
from itmsctl.transports.handing import Pace
from itmsctl.transports.smb import SmbTransport
from itmsctl.transports.smb_errors import IfThere, transfer_failed
from itmsctl.transports.smb_put import opened, put_file
from itmsctl.transports.smb_trees import bounded, remove_tree

if TYPE_CHECKING:
    from itmsctl.transports.smb_paths import SharePath
    from itmsctl.transports.smb_share import SmbShare


class SmbReplica(Replica):
    """The copy of a package in a folder of a share: the first name of `root`."""

    # --- looking ------------------------------------------------------------------------------------------------------

    def survey(self) -> ReplicaSeen:
        """Return what is there, by reading it. Raises TransferError and what a contact raises."""
        with self._share("looked at", self.manifest.size) as (share, root):
            names: set[str] | None = None
            with IfThere():
                names = {one.name for one in bounded(share, root)}
            if names is None:
                return ReplicaSeen(root=False)
            whole, part, record = self._whole(root), self._part(root), self._record(root)
            visible, begun = whole.names[-1] in names, part.names[-1] in names
            sizes: dict[int, int] = {}
            pieces: dict[PiecePlace, str] = {}
            if visible or begun:
                for index, file in enumerate(self.manifest.files):
                    self._look(share, (whole if visible else part).below(file.path), index, sizes, pieces)
            written = self._written(share, record) if record.names[-1] in names else ""
            return ReplicaSeen(True, visible, begun, written, None, True, sizes, pieces)

    def _look(
        self, share: SmbShare, place: SharePath, index: int, sizes: dict[int, int], pieces: dict[PiecePlace, str]
    ) -> None:
        file = self.manifest.files[index]
        for number, size, data in self._content(share, place):
            sizes[index] = size
            if number * PIECE < max(1, file.size):
                pieces[PiecePlace(index, number)] = hashlib.sha256(data[: length(file, number)]).hexdigest()

    def _content(self, share: SmbShare, place: SharePath) -> Iterator[tuple[int, int, bytes]]:
        """Yield a file by pieces: number, size of the file, bytes; nothing where it is not there."""
        begin, come = time.monotonic(), 0
        with IfThere(), share.reading(place.inside) as handle:
            size = int(handle.end_of_file)
            for number in range(max(1, -(-min(size, self.manifest.size + 1) // PIECE))):
                at = number * PIECE
                data = b"".join(share.read(handle, at, min(at + PIECE, size)))
                come += len(data)
                self.pace.hold(begin, come)
                yield number, size, data

    def _written(self, share: SmbShare, record: SharePath) -> str:
        made = hashlib.sha256()
        for _, size, data in self._content(share, record):
            if size > len(self.manifest.canonical()):
                return ""
            made.update(data)
        return made.hexdigest()

    def read_back(self) -> ReadBack:
        """Have every byte come back, and return which pieces are right. Raises TransferError."""
        back = ReadBack(self.manifest)
        with self._share("read", self.manifest.size) as (share, root):
            place = self._whole(root) if self._is_whole(share, root) else self._part(root)
            for index, file in enumerate(self.manifest.files):
                told = False
                for number, size, data in self._content(share, place.below(file.path)):
                    if size != file.size:
                        back.feed(b"L %d %d\n" % (index, size))
                        told = True
                        break
                    if number == 0:
                        back.feed(b"F %d %d\n" % (index, size))
                        told = True
                    back.feed(data)
                if not told:
                    back.feed(b"M %d\n" % index)
            back.feed(b"E\n")
        return back

    # --- changing -----------------------------------------------------------------------------------------------------

    def make_root(self) -> None:
        """Make the folder of packages. Raises TransferError."""
        with self._share("made") as (share, root):
            share.make_folders(root.names)

    def open(self, overlong: Sequence[int] = ()) -> None:
        """Make the folder that is filled; files that are too long there are begun again. Raises TransferError."""
        with self._share("written") as (share, root):
            part = self._part(root)
            folders = {parent for file in self.manifest.files for parent in _parents(file.path)}
            for folder in ("", *sorted(folders)):
                share.make_folder(part.below(folder).inside, again=True)
            for index in overlong:
                with IfThere():
                    share.remove(part.below(self.manifest.files[index].path).inside, folder=False)

    def send(self, parcel: Sequence[PiecePlace], read: ReadPiece) -> None:
        """Send a parcel. Raises TransferError, TransferCutError."""
        begin, sent = time.monotonic(), 0
        with self._share("written", bytes_of(self.manifest, parcel)) as (share, root):
            for place in parcel:
                file = self.manifest.files[place.file]
                data = read(file, place.number)
                with share.alone(self._part(root).below(file.path).inside, again=True) as handle:
                    share.write(handle, [(place.number * PIECE, data)])
                    handle.flush()
                sent += len(data)
                self.pace.hold(begin, sent)
        self.sent += bytes_of(self.manifest, parcel)

    def publish(self) -> None:
        """Make the package visible, whole, with its manifest beside it. Raises TransferError."""
        with self._share("renamed") as (share, root):
            if not self._is_whole(share, root):
                share.move_folder(self._part(root).inside, self._whole(root).inside)
            with opened(self.manifest.canonical()) as (source, size):
                put_file(share, self.transport.endpoint, source, size, self._record(root), self.root)

    def hide(self) -> None:
        """Take the package out of sight; what is right of it is kept to be filled again. Raises TransferError."""
        with self._share("renamed") as (share, root):
            _hide(share, root, self.manifest.digest)

    @staticmethod
    def remove_content(transport: Transport, root: str, digest: str, pace: Pace) -> None:
        """Remove a content, and what was begun of it. Raises TransferError."""
        with _share_of(transport, root, pace, "renamed") as (share, place):
            _hide(share, place, digest)
        with _share_of(transport, root, pace, "removed") as (share, place), IfThere():
            remove_tree(share, _part_of(place, digest))

    def pull(self, text: str, weight: int) -> str:
        """Raise TransferError: a share fetches nothing."""
        del text, weight
        raise TransferError(f"{shown(self.transport.endpoint.name)} is a share, and takes nothing by itself")

    # --- small things -------------------------------------------------------------------------------------------------

    def _whole(self, root: SharePath) -> SharePath:
        return root.below(self.manifest.digest)

    def _part(self, root: SharePath) -> SharePath:
        return _part_of(root, self.manifest.digest)

    def _record(self, root: SharePath) -> SharePath:
        return _record_of(root, self.manifest.digest)

    def _is_whole(self, share: SmbShare, root: SharePath) -> bool:
        return _is_in(share, root, self.manifest.digest)

    def _share(self, done: str, size: int = 0) -> AbstractContextManager[tuple[SmbShare, SharePath]]:
        return _share_of(self.transport, self.root, self.pace, done, size)


@contextlib.contextmanager
def _share_of(
    transport: Transport, root: str, pace: Pace, done: str, size: int = 0
) -> Iterator[tuple[SmbShare, SharePath]]:
    """Yield the share and the folder of packages; what the library raises becomes an error of a transfer."""
    assert isinstance(transport, SmbTransport)
    share, place = transport.share_at(root, done, pace.stall_s + pace.limit_s(size))
    with translated(transfer_failed(transport.endpoint, root, done)):
        yield share, place


def _part_of(root: SharePath, digest: str) -> SharePath:
    return root.below(f".part-{digest}")


def _record_of(root: SharePath, digest: str) -> SharePath:
    return root.below(f"{digest}.json")


def _is_in(share: SmbShare, root: SharePath, digest: str) -> bool:
    return any(one.name == digest for one in bounded(share, root))


def _hide(share: SmbShare, root: SharePath, digest: str) -> None:
    with IfThere():
        share.remove(_record_of(root, digest).inside, folder=False)
    if _is_in(share, root, digest):
        part = _part_of(root, digest)
        with IfThere():
            remove_tree(share, part)
        share.move_folder(root.below(digest).inside, part.inside)


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
