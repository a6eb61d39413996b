"""Reads files of the published folder: from a share or a folder, or from a web server; each within bounds."""

from __future__ import annotations

import os
import stat
from typing import Any

_TIMEOUT_S = 30
_CHUNK = 1 << 16


class SourceError(Exception):
    """Nothing can be read there; the text says why."""


class SourceAnswer:
    """What was read: `data` is none where the file is not there; `same` where it is the one that `tag` names."""

    def __init__(self, data: bytes | None = None, tag: str = "", *, same: bool = False) -> None:
        self.data, self.tag, self.same = data, tag, same


def read(source: str, name: str, most: int, tag: str = "") -> SourceAnswer:
    """Return a file of a source, at most so many bytes; `tag` is that of the last time. Raises SourceError."""
    if source.startswith(("http://", "https://")):
        return _from_web(source, name, most, tag)
    return _from_folder(source[7:] if source.startswith("file://") else source, name, most, tag)


def content_of(source: str) -> str:
    """Return the address of the packages that stand beside policy."""
    return f"{source if '://' in source else 'file://' + source}".rstrip("/") + "/content"


def _from_folder(folder: str, name: str, most: int, tag: str) -> SourceAnswer:
    if not os.path.isdir(folder):
        raise SourceError(f"there is no folder {folder}: is it mounted?")
    try:
        handle = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return SourceAnswer()
    except OSError as error:
        raise SourceError(f"{folder}/{name}: {error.strerror}") from None
    found = os.fstat(handle)
    if stat.S_ISDIR(found.st_mode):
        os.close(handle)
        raise SourceError(f"{folder}/{name} is a folder")
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            raise SourceError(f"{folder}/{name} is not a file of at most {most} bytes")
        now = f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"
        return SourceAnswer(tag=now, same=True) if now == tag else SourceAnswer(stream.read(most), now)


def _from_web(source: str, name: str, most: int, tag: str) -> SourceAnswer:
    import http.client

    secure, _, rest = source.partition("://")
    host, _, path = rest.partition("/")
    connect: Any = http.client.HTTPSConnection if secure == "https" else http.client.HTTPConnection
    connection = connect(host, timeout=_TIMEOUT_S)
    headers = {"User-Agent": "itms-agent", "Connection": "close"}
    if tag:
        headers["If-None-Match" if tag.startswith(('"', "W/")) else "If-Modified-Since"] = tag
    try:
        connection.request("GET", "/".join(["", *[one for one in (path.strip("/"), name) if one]]), headers=headers)
        answer = connection.getresponse()
        if answer.status == 304:
            return SourceAnswer(tag=tag, same=True)
        if answer.status in {404, 410}:
            return SourceAnswer()
        if answer.status != 200:
            raise SourceError(f"{source}/{name}: the web server answers {answer.status} {answer.reason}")
        data = _bounded(answer, most)
        if data is None:
            raise SourceError(f"{source}/{name} is longer than {most} bytes, or was cut off")
        return SourceAnswer(data, answer.getheader("ETag") or answer.getheader("Last-Modified") or "")
    except (OSError, http.client.HTTPException) as error:
        raise SourceError(f"{source}: {error or type(error).__name__}") from None
    finally:
        connection.close()


def _bounded(answer: Any, most: int) -> bytes | None:
    """Return the bytes of an answer; None where they are too many, or fewer than it said."""
    parts = []
    left = most + 1
    while left > 0:
        part = answer.read(min(_CHUNK, left))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    data = b"".join(parts)
    said = answer.getheader("Content-Length")
    return data if len(data) <= most and (said is None or said == str(len(data))) else None
