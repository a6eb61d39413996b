"""Where a package server keeps packages, and the URLs under which it hands them out."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from itmsctl.errors import FieldError

FOLDER = "/srv/itms/packages"
SCHEMES = ("https", "http", "sftp", "smb")
_FOLDER = re.compile(r"(/[^/\x00-\x1f\x7f]+)+")
_URL = re.compile(r"[\x21-\x7e]+")


def package_folder(text: str) -> str:
    """Return the folder of a package server. Raises FieldError where it is not an absolute path below the root."""
    path = text.rstrip("/")
    if not _FOLDER.fullmatch(path) or {".", ".."} & set(path.split("/")):
        what = "the folder of packages is not an absolute path"
        raise FieldError(
            what, why="it is a path of the server: it begins with `/`, without `..`", hint=f"--folder {FOLDER}"
        )
    return path


def package_url(text: str) -> str:
    """Return a URL of a package server, without a slash at its end. Raises FieldError."""
    hint = f"one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}, such as https://files.rome.example/packages"
    try:
        parts = urlsplit(text)
        fits = bool(_URL.fullmatch(text)) and _fits(parts)
    except ValueError:
        parts, fits = SplitResult("", "", "", "", ""), False
    if not fits:
        raise FieldError(f"`{text}` is not a URL that packages can be taken from", hint=hint)
    if parts.password is not None:
        raise FieldError("a URL of a package server holds a password", why="everybody who asks the CMDB would read it")
    return text.rstrip("/")


def _fits(parts: SplitResult) -> bool:
    port_read = parts.port is None or parts.port > 0
    return parts.scheme in SCHEMES and bool(parts.hostname) and not parts.query and not parts.fragment and port_read
