"""Files of computers on this machine: under names of ours, in folders of ours, whole or not at all (HE5)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from itmsctl.errors import InputError
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.files import is_safe_name

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def folder_name(endpoint: Endpoint) -> str:
    """Return the name of a computer's folder: its own where that can name a file, else its GUID."""
    return endpoint.name if is_safe_name(endpoint.name) else endpoint.guid


def kept_digest(folder: str, endpoint: Endpoint, name: str) -> str | None:
    """Return the digest of what was fetched before, or None."""
    with contextlib.suppress(OSError), _open(folder, endpoint) as place:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place)
        with os.fdopen(handle, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return None


def keep(folder: str, endpoint: Endpoint, name: str, content: bytes) -> Path:
    """Write what was fetched into its place, under another name first; return the place. Raises InputError."""
    part = f".{secrets.token_hex(8)}.part"
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (Path(folder) / folder_name(endpoint)).mkdir(mode=0o700)
        with _open(folder, endpoint) as place:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                with os.fdopen(os.open(part, flags, 0o600, dir_fd=place), "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.rename(part, name, src_dir_fd=place, dst_dir_fd=place)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(part, dir_fd=place)
                raise
    except OSError as error:
        where = Path(folder) / folder_name(endpoint)
        raise InputError(f"{where} cannot take the file", why=error.strerror or str(error)) from None
    return Path(folder) / folder_name(endpoint) / name


@contextlib.contextmanager
def _open(folder: str, endpoint: Endpoint) -> Iterator[int]:
    # By handle: a link that somebody puts in the way afterwards leads nowhere.
    place = os.open(Path(folder) / folder_name(endpoint), _FOLDER)
    try:
        yield place
    finally:
        os.close(place)
