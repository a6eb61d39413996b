"""Folders listed by SFTP: the names come as they are, each with its size, and none is trusted (HE5)."""

from __future__ import annotations

import stat
import time
from contextlib import AbstractContextManager
from typing import Any

import paramiko

from itmsctl.errors import TransferError
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.entries import FileEntry, Listing
from itmsctl.transports.failures import shown, translated
from itmsctl.transports.files import is_safe_name

MAX_ENTRIES = 100_000


def listing_errors(endpoint: Endpoint, path: str) -> AbstractContextManager[None]:
    """Turn what goes wrong with a listing into a TransferError."""

    def unlisted(error: Exception) -> TransferError:
        return TransferError(
            f"{shown(path)} on {shown(endpoint.name)} could not be listed",
            why=shown(str(error)) or "the connection was cut",
        )

    return translated(unlisted)


def listing(endpoint: Endpoint, talk: Any, path: str, deadline: float) -> Listing:
    """List a folder over anything with `send`, `recv` and `close` that leads to an SFTP server; use `listing_errors`.

    Raises TransferError for a folder without end.
    """
    entries: list[FileEntry] = []
    rejected: list[bytes] = []
    with paramiko.SFTPClient(talk) as sftp:
        for item in sftp.listdir_iter(path):
            if item.filename in (".", ".."):
                continue
            if is_safe_name(item.filename):
                folder = stat.S_ISDIR(item.st_mode or 0)
                entries.append(FileEntry(item.filename, max(0, item.st_size or 0), folder))
            else:
                rejected.append(item.filename.encode("utf-8", "surrogateescape"))
            if len(entries) + len(rejected) > MAX_ENTRIES or time.monotonic() > deadline:
                raise TransferError(f"{shown(path)} on {shown(endpoint.name)} lists without end")
    return Listing(tuple(entries), tuple(rejected))
