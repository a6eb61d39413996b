"""Files that come in: which of a folder are meant, what becomes of each, and whether one ends too early."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

QUARANTINE = "quarantine"  # the folder beside the files for those that could not be loaded
REASON = ".reason.json"
ASKED_AGAIN = ".itms-resync"  # the folder with notes of what packages shall send whole: hidden, so never loaded
MAX_BYTES = 256 << 20  # of a file
MAX_FILES = 1_000_000  # of a folder
MAX_DEPTH = 16  # of folders in a folder
ATTEMPTS = 3  # looks at one content that ends too early, before it counts as whole and broken
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
_SCANNED = 8 << 20  # bytes of which it is told exactly whether they end too early
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_DATA = (".json", ".ndjson", ".xml", ".nse")
_TABLES = (".csv", ".tsv")
_CELLS = re.compile(rb"[^\r\n]*?([,;\t|])[^\r\n]*?\1[^\r\n]*?\1")  # a first line of four columns at least
_PROSE = (".txt", ".log", ".md", ".csv", ".tsv", ".html", ".htm", ".eml")
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")


class FileState(Enum):
    """What became of a file (NS-16)."""

    LOADED = "loaded"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    WAITING = "waiting"  # it may still be written: it is left where it is


@dataclass(frozen=True)
class AskedAgain:
    """What a stand-alone package is to send whole, since its file does not fit what is held."""

    package: str = ""
    classes: tuple[str, ...] = ()


NOT_ASKED = AskedAgain()


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file. `computer` is the one that it tells of, where it tells of one."""

    file: str
    state: FileState
    computer: str | None = None
    why: str = ""
    hint: str = ""
    computers: int = 0
    added: int = 0
    moved_to: str = ""
    again: AskedAgain = NOT_ASKED

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "type": "file",
            "file": self.file,
            "computer": self.computer,
            "state": self.state.value,
            "why": self.why or None,
            "hint": self.hint or None,
            "computers": self.computers,
            "added": self.added,
            "moved_to": self.moved_to or None,
        }


def is_meant(name: str) -> bool:
    """Return whether a file of a folder is one to load: not hidden, and not under a name that says it is not whole."""
    return not name.startswith(".") and not name.casefold().endswith((*_UNFINISHED, REASON))


def kept_name(name: str, digest: str) -> str:
    """Return the name of a file in quarantine: ours, since the one it came under is anybody's."""
    suffix = name[name.rfind(".") :] if "." in name else ""
    return digest[:32] + (suffix if _SUFFIX.fullmatch(suffix) else "")


def ends_early(data: bytes, *, whole: bool = True) -> bool:
    """Return whether XML or JSON stops before its end, as a file does that is still being written.

    Of a long file its first and last bytes are enough: `whole` says whether these are all.
    """
    bare = data.strip(b"\xef\xbb\xbf \t\r\n\0")
    if not bare:
        return True
    if bare.startswith(b"<"):
        root = _ROOT.search(bare)
        return not bare.endswith(b">") or (root is not None and not _closes(bare, root[1]))
    if not bare.startswith((b"{", b"[")):
        return False
    if not bare.endswith((b"}", b"]")):
        return True
    if not whole or len(bare) > _SCANNED:
        return False
    rest = _STRING.sub(b"", bare)
    return b'"' in rest or rest.count(b"{") > rest.count(b"}") or rest.count(b"[") > rest.count(b"]")


def belies_its_name(name: str, head: bytes) -> bool:
    """Return whether a file is plainly not what its name says: `notes.txt` lists no hosts because it has words.

    A list of hosts may be nothing but names, one a line; under such a name it has to say a group, or how a host is
    reached.
    """
    bare = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not bare or bare.startswith((b"{", b"[", b"<", b"\xff\xfe", b"\xfe\xff")):
        return False
    lower = name.casefold()
    if lower.endswith(_DATA):
        return True
    if lower.endswith(_TABLES) and _CELLS.match(bare):
        return False
    return lower.endswith(_PROSE) and b"\n[" not in bare and b"ansible_" not in bare


def _closes(text: bytes, root: bytes) -> bool:
    """Return whether the element that begins a document is closed at its end, or has no content."""
    return text.rstrip(b">").rstrip().endswith((b"</" + root, b"/")) or text.endswith(b"-->")
