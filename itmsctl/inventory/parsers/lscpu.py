"""`lscpu -J`: processors of Linux; all sockets hold the same model."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, size, whole
from itmsctl.inventory.json_values import json_of, member, objects, text_at
from itmsctl.inventory.parser import Parser, Rows


def _said(text: str) -> dict[str, str]:
    """Return fields and data, of nested objects too."""
    found: dict[str, str] = {}
    stack = list(reversed(list(objects(member(json_of(text), "lscpu")))))
    while stack:
        one = stack.pop()
        field, data = text_at(one, "field"), text_at(one, "data")
        if field and data:
            found.setdefault(field.rstrip(":"), data)
        stack += reversed(list(objects(one.get("children"))))
    return found


def processors(text: str) -> Rows:
    """Return processors by socket."""
    said = _said(text)
    model = said.get("Model name") or said.get("Model")
    if not model:
        return []
    per_core, cores = whole(said.get("Thread(s) per core")), whole(said.get("Core(s) per socket"))
    cache = size(said.get("L3 cache") or said.get("L3") or said.get("L2 cache") or said.get("L2"))
    row = {
        "manufacturer": said.get("Vendor ID"),
        "model": model,
        "architecture": said.get("Architecture"),
        "family": said.get("CPU family"),
        "model_number": said.get("Model"),
        "stepping": said.get("Stepping"),
        "speed_mhz": whole(said.get("CPU max MHz")),
        "cores": cores,
        "threads": cores * per_core if cores and per_core else None,
        "cache_kib": cache >> 10 if cache else None,
        "flags": said.get("Flags", "").split(),
    }
    count = min(whole(said.get("Socket(s)")) or 1, 1024)
    return [filled(row | {"index": index})[0] for index in range(count)]


def virtual_guest(text: str) -> Rows:
    """Return the hypervisor, where the processor tells that there is one."""
    said = _said(text)
    kind = said.get("Hypervisor vendor")
    return filled({"hypervisor": kind.lower(), "is_virtual": True}) if kind and kind != "none" else []


PARSER = Parser("lscpu -J", {"processors": processors, "virtual_guest": virtual_guest})
