"""Pages of HTML that reports write: whole, and in place of an older page of the same report alone."""

from __future__ import annotations

from pathlib import Path

from itmsctl.documents.faults import reading
from itmsctl.documents.files import replacing

_HEAD_BYTES = 2048  # of a page, in which it says what wrote it


def write_page(path: Path, text: str, report: str, *, force: bool = False) -> None:
    """Write a page of a report, such as `sizing report`, whole or not at all.

    Raises OutputExistsError where something else than an older page of it stands there, unless `force`.
    """
    place = path.expanduser()
    with replacing(place, force=force or _is_of(place, report)) as stream:
        stream.write(text.encode())


def _is_of(path: Path, report: str) -> bool:
    if not path.is_file():
        return False
    with reading(str(path)), path.open("rb") as stream:
        return f'<meta name="generator" content="itmsctl {report}'.encode() in stream.read(_HEAD_BYTES)
