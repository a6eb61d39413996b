"""The form of an export: keys, and values below them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from itmsctl.inventory.captured import lines

_KEY = re.compile(r"\[(?P<path>[^\]]*(?:\][^\]]+)*)\]")


_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"="((?:[^"\\]|\\.)*)"')


_NUMBER = re.compile(r'"((?:[^"\\]|\\.)*)"=dword:([0-9a-fA-F]{8})')


_HEX = re.compile(r'"((?:[^"\\]|\\.)*)"=hex(?:\(([0-9a-f]+)\))?:([0-9a-f, ]*)')


_MOST = 4 << 20


Values = dict[str, str]


def keys(text: str) -> Iterator[tuple[str, Values]]:
    """Yield keys with their values as text; numbers in decimals."""
    path, values = "", Values()
    for line in _joined(text):
        if key := _KEY.fullmatch(line):
            if path:
                yield path, values
            path, values = key["path"], {}
        elif path and (one := _STRING.fullmatch(line)):
            values.setdefault(_plain(one[1]), _plain(one[2]))
        elif path and (one := _NUMBER.fullmatch(line)):
            values.setdefault(_plain(one[1]), str(int(one[2], 16)))
        elif path and (one := _HEX.fullmatch(line)) and one[2] in {"1", "2", "7"}:
            data = bytes.fromhex(
                re.sub(r"[^0-9a-f]", "", one[3]) if len(re.sub(r"[^0-9a-f]", "", one[3])) % 2 == 0 else ""
            )
            values.setdefault(_plain(one[1]), data.decode("utf-16-le", "replace").strip("\0").replace("\0", ", "))
    if path:
        yield path, values


def _joined(text: str) -> Iterator[str]:
    """Yield lines; one that ends in a backslash goes on in the next."""
    waiting = ""
    for line in lines(text):
        if line.endswith("\\") and not line.startswith("[") and len(waiting) < _MOST:
            waiting += line[:-1].strip()
        else:
            yield waiting + line.strip()
            waiting = ""


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
