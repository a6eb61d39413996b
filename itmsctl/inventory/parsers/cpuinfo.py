"""`/proc/cpuinfo`: processors of Linux, in the forms of x86, ARM, POWER, SPARC, MIPS, Itanium and S/390."""

from __future__ import annotations

import re
from typing import Any

from itmsctl.inventory.captured import blocks, filled, pairs, size, whole
from itmsctl.inventory.parser import Parser, Rows

_MHZ = re.compile(r"(\d{1,6}(?:\.\d+)?)")


def processors(text: str) -> Rows:
    """Return processors by socket: threads with one `physical id` are one; where there is none, all are one socket."""
    sockets: dict[str, list[dict[str, str]]] = {}
    shared: dict[str, str] = {}
    for block in blocks(text):
        said = pairs(line[:2000] for line in block)
        if "processor" in said and not said["processor"].isdecimal():
            shared |= said
        elif said.get("processor", "").isdecimal():
            sockets.setdefault(said.get("physical id", ""), []).append(said)
        else:
            shared |= said
    if sockets:
        return [row for index, threads in enumerate(sockets.values()) for row in _socket(index, threads, shared)]
    return _old(text, shared)


def _socket(index: int, threads: list[dict[str, str]], shared: dict[str, str]) -> Rows:
    first = threads[0]
    cores = {thread.get("core id") for thread in threads} - {None}
    clock = _MHZ.match(first.get("cpu MHz") or first.get("clock") or "")
    cache = size(first.get("cache size"))
    model = (
        first.get("model name")
        or first.get("cpu model")
        or first.get("cpu")
        or first.get("family")
        or first.get("Processor")
    )
    return filled(
        {
            "index": index,
            "manufacturer": first.get("vendor_id") or first.get("vendor"),
            "model": " ".join((model or shared.get("Processor", "")).split()),
            "architecture": first.get("arch"),
            "family": first.get("cpu family") or first.get("CPU architecture"),
            "model_number": first.get("model") or first.get("CPU part"),
            "stepping": first.get("stepping") or first.get("CPU revision"),
            "speed_mhz": round(float(clock[1])) if clock else None,
            "cores": whole(first.get("cpu cores")) or len(cores) or None,
            "threads": len(threads),
            "cache_kib": cache >> 10 if cache else None,
            "flags": (first.get("flags") or first.get("Features") or "").split(),
        }
    )


def _old(text: str, shared: dict[str, str]) -> Rows:
    """Return processors of forms that have no block for each: one ARM, or SPARC that counts them."""
    model = shared.get("Processor") or shared.get("cpu") or shared.get("processor")
    count = min(whole(shared.get("ncpus active")) or 1, 1024)
    ticks = re.search(r"^Cpu0ClkTck\s*:\s*([0-9a-f]{1,16})\s*$", text, re.MULTILINE)
    if not model:
        return []
    row: dict[str, Any] = {
        "model": " ".join(model.split()),
        "family": shared.get("CPU architecture"),
        "model_number": shared.get("CPU part"),
        "stepping": shared.get("CPU revision"),
        "speed_mhz": int(ticks[1], 16) // 1_000_000 if ticks else None,
        "flags": shared.get("Features", "").split(),
    }
    return [filled(row | {"index": index})[0] for index in range(count)]


def hardware(text: str) -> Rows:
    """Return the model of the board, where the processor tells it."""
    found: Rows = []
    for block in blocks(text):
        said = pairs(line[:2000] for line in block)
        model = said.get("Model") or said.get("machine") or said.get("system type") or said.get("Hardware")
        if model and not found:
            found = filled({"model": model})
    return found


PARSER = Parser("cat /proc/cpuinfo", {"processors": processors, "hardware": hardware})
