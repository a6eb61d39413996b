"""`prtdiag`: machine, processors, memory and slots of Solaris, in the forms of x86 and of SPARC."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_SECTION = re.compile(r"=+ ?(?P<title>[A-Za-z][\w /-]*?) ?=+")
_SYSTEM = re.compile(r"System Configuration: +(?P<rest>.+)")
_BIOS = re.compile(r"BIOS Configuration: (?P<maker>.+?) (?P<version>\S+) (?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{4})")
_MEMORY = re.compile(r"Memory size: (\d{1,12}) Megabytes")
_MODULE = re.compile(r"(?P<type>\S+)\s+(?P<use>in use|empty)\s+\d+\s+(?P<slot>\S+)(?:\s+(?P<bank>\S.*))?")
_SLOT = re.compile(r"(?P<id>\d{1,4})\s+(?P<use>available|in use)\s+(?P<type>\S(?:.*?\S)?)\s{2,}(?P<name>\S.*)")
_SOCKET = re.compile(r"(?P<model>.*\S) (?P<slot>(?:CPU|Proc|P)[ _]?\d+)")
_SPARC = re.compile(
    r"\s*(?P<board>[A-Z0-9]+)\s+(?P<ids>\d+(?:, *\d+)*)\s+(?P<mhz>\d{2,5})\s+[\d.]+\s+(?P<model>\S+)\s+[\d.]+"
)
_MAKERS = ("Sun Microsystems", "Dell Inc.", "Oracle Corporation", "HP", "IBM", "VMware, Inc.", "innotek GmbH")


def _sections(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"": []}
    title = ""
    for line in lines(text):
        if head := _SECTION.fullmatch(line.strip()):
            title = head["title"]
            found.setdefault(title, [])
        else:
            found[title].append(line)
    return found


def hardware(text: str) -> Rows:
    """Return maker, model and memory."""
    system, memory = _SYSTEM.search(text[:4000]), _MEMORY.search(text[:4000])
    if system is None:
        return []
    rest = " ".join(system["rest"].split())
    maker = next((one for one in _MAKERS if rest.startswith(one)), rest.partition(" ")[0])
    model = rest.removeprefix(maker).strip()
    kind = re.match(r"(sun4\w) (.+)", model)
    return filled(
        {
            "manufacturer": maker,
            "model": kind[2] if kind else model,
            "architecture": kind[1] if kind else None,
            "memory_mib": int(memory[1]) if memory else None,
        },
        "model",
    )


def bios(text: str) -> Rows:
    """Return the firmware."""
    found = _BIOS.search(text[:4000])
    if found is None:
        return []
    day = f"{found['year']}-{found['month']}-{found['day']}"
    return filled({"manufacturer": found["maker"], "version": found["version"], "released_on": day})


def processors(text: str) -> Rows:
    """Return processors by socket."""
    found = _sections(text)
    rows: Rows = []
    for line in found.get("Processor Sockets", []):
        if one := _SOCKET.fullmatch(line.strip()):
            rows += filled({"slot": one["slot"], "index": len(rows), "model": " ".join(one["model"].split())})
    for line in found.get("CPUs", []):
        if one := _SPARC.fullmatch(line.rstrip()):
            threads = len(one["ids"].split(","))
            rows += filled(
                {"index": len(rows), "model": one["model"], "speed_mhz": int(one["mhz"]), "threads": threads}
            )
    return rows


def memory_modules(text: str) -> Rows:
    """Return sockets for memory; this form does not tell how much is in them."""
    rows: Rows = []
    for line in _sections(text).get("Memory Device Sockets", []):
        one = _MODULE.fullmatch(line.strip())
        if one and one["slot"] != "-------------------":
            known = one["type"] if one["type"] != "Unknown" and one["use"] == "in use" else None
            rows += filled({"slot": one["slot"], "bank": (one["bank"] or "").strip(), "type": known}, "slot")
    return rows


def slots(text: str) -> Rows:
    """Return slots for cards."""
    rows: Rows = []
    for line in _sections(text).get("Upgradeable Slots", []):
        if one := _SLOT.fullmatch(line.strip()):
            kind = one["type"] if one["type"] != "Unknown" else None
            rows += filled({"name": one["name"].strip(), "id": one["id"], "usage": one["use"], "type": kind})
    return rows


PARSER = Parser(
    "prtdiag -v",
    {"hardware": hardware, "bios": bios, "processors": processors, "memory_modules": memory_modules, "slots": slots},
)
