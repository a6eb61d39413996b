"""Which archives may be opened: all members are looked at first, and one that could do harm refuses the whole (IM6)."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from itmsctl.errors import ArchiveUnsafeError
from itmsctl.packages.paths import problem_of

MOST_MEMBERS = 200_000
RATIO = 100  # how many times its size an archive unpacks to
FREE = 16 << 20  # bytes below which no ratio is looked at
FILE, FOLDER, LINK, SAME_FILE, OTHER = "file", "folder", "link", "same file", "other"


class ArchiveMember(NamedTuple):
    """One member of an archive; `leads_to` is where a link leads, or the file that it is another name of."""

    path: str
    kind: str
    size: int = 0
    mode: int = 0o644
    leads_to: str = ""


def refuse_unsafe(members: Iterable[ArchiveMember], packed: int) -> int:
    """Return how many bytes the members are; `packed` is the size of the archive.

    Raises ArchiveUnsafeError for a path that leads outside, a link that does or that others stand behind, a device,
    a mode that gives rights, a name that is there twice, too many members, or more bytes than such an archive holds.
    """
    size = 0
    seen: dict[str, str] = {}
    links: dict[str, str] = {}
    for number, member in enumerate(members, 1):
        if number > MOST_MEMBERS:
            raise ArchiveUnsafeError(f"the archive has more than {MOST_MEMBERS} members")
        path = member.path.removeprefix("./").rstrip("/")
        if path in {"", "."} and member.kind == FOLDER:
            continue
        problem = _problem(member, path, seen, links)
        if problem:
            raise ArchiveUnsafeError(f"member {number} `{member.path[:100]!a}`: {problem}", hint="pack it otherwise")
        seen[_key(path)] = member.kind
        if member.kind == LINK:
            links[_key(path)] = path
        size += member.size
        if size > max(FREE, packed * RATIO):
            raise ArchiveUnsafeError(f"the archive of {packed} bytes unpacks to more than {RATIO} times that")
    return size


def _problem(member: ArchiveMember, path: str, seen: dict[str, str], links: dict[str, str]) -> str:
    problem = problem_of(unicodedata.normalize("NFC", path))
    if problem:
        return problem
    if member.kind == OTHER:
        return "it is neither a file, a folder nor a link"
    if member.mode & 0o7000 and member.kind != FOLDER:
        return "it asks for the rights of its owner when it runs"
    key = _key(path)
    if key in seen and not (member.kind == FOLDER and seen[key] == FOLDER):
        return "a member of that name is there already, or one that differs in capitals"
    above = key
    while above := posixpath.dirname(above):
        if above in links or seen.get(above, FOLDER) != FOLDER:
            return f"it stands behind `{links.get(above, above)}`, which is not a folder"
    if member.kind in (LINK, SAME_FILE):
        return _leads_out(member, path, seen)
    return ""


def _leads_out(member: ArchiveMember, path: str, seen: dict[str, str]) -> str:
    base = posixpath.dirname(path) if member.kind == LINK else ""
    to = posixpath.normpath(posixpath.join(base, member.leads_to.removeprefix("./")))
    if not member.leads_to or member.leads_to.startswith("/") or to == ".." or to.startswith("../"):
        return f"it leads to `{member.leads_to[:100]!a}`, outside"
    if member.kind == SAME_FILE and seen.get(_key(to)) != FILE:
        return "it is another name of something that is not a file before it"
    return ""


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()
