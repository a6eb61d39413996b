"""The one sanitiser: text that came from outside, on its way to a terminal, a CSV file, a log line or a shell.

Text from endpoints, files and people is data. It leaves the program only through these functions
(HE1, HE11, HE12, HE16; CWE-150, CWE-1236).
"""

from __future__ import annotations

import re
import shlex
import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# The last four are the full-width twins of the first four: spreadsheets of East Asian locales run them too.
_CELL_DANGER = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def term(text: str | bytes, *, keep_newlines: bool = True) -> str:
    """Return text that a terminal only ever prints: no escape, control, bidirectional or invisible character.

    Bytes are read as UTF-8; what is not is shown as `\\xNN`. Controls are shown as `^[`, others as `<U+202E>`.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(char, keep_newlines) for char in text)


def _visible(char: str, keep_newlines: bool) -> str:
    if char in "\n\t":
        return char if keep_newlines else ("\\n" if char == "\n" else "\\t")
    category = unicodedata.category(char)
    if category not in _HIDDEN:
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return "^" + chr(code ^ 0x40)
    return f"<U+{code:04X}>"


def csv_cell(value: object) -> object:
    """Return a cell that a spreadsheet will not run: text that begins like a formula gets a leading `'`.

    Numbers stay numbers. `from_csv_cell` gives the original back.
    """
    if not isinstance(value, str) or not value:
        return value
    bare = value.lstrip(" \"'")
    if bare.startswith(_CELL_DANGER) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


def from_csv_cell(text: str) -> str:
    """Undo `csv_cell`."""
    if text.startswith("'") and csv_cell(text[1:]) == text:
        return text[1:]
    return text


def shell_arg(value: str) -> str:
    """Return one POSIX shell word.

    Raises ValueError for NUL, which no argument can hold.
    """
    if "\0" in value:
        raise ValueError("an argument cannot hold a NUL character")
    return shlex.quote(value)


_URL_SECRET = re.compile(r"(://[^/@\s:]*:)[^@\s]*(?:@[^@\s/?]*)*@|(\b(?:ssl)?password=)[^&\s#]*")


def without_secrets(text: str) -> str:
    """Return text without the passwords of URLs in it: `postgresql://app:***@host/db`.

    For every place where a setting or a command line is written down: the audit, incident files, `config show`.
    """
    return _URL_SECRET.sub(lambda found: f"{found[1]}***@" if found[1] else f"{found[2]}***", text)


class Masked:
    """A text that may hold the password of a URL. Written down in any way it is masked; `reveal` is for the driver."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, to connect with."""
        return self._text

    def __str__(self) -> str:
        """Return what may be written down."""
        return without_secrets(self._text)

    def __repr__(self) -> str:
        """Return what may be written down, in a traceback too."""
        return f"Masked({str(self)!r})"


def log_text(value: str) -> str:
    """Return text that stays on one line of a log."""
    return term(value, keep_newlines=False)


def is_storable(text: str) -> bool:
    """Return whether both databases take a text as it is: no NUL, no lone surrogate."""
    return (text.isascii() and "\0" not in text) or not any(c == "\0" or 0xD800 <= ord(c) <= 0xDFFF for c in text)


def storable(text: str, limit: int = 65536) -> str:
    """Return text that both databases take: no NUL, no lone surrogate, cut at `limit` characters (HE14)."""
    clean = text
    if not is_storable(text):
        clean = text.replace("\0", "\u2400")
        clean = "".join("\ufffd" if 0xD800 <= ord(c) <= 0xDFFF else c for c in clean)
    return clean if len(clean) <= limit else clean[:limit] + "...(cut)"
