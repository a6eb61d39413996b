"""The program for computers, kept beside the modules that it is made of, as Python keeps its bytecode there.

Making it reads and rewrites a hundred modules; the file is taken where none of them was changed since, and made again
where one was. Where that folder cannot be written, or Python is told to write no bytecode, it is kept in the cache of
the user. A file of somebody else is never taken: what stands in it will run on computers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]
_PARTS = ("inventory", "values", "errors.py")
_BESIDE = _PACKAGE / "inventory" / "gathering" / "__pycache__"
_KEY = 64


def kept(make: Callable[[], bytes], *folders: Path) -> bytes:
    """Return what `make` returns, from a file where it was made of the same modules; `folders` are where it may lie."""
    key = _stamp()
    files = [folder / f"program.{sys.implementation.cache_tag}" for folder in folders or _folders()]
    for file in files:
        with suppress(OSError):
            data = _own(file)
            if data[:_KEY] == key and data[_KEY : 2 * _KEY] == _digest(data[2 * _KEY :]):
                return data[2 * _KEY :]
    made = make()
    for file in files:
        with suppress(OSError):
            _write(file, key + _digest(made) + made)
            break
    return made


def _folders() -> list[Path]:
    """Return where it may lie: beside the modules, and in the cache of the user."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    with suppress(RuntimeError):  # who has no home has no cache
        home = home.expanduser()
    cache = [home / "itmsctl"] if home.is_absolute() else []
    return cache if sys.dont_write_bytecode else [_BESIDE, *cache]


def _own(file: Path) -> bytes:
    """Return what a file holds; nothing of one that others may have written."""
    with file.open("rb") as stream:
        found = os.fstat(stream.fileno())
        is_ours = found.st_uid in {0, os.geteuid()} and not found.st_mode & 0o022
        return stream.read() if is_ours else b""


def _stamp() -> bytes:
    """Return what changes with any module: names, sizes and times of all files that it could be made of."""
    told = sorted(line for part in _PARTS for line in _told(_PACKAGE / part))
    return _digest("\n".join(told).encode())


def _told(path: Path) -> Iterator[str]:
    if path.is_dir():
        for one in os.scandir(path):
            if one.name != "__pycache__":
                yield from _told(Path(one.path))
    elif path.suffix in {".py", ".txt"}:
        found = path.stat()
        yield f"{path.relative_to(_PACKAGE)} {found.st_size} {found.st_mtime_ns}"


def _digest(data: bytes) -> bytes:
    return sha256(data).hexdigest().encode()


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    new.write_bytes(data)
    new.chmod(0o644)
    new.replace(file)
