"""AppImages: a program of Linux with a file system behind it; its name says what it is."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import BinaryIO

from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.service.readers.by_name import by_name
from itmsctl.packages.service.readers.reader import FileReader

_MACHINES = {3: "i386", 40: "armhf", 62: "x86_64", 183: "aarch64"}


def _knows(head: bytes, name: str) -> bool:
    return head.startswith(b"\x7fELF") and (head[8:10] == b"AI" or name.endswith(".appimage"))


def _read(stream: BinaryIO, name: str) -> ReadFacts:
    head = stream.read(20)
    (machine,) = struct.unpack_from("<H", head, 18)
    facts = by_name("appimage", name)
    return replace(facts, architecture=_MACHINES.get(machine, facts.architecture))


READER = FileReader("appimage", ("appimage",), _knows, _read)
