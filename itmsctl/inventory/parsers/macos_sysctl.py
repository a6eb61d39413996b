"""`sysctl machdep hw kern` of macOS: processors."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, lines, pairs, whole
from itmsctl.inventory.parser import Parser, Rows


def processors(text: str) -> Rows:
    """Return processors by socket."""
    said = pairs(lines(text))
    model = said.get("machdep.cpu.brand_string")
    if not model:
        return []
    row = {
        "manufacturer": said.get("machdep.cpu.vendor"),
        "model": " ".join(model.split()),
        "family": said.get("machdep.cpu.family"),
        "model_number": said.get("machdep.cpu.model"),
        "stepping": said.get("machdep.cpu.stepping"),
        "cores": whole(said.get("machdep.cpu.core_count") or said.get("machdep.cpu.cores_per_package")),
        "threads": whole(said.get("machdep.cpu.thread_count") or said.get("machdep.cpu.logical_per_package")),
        "flags": said.get("machdep.cpu.features", "").lower().split(),
    }
    count = min(whole(said.get("hw.packages")) or 1, 64)
    return [filled(row | {"index": index})[0] for index in range(count)]


PARSER = Parser("sysctl machdep.cpu hw", {"processors": processors})
