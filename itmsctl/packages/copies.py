"""What state a package is in on a server, and when a copy that failed is tried again (PKG-11, PKG-13)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import timedelta


class CopyState(enum.StrEnum):
    """The state of a package on a server. Only `ready`, `claimed` and `doubted` are handed out."""

    PENDING = "pending"
    COPYING = "copying"
    READY = "ready"  # every byte came back and matched
    CLAIMED = "claimed"  # the server says that it is right, and nobody read it back yet
    DOUBTED = "doubted"  # one computer says that it was handed other bytes: a read-back, or a second one, decides
    FAILED = "failed"
    CORRUPT = "corrupt"  # bytes that came back were not those of the package
    REMOVED = "removed"


USABLE = (CopyState.READY, CopyState.CLAIMED, CopyState.DOUBTED)  # the best first
FIRST_WAIT = timedelta(minutes=3)
LONGEST_WAIT = timedelta(hours=24)


def retry_wait(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: 3 x 2^N minutes from N = 0, 24 hours at most."""
    if failures < 1:
        return timedelta()
    times: int = 2 ** min(failures - 1, 20)
    return min(LONGEST_WAIT, FIRST_WAIT * times)


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of copying or checking a package on one server."""

    state: CopyState
    message: str
    sent: int = 0  # bytes of content that went there from here
    pulled: int = 0  # bytes that the server took from another one
    total: int = 0
    read_back: bool = False
    source: str = ""
    unchanged: bool = False
    wrong: tuple[str, ...] = ()  # files whose bytes were not right, a few of them


@dataclass(frozen=True, slots=True)
class CorruptCopies:
    """Package servers that handed out other bytes than a package has, as a computer says."""

    servers: frozenset[str]
    digest: str
    message: str

    @property
    def size(self) -> int:
        """Return about how many bytes will be stored."""
        return 200 * len(self.servers)
