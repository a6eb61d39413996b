"""`mdatp health --output json`, `sentinelctl version`, `cytool info`: what protects Linux and macOS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.json_values import int_at, json_of, member, text_at
from itmsctl.inventory.parser import Parser, Rows

_SENTINEL = re.compile(r"^(?:Agent version:|SentinelOne) +(\d[\d.]{1,40})", re.MULTILINE)
_CORTEX = re.compile(r"Cortex XDR \(R\) supervisor tool (\d[\d.]{1,40})")
_LATEST = 253402300799000  # the last moment of the year 9999, in milliseconds


def antivirus(text: str) -> Rows:
    """Return the product that printed the text."""
    found = json_of(text)
    if isinstance(found, Mapping) and "realTimeProtectionEnabled" in found:
        return _defender(found)
    head = text[:4000]
    if sentinel := _SENTINEL.search(head):
        state = re.search(r"^Agent state +(\w+)", text[:20000], re.MULTILINE)
        is_enabled = state[1] == "Enabled" if state else None
        return filled(
            {"name": "SentinelOne", "publisher": "SentinelOne", "version": sentinel[1], "is_enabled": is_enabled}
        )
    if cortex := _CORTEX.search(head):
        return filled({"name": "Cortex XDR", "publisher": "Palo Alto Networks", "version": cortex[1]})
    return []


def _defender(found: Mapping[str, Any]) -> Rows:
    enabled = member(found, "realTimeProtectionEnabled", "value")
    status = member(found, "definitionsStatus", "$type")
    return filled(
        {
            "name": "Microsoft Defender",
            "publisher": "Microsoft",
            "version": text_at(found, "appVersion"),
            "is_enabled": enabled if isinstance(enabled, bool) else None,
            "is_current": status == "upToDate" if isinstance(status, str) else None,
            "definitions_version": text_at(found, "definitionsVersion"),
            "definitions_at": _when(int_at(found, "definitionsUpdated")),
            "engine_version": text_at(found, "engineVersion"),
            "expires_at": _when(int_at(found, "productExpiration")),
        }
    )


def _when(milliseconds: int | None) -> datetime | None:
    if milliseconds is None or not 0 < milliseconds < _LATEST:
        return None
    return datetime.fromtimestamp(milliseconds // 1000, UTC)


PARSER = Parser("mdatp health --output json", {"antivirus": antivirus})
