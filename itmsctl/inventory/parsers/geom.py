"""`sysctl -n kern.geom.confxml`: disks and partitions of FreeBSD."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, whole
from itmsctl.inventory.markup import xml_of
from itmsctl.inventory.parser import Parser, Rows


def _mesh(text: str) -> str:
    return text[text.index("<mesh") :] if "<mesh" in text[:1000] else ""


def disks(text: str) -> Rows:
    """Return disks."""
    mesh = xml_of(_mesh(text))
    rows: Rows = []
    for one in mesh.iterfind("class") if mesh is not None else ():
        if (one.findtext("name") or "").strip() != "DISK":
            continue
        for provider in one.iterfind("geom/provider"):
            model = (provider.findtext("config/descr") or "").strip()
            name = (provider.findtext("name") or "").strip()
            rows += filled(
                {
                    "name": name,
                    "model": model,
                    "serial": (provider.findtext("config/ident") or "").strip(),
                    "wwn": (provider.findtext("config/lunid") or "").strip(),
                    "size_bytes": whole(provider.findtext("mediasize")),
                    "type": "optical" if name.startswith("cd") else None,
                    "rotation_rpm": _rotation(provider.findtext("config/rotationrate")),
                },
                "name",
            )
    return rows


def _rotation(text: str | None) -> int | None:
    plain = (text or "").strip()
    return int(plain) if plain.isdecimal() and plain.isascii() and 3 < len(plain) < 6 else 0 if plain == "0" else None


def partitions(text: str) -> Rows:
    """Return partitions."""
    mesh = xml_of(_mesh(text))
    rows: Rows = []
    for one in mesh.iterfind("class") if mesh is not None else ():
        if (one.findtext("name") or "").strip() != "PART":
            continue
        for disk in one.iterfind("geom"):
            for provider in disk.iterfind("provider"):
                rows += filled(
                    {
                        "name": (provider.findtext("name") or "").strip(),
                        "disk": (disk.findtext("name") or "").strip(),
                        "number": whole(provider.findtext("config/index")),
                        "size_bytes": whole(provider.findtext("mediasize")),
                        "start_bytes": whole(provider.findtext("config/offset")),
                        "type": (provider.findtext("config/type") or "").strip(),
                        "label": (provider.findtext("config/label") or "").strip().replace("(null)", ""),
                        "uuid": (provider.findtext("config/rawuuid") or "").strip(),
                    },
                    "name",
                )
    return rows


PARSER = Parser("sysctl -n kern.geom.confxml", {"disks": disks, "partitions": partitions})
