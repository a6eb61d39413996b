"""`lspv DISK`, `lsvg -l GROUP`, `lslv VOLUME` of AIX: physical and logical volumes."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, whole
from itmsctl.inventory.parser import Parser, Rows

_PAIR = re.compile(r"([A-Z][A-Za-z? -]*[A-Za-z?]):\s*(.*?)(?=\s{2,}[A-Z][A-Za-z? -]*[A-Za-z?]:|$)")
_IDENTIFIER = re.compile(r"PV IDENTIFIER:\s+(\S+)")
_GROUP = re.compile(r"(\S+):")


def _said(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines(text):
        if len(line) < 300:
            found |= {key: value.strip() for key, value in _PAIR.findall(line.strip()) if key not in found}
    return found


def _partition(said: dict[str, str]) -> int:
    return (whole(said.get("PP SIZE")) or 0) << 20


def physical_volumes(text: str) -> Rows:
    """Return the physical volume that `lspv DISK` tells of."""
    said = _said(text)
    if "PHYSICAL VOLUME" not in said:
        return []
    block = _partition(said)
    identifier = _IDENTIFIER.search(text[:2000])
    total, free = whole(said.get("TOTAL PPs")), whole(said.get("FREE PPs"))
    return filled(
        {
            "device": said["PHYSICAL VOLUME"],
            "volume_group": said.get("VOLUME GROUP"),
            "uuid": identifier[1] if identifier else None,
            "size_bytes": total * block if total and block else None,
            "free_bytes": free * block if free is not None and block else None,
            "extent_bytes": block or None,
            "extents": total,
            "state": said.get("PV STATE"),
        },
        "device",
    )


def logical_volumes(text: str) -> Rows:
    """Return the logical volume of `lslv`, or those that `lsvg -l` lists."""
    said = _said(text)
    if "LOGICAL VOLUME" in said:
        count = whole(said.get("LPs"))
        place = said.get("MOUNT POINT", "")
        return filled(
            {
                "name": said["LOGICAL VOLUME"],
                "volume_group": said.get("VOLUME GROUP"),
                "uuid": said.get("LV IDENTIFIER", "").partition(" ")[0],
                "type": said.get("TYPE"),
                "size_bytes": count * _partition(said) if count else None,
                "segments": count,
                "copies": whole(said.get("COPIES")),
                "mount_point": place if place.startswith("/") else None,
                "state": said.get("LV STATE"),
            },
            "name",
        )
    return _listed(text)


def _listed(text: str) -> Rows:
    rows: Rows = []
    group, is_table = "", False
    for line in lines(text):
        words = line.split()
        if found := _GROUP.fullmatch(line.strip()):
            group, is_table = found[1], False
        elif words[:2] == ["LV", "NAME"]:
            is_table = True
        elif is_table and len(words) >= 7 and words[2].isdecimal():
            rows += filled(
                {
                    "name": words[0],
                    "volume_group": group,
                    "type": words[1],
                    "segments": whole(words[2]),
                    "state": words[5],
                    "mount_point": words[6] if words[6].startswith("/") else None,
                }
            )
    return rows


PARSER = Parser("lslv VOLUME", {"physical_volumes": physical_volumes, "logical_volumes": logical_volumes})
