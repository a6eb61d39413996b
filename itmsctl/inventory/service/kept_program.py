"""The program for computers, kept beside the modules that it is made of, as Python keeps its bytecode there.

Making it reads and rewrites a hundred modules; the file is taken where none of them was changed since, and made again
where one was. Where the folder cannot be written, or Python is told to write no bytecode, it is made each time.
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
_FOLDER = _PACKAGE / "inventory" / "gathering" / "__pycache__"
_KEY = 64


def kept(make: Callable[[], bytes], folder: Path = _FOLDER) -> bytes:
    """Return what `make` returns, from the file where it was made of the same modules."""
    key = _stamp()
    file = folder / f"program.{sys.implementation.cache_tag}"
    with suppress(OSError):
        data = file.read_bytes()
        if data[:_KEY] == key and data[_KEY : 2 * _KEY] == _digest(data[2 * _KEY :]):
            return data[2 * _KEY :]
    made = make()
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            _write(file, key + _digest(made) + made)
    return made


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
    file.parent.mkdir(exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    new.write_bytes(data)
    new.replace(file)
