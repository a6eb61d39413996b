"""`flatpak info REF`: an application or runtime of Flatpak."""

from __future__ import annotations

from itmsctl.inventory.captured import decimal_size, filled, lines, pairs
from itmsctl.inventory.parser import Parser, Rows


def software(text: str) -> Rows:
    """Return what is told of one application; what the first line says of it is its summary."""
    kept = list(lines(text))
    said = pairs(kept)
    title = next((line.strip() for line in kept if " - " in line and ": " not in line), "")
    _, _, summary = title.partition(" - ")
    return filled(
        {
            "name": said.get("ID"),
            "version": said.get("Version") or said.get("Branch"),
            "architecture": said.get("Arch"),
            "source": "flatpak",
            "release": said.get("Branch"),
            "publisher": said.get("Origin"),
            "summary": summary,
            "license": said.get("License"),
            "size_bytes": decimal_size(said.get("Installed")),
            "product_id": said.get("Ref"),
        },
        "name",
    )


PARSER = Parser("flatpak info REF", {"software": software})
