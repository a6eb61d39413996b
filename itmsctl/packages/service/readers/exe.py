"""Programs of Windows that install: the version in their resources, and which tool made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from itmsctl.packages.facts import ReadFacts
from itmsctl.packages.service.readers.by_name import by_name
from itmsctl.packages.service.readers.reader import FileReader
from itmsctl.packages.service.readers.unpacking import missing

_MACHINES = {0x14C: "i386", 0x8664: "x86_64", 0xAA64: "aarch64", 0x1C0: "armhf"}
_SEEN = 64 << 20  # bytes: the program itself stands before what it carries
# What a tool leaves in each installer that it makes. NSIS marks its data, Inno Setup its loader, WiX a section.
_MARKS = {
    "nsis": (b"NullsoftInst", b"Nullsoft.NSIS"),
    "inno": (b"Inno Setup Setup Data", b"JR.Inno.Setup"),
    "wix": (b".wixburn",),
    "installshield": (b"InstallShield",),
}


def _knows(head: bytes, name: str) -> bool:
    return head.startswith(b"MZ") and name.endswith(".exe")


def _read(stream: BinaryIO, name: str) -> ReadFacts:
    try:
        import pefile
    except ImportError:
        raise missing("pefile") from None
    data = stream.read(_SEEN)
    try:
        program = pefile.PE(data=data, fast_load=True)
        program.parse_data_directories(directories=[pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_RESOURCE"]])
    except pefile.PEFormatError as error:
        raise ValueError(str(error)) from error
    said = _versions(program)
    guess = by_name("exe", name)
    facts = replace(guess, architecture=_MACHINES.get(program.FILE_HEADER.Machine, guess.architecture))
    return replace(
        facts,
        name=said.get("ProductName") or guess.name,
        version=said.get("ProductVersion") or said.get("FileVersion") or guess.version,
        vendor=said.get("CompanyName", ""),
        description=said.get("FileDescription", ""),
        hints={"installer": _installer(data)},
    )


def _installer(data: bytes) -> str:
    wide = {tool: [mark, mark.decode().encode("utf-16-le")] for tool, marks in _MARKS.items() for mark in marks[:1]}
    for tool, marks in _MARKS.items():
        if any(mark in data for mark in (*marks, *wide[tool])):
            return tool
    return ""


def _versions(program: Any) -> Mapping[str, str]:
    """Return the texts of the version of a program, by their keys."""
    found: dict[str, str] = {}
    for entries in getattr(program, "FileInfo", ()):
        for entry in entries:
            for table in getattr(entry, "StringTable", ()):
                for key, value in table.entries.items():
                    found[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace").strip(" \0")
    return found


READER = FileReader("exe", ("exe",), _knows, _read)
