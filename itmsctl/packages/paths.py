"""What the path of a file of a package may be, wherever the package is put: one file on every system, never outside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from itmsctl.errors import InputError
from itmsctl.values.untrusted import is_storable

LONGEST = 1024  # bytes of a path
_LONGEST_PART = 255
_DRIVE = re.compile(r"[A-Za-z]:")


def problem_of(path: str) -> str:
    """Return why a path cannot be that of a file of a package; empty where it can."""
    if not path or not is_storable(path) or any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in path):
        return "it is empty, or holds a character that cannot be seen"
    if path != unicodedata.normalize("NFC", path):
        return "it is not written in the usual form of its characters (NFC)"
    if path.startswith("/") or _DRIVE.match(path):
        return "it is absolute"
    if "\\" in path:
        return "it holds a backslash, which Windows reads as a folder"
    if len(path.encode()) > LONGEST:
        return f"it is longer than {LONGEST} bytes"
    for part in path.split("/"):
        if part in {"", ".", ".."}:
            return f"it has the part `{part}`, which leads elsewhere"
        if len(part.encode()) > _LONGEST_PART:
            return f"a part is longer than {_LONGEST_PART} bytes"
    return ""


def check_path(path: str) -> str:
    """Return the path. Raises InputError for one that cannot be a file's of a package."""
    problem = problem_of(path)
    if problem:
        raise InputError(
            f"{path[:200]!a} cannot be a path in a package", why=problem, hint="give the file another name"
        )
    return path


def check_apart(paths: Iterable[str]) -> None:
    """Raise InputError where two paths are one on some system, or one is a file and a folder."""
    files: dict[str, str] = {}
    folders: set[str] = set()
    for path in paths:
        key = path.casefold()
        if key in files:
            raise InputError(
                f"`{files[key]}` and `{path}` are one file on a computer that does not tell capitals apart",
                hint="give one of them another name",
            )
        files[key] = path
        folders.update(key[:at] for at, char in enumerate(key) if char == "/")
    both = next((files[key] for key in sorted(files) if key in folders), None)
    if both is not None:
        raise InputError(f"`{both}` is a file, and a folder of others")
