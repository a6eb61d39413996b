"""GLPI Agent's JSON and FusionInventory's XML: one content in two forms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from itmsctl.inventory.format import Format, NotReadableError, Pair
from itmsctl.inventory.formats.glpi import machine, network, parts, programs, storage
from itmsctl.inventory.formats.glpi.content import Content, content_of
from itmsctl.inventory.formats.glpi.sections import LEFT_OUT, SECTIONS
from itmsctl.inventory.subjects import pair_of
from itmsctl.inventory.taking import plain

_MADE = re.compile(r"-[0-9]{4}(?:-[0-9]{2}){5}$")
_OTHERS = ("network_device", "network_ports", "device", "pagecounters", "cartridges")


# Of a partial inventory these are told only where all that they are made of is in it.
_NEEDS = {"identification": ("operatingsystem",), "hardware": ("cpus", "operatingsystem")}


def _computer(source: str, found: Any, at: datetime, device: Any, kind: Any) -> Pair:
    content = content_of(found, at)
    said = plain(kind)
    if said and said.lower() not in {"computer", "phone"}:
        raise NotReadableError(f"it tells of a resource of the type {said[:80]}, not of a computer")
    if any(content.all(section) for section in _OTHERS) and not content.all("hardware"):
        raise NotReadableError("it tells of a network device or a printer, not of a computer")
    classes = {
        **machine.machine(content),
        **network.network(content),
        **programs.programs(content),
        **storage.storage(content),
        **parts.parts(content),
        **_accounts(content),
        **_of_ours(found),
    }
    pair = pair_of(source, content.at, classes, name=_MADE.sub("", plain(device) or ""))
    if not pair[1].classes:
        raise NotReadableError("there is no section of a computer in it")
    return pair


def _of_ours(found: Any) -> dict[str, Any]:
    """Return the classes that `inventory export --exact` hangs beside what GLPI knows: they count instead of it."""
    known = found.get("itmsctl") if isinstance(found, Mapping) else None
    told = known.get("classes") if isinstance(known, Mapping) else None
    rows = told.items() if isinstance(told, Mapping) else ()
    return {str(name): kept for name, kept in rows if isinstance(kept, list)}


def _in_part(pair: Pair, found: Mapping[str, Any]) -> Pair:
    """Return what a partial inventory tells; it repeats the sections that say whose it is."""
    subject, told = pair
    kept = {
        one: rows
        for one, rows in told.classes.items()
        if all(any(name.lower() == section for name in found) for section in _NEEDS.get(one, ()))
    }
    return subject, replace(told, classes=kept)


def _accounts(content: Content) -> dict[str, Any]:
    return {
        "local_users": machine.local_users(content),
        "local_groups": machine.local_groups(content),
        "logons": machine.logons(content),
        "environment": machine.environment(content),
        "processes": machine.processes(content),
        "antivirus": machine.antivirus(content),
    }


def _read_json(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for one in values:
        if not _knows_json(one):
            raise NotReadableError("it is no inventory of GLPI: an object with `content` is expected")
        pair = _computer("glpi", one["content"], at, one.get("deviceid"), one.get("itemtype"))
        yield _in_part(pair, one["content"]) if one.get("partial") is True else pair


def _knows_json(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("content"), Mapping)


def _read_xml(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for one in values:
        if not _knows_xml(one):
            raise NotReadableError("it is no inventory of FusionInventory: REQUEST with CONTENT is expected")
        request = {name.lower(): value for name, value in one[1].items()}
        yield _computer("fusioninventory", request["content"], at, request.get("deviceid"), request.get("itemtype"))


def _knows_xml(value: Any) -> bool:
    if not isinstance(value, tuple) or value[0].upper() != "REQUEST" or not isinstance(value[1], Mapping):
        return False
    return any(name.upper() == "CONTENT" and isinstance(inner, Mapping) for name, inner in value[1].items())


FORMATS = (
    Format("glpi", "JSON of GLPI Agent", "json", _knows_json, _read_json, SECTIONS, LEFT_OUT),
    Format(
        "fusioninventory",
        "XML of FusionInventory, OCS and GLPI agents",
        "xml",
        _knows_xml,
        _read_xml,
        SECTIONS,
        LEFT_OUT,
    ),
)
