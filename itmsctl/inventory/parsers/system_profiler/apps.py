"""Applications, from text and from a property list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.json_values import text_at
from itmsctl.inventory.markup import plist_of
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.system_profiler.listed import items
from itmsctl.inventory.parsers.system_profiler.tree import section


def software(text: str) -> Rows:
    """Return applications."""
    listed = plist_of(text)
    if listed is not None:
        return _listed(listed)
    rows: Rows = []
    for node in section(text, "Applications").below:
        said = node.values
        rows += filled(
            {
                "name": node.name,
                "version": said.get("Version"),
                "source": "app",
                "summary": said.get("Get Info String"),
                "path": said.get("Location"),
                "architecture": said.get("Kind"),
                "publisher": "Apple"
                if "Apple" in (said.get("Obtained from") or said.get("Get Info String") or "")
                else None,
                "is_system": True if said.get("Location", "").startswith("/System/") else None,
                "signer": (said.get("Signed by") or "").partition(",")[0],
            },
            "name",
        )
    return rows


def _listed(listed: Any) -> Rows:
    rows: Rows = []
    for one in items(listed, "SPApplicationsDataType"):
        path = text_at(one, "path") or ""
        signed = one.get("signed_by")
        rows += filled(
            {
                "name": text_at(one, "_name"),
                "version": text_at(one, "version"),
                "source": "app",
                "summary": text_at(one, "info"),
                "path": path,
                "architecture": text_at(one, "runtime_environment", "arch_kind"),
                "publisher": "Apple" if text_at(one, "obtained_from") == "apple" else None,
                "is_system": True if path.startswith("/System/") else None,
                "signer": str(signed[0]) if isinstance(signed, list) and signed else None,
                "installed_at": one["lastModified"] if isinstance(one.get("lastModified"), datetime) else None,
            },
            "name",
        )
    return rows
