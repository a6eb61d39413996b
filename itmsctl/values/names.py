"""Names: what is allowed, which two are the same, and which look too much alike."""

from __future__ import annotations

import difflib
import unicodedata
import uuid
from collections.abc import Collection, Iterable

from itmsctl.errors import InputError

MAX_LENGTH = 255
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def name_key(name: str) -> str:
    """Return the form in which two names are the same name: NFKC, case-folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def check_name(name: str, what: str = "name") -> str:
    """Return the name as stored (NFC).

    Raises InputError for an empty, too long, or padded one, for control or invisible characters, and for one that reads
    like a GUID: GUIDs are accepted wherever a name is.
    """
    text = unicodedata.normalize("NFC", name)
    if not text.strip():
        raise InputError(f"the {what} is empty")
    if text != text.strip():
        raise InputError(f"the {what} `{text}` begins or ends with a space", hint=f"did you mean `{text.strip()}`?")
    if len(text) > MAX_LENGTH:
        raise InputError(f"the {what} has {len(text)} characters; {MAX_LENGTH} are allowed")
    for position, char in enumerate(text, 1):
        if unicodedata.category(char) in _FORBIDDEN:
            raise InputError(f"the {what} has a control or invisible character U+{ord(char):04X} at {position}")
    if text.startswith(("-", "@", "{")):
        why = "it would read as an option, a file or an object of NDJSON, which may name another"
        raise InputError(f"the {what} `{text}` begins with `{text[0]}`", why=why)
    if is_guid(text):
        raise InputError(f"the {what} `{text}` reads like a GUID", why="GUIDs are accepted wherever a name is")
    return text


def new_guid() -> str:
    """Return a fresh GUID."""
    return str(uuid.uuid4())


def is_guid(text: str) -> bool:
    """Return whether a text is a GUID in its usual form."""
    if len(text) != 36:
        return False
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


# What others call a value that we know under another word.
_SAME = {
    "macos": "mac",
    "mac os": "mac",
    "osx": "mac",
    "os x": "mac",
    "darwin": "mac",
    "win": "windows",
    "win32": "windows",
    "debian": "linux",
    "ubuntu": "linux",
    "rhel": "linux",
    "centos": "linux",
    "suse": "linux",
    "solaris": "unix",
    "aix": "unix",
    "hp-ux": "unix",
    "freebsd": "unix",
    "pxe": "boot",
    "distribution-point": "package",
}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean `x`?`` where a known word means the same or is near, else an empty text."""
    folded = {name_key(name): name for name in known}
    same = folded.get(_SAME.get(name_key(word), ""))
    if same is not None:
        return f"did you mean `{same}`?"
    near = difflib.get_close_matches(name_key(word), folded, n=1, cutoff=0.6)
    return f"did you mean `{folded[near[0]]}`?" if near else ""


def near_or_all(word: str, known: Collection[str]) -> str:
    """Return `did_you_mean`, or else all the words that are known."""
    return did_you_mean(word, known) or "one of " + ", ".join(known)
