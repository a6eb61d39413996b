"""`pvs`, `vgs`, `lvs --noheadings --nosuffix --units M`: the volume manager of Linux.

pvs -o pv_name,pv_fmt,pv_attr,pv_size,pv_free,pv_uuid,pv_pe_count,vg_uuid
vgs -o vg_name,pv_count,lv_count,vg_attr,vg_size,vg_free,vg_uuid,vg_extent_size
lvs -a -o lv_name,vg_uuid,lv_attr,lv_size,lv_uuid,seg_count
"""

from __future__ import annotations

import re
from collections.abc import Callable

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_UUID = r"[0-9A-Za-z]{6}(?:-[0-9A-Za-z]{4}){5}-[0-9A-Za-z]{6}"
_SIZE = r"\d{1,12}(?:[.,]\d{1,6})?"
_PV = re.compile(rf"(\S+) +(lvm\d) +(\S+) +({_SIZE}) +({_SIZE}) +({_UUID}) +(\d{{1,9}})(?: +({_UUID}))?")
_VG = re.compile(rf"(\S+) +(\d{{1,9}}) +(\d{{1,9}}) +([wrxpzcnlasei-]+) +({_SIZE}) +({_SIZE}) +({_UUID}) +({_SIZE})")
_LV = re.compile(rf"(\S+) +({_UUID}) +(\S+) +({_SIZE}) +({_UUID}) +(\d{{1,9}})")


def _bytes(text: str) -> int:
    return round(float(text.replace(",", ".")) * 1_000_000)


def _rows(text: str, line_form: re.Pattern[str], row_of: Callable[..., dict[str, object]]) -> Rows:
    found = (line_form.fullmatch(line.strip()) for line in lines(text))
    return [row for one in found if one for row in filled(row_of(*one.groups()))]


def physical_volumes(text: str) -> Rows:
    """Return physical volumes; the volume group is known by its UUID only."""
    return _rows(
        text,
        _PV,
        lambda device, form, attributes, size, free, uuid, extents, group: {
            "device": device,
            "volume_group": group,
            "uuid": uuid,
            "format": form,
            "attributes": attributes,
            "size_bytes": _bytes(size),
            "free_bytes": _bytes(free),
            "extents": int(extents),
        },
    )


def volume_groups(text: str) -> Rows:
    """Return volume groups."""
    return _rows(
        text,
        _VG,
        lambda name, physical, logical, attributes, size, free, uuid, extent: {
            "name": name,
            "uuid": uuid,
            "attributes": attributes,
            "physical_volumes": int(physical),
            "logical_volumes": int(logical),
            "size_bytes": _bytes(size),
            "free_bytes": _bytes(free),
            "extent_bytes": _bytes(extent),
        },
    )


def logical_volumes(text: str) -> Rows:
    """Return logical volumes; the volume group is known by its UUID only."""
    return _rows(
        text,
        _LV,
        lambda name, group, attributes, size, uuid, segments: {
            "name": name,
            "volume_group": group,
            "uuid": uuid,
            "attributes": attributes,
            "size_bytes": _bytes(size),
            "segments": int(segments),
        },
    )


PARSER = Parser(
    "lvs, vgs, pvs",
    {"physical_volumes": physical_volumes, "volume_groups": volume_groups, "logical_volumes": logical_volumes},
)
