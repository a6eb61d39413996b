"""A file onto a share: under a temporary name, flushed, then renamed over what is there; a long one goes on by piece.

The temporary name of a long file tells its content and its place, so that a later attempt finds what an earlier one
left: what is there is read back and compared, and only the rest is sent. Bytes of naught are not sent at all where the
file is new: what nobody wrote reads as naught.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from itmsctl.errors import InputError, TransferError
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.failures import shown, translated
from itmsctl.transports.smb_errors import SHARING, transfer_failed
from itmsctl.transports.smb_library import status_of
from itmsctl.transports.smb_paths import SharePath, mark
from itmsctl.transports.smb_share import SmbShare

PIECE = 4 * 1024 * 1024
_NAUGHT = bytes(PIECE)
_PART = ".part"


def put_file(
    share: SmbShare, endpoint: Endpoint, source: IO[bytes], size: int, path: SharePath, shown_path: str
) -> int:
    """Write what `source` holds, `size` bytes of it, in the place of the file at `path`; return how many were sent.

    Raises TransferError, TransferCutError: the file at `path` is then the old one or the new one. InputError where the
    source was cut meanwhile.
    """
    if not path.names:
        raise InputError(f"`{shown(shown_path)}` is a share, not a file in it")
    with translated(transfer_failed(endpoint, shown_path, "written")):
        kept = size > PIECE
        name = mark(path) + (_digest(source, size) if kept else secrets.token_hex(16)) + _PART
        _sweep(share, path, name)
        try:
            return _put(share, source, size, path, path.beside(name), kept=kept)
        except Exception as error:
            if not kept or status_of(error) != SHARING:
                raise
        # Somebody else sends the same at this moment: each by itself, and the last one stays.
        other = path.beside(mark(path) + secrets.token_hex(16) + _PART)
        return _put(share, source, size, path, other, kept=False)


def _put(share: SmbShare, source: IO[bytes], size: int, path: SharePath, part: SharePath, *, kept: bool) -> int:
    with share.alone(part.inside, again=kept) as handle:
        try:
            sent = _fill(share, handle, source, size)
            handle.flush()
            share.rename(handle, path.inside, over=True)
        except Exception as error:
            # A long one stays where the link broke: the next attempt goes on with it.
            if not kept or status_of(error) or isinstance(error, InputError):
                share.discard(handle)
            raise
    return sent


def _fill(share: SmbShare, handle: Any, source: IO[bytes], size: int) -> int:
    there = int(handle.end_of_file)
    begin = _same(share, handle, source, min(there, size)) if there else 0
    sent = share.write(handle, _parts(source, begin, size, there))
    share.resize(handle, size)
    return sent


def _parts(source: IO[bytes], begin: int, size: int, there: int) -> Iterator[tuple[int, bytes]]:
    source.seek(begin)
    for offset in range(begin, size, PIECE):
        data = _read(source, min(PIECE, size - offset))
        if offset < there or data != _NAUGHT[: len(data)]:
            yield offset, data


def _same(share: SmbShare, handle: Any, source: IO[bytes], end: int) -> int:
    """Return up to where what is there is what is to be there, by whole pieces."""
    source.seek(0)
    for offset in range(0, end, PIECE):
        length = min(PIECE, end - offset)
        there = hashlib.sha256()
        for data in share.read(handle, offset, offset + length):
            there.update(data)
        if there.digest() != hashlib.sha256(_read(source, length)).digest():
            return offset
    return end - end % PIECE


def _read(source: IO[bytes], length: int) -> bytes:
    data = source.read(length)
    if len(data) != length:
        raise InputError("the file was cut while it was being sent")
    return data


def _digest(source: IO[bytes], size: int) -> str:
    """Return the beginning of the digest of all that is to be sent."""
    found, left = hashlib.sha256(str(size).encode()), size
    source.seek(0)
    while left:
        data = _read(source, min(PIECE, left))
        found.update(data)
        left -= len(data)
    source.seek(0)
    return found.hexdigest()[:32]


def _sweep(share: SmbShare, path: SharePath, name: str) -> None:
    """Remove what earlier attempts at this place left, but not what is open, nor what this one goes on with."""
    for entry in list(share.entries(path.folder.inside, mark(path) + "*")):
        if entry.name.endswith(_PART) and entry.name != name and not entry.is_folder:
            with contextlib.suppress(Exception):
                share.remove(path.beside(entry.name).inside, folder=False)


@contextlib.contextmanager
def opened(content: bytes | Path) -> Iterator[tuple[IO[bytes], int]]:
    """Open what is to be sent; yields it with its length. Raises InputError."""
    import io
    import os

    if isinstance(content, bytes):
        yield io.BytesIO(content), len(content)
        return
    try:
        file = content.open("rb")
    except OSError as error:
        raise InputError(f"{content} cannot be read", why=error.strerror or str(error)) from None
    with file:
        yield file, os.fstat(file.fileno()).st_size


def read_whole(share: SmbShare, endpoint: Endpoint, path: SharePath, shown_path: str, limit_bytes: int) -> bytes:
    """Return a whole file of at most `limit_bytes`. Raises TransferError."""
    with translated(transfer_failed(endpoint, shown_path, "read")), share.reading(path.inside) as handle:
        size = int(handle.end_of_file)
        if size > limit_bytes:
            raise TransferError(
                f"{shown(shown_path)} on {shown(endpoint.name)} is longer than {limit_bytes} bytes; it was not read"
            )
        return b"".join(share.read(handle, 0, size))


def digest_of(share: SmbShare, path: SharePath) -> str:
    """Return the digest of a file, read back whole. Raises what the library does."""
    found = hashlib.sha256()
    with share.reading(path.inside) as handle:
        for data in share.read(handle, 0, int(handle.end_of_file)):
            found.update(data)
    return found.hexdigest()
