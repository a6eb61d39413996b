"""`openssl x509 -noout -subject -issuer -serial -dates -fingerprint -sha256 -ext subjectAltName`: certificates, each
behind a line with its file."""

from __future__ import annotations

import re
from datetime import datetime

from itmsctl.inventory.captured import filled, lines, moment
from itmsctl.inventory.parser import Parser, Rows

_LINE = re.compile(
    r"(?P<key>subject|issuer|serial|notBefore|notAfter|sha256 Fingerprint|SHA256 Fingerprint)\s*=\s*(?P<value>.*)"
)
_NAME = re.compile(r"(?:DNS|IP Address|email):([^,\s]{1,253})")


def certificates(text: str) -> Rows:
    """Return certificates; a path at the beginning of a line is the file of those that follow."""
    rows: Rows = []
    store = ""
    current: dict[str, object] = {}
    for line in [*lines(text), "subject=end"]:
        plain = line.strip()
        found = _LINE.fullmatch(plain)
        if plain.startswith("/") and found is None:
            rows += _certificate(current)
            store, current = plain, {}
        elif found and found["key"] == "subject":
            rows += _certificate(current)
            current = {"store": store, "subject": found["value"]}
        elif found and current:
            current[found["key"].lower()] = found["value"]
        elif current and (names := _NAME.findall(plain)):
            current["names"] = names
    return rows


def _certificate(one: dict[str, object]) -> Rows:
    digits = str(one.get("sha256 fingerprint", "")).replace(":", "").lower()
    subject, issuer = one.get("subject"), one.get("issuer")
    if not re.fullmatch("[0-9a-f]{64}", digits):
        return []
    return filled(
        {
            "store": one.get("store"),
            "fingerprint": digits,
            "subject": subject,
            "issuer": issuer,
            "serial": one.get("serial"),
            "names": one.get("names"),
            "not_before": _when(one.get("notbefore")),
            "not_after": _when(one.get("notafter")),
            "is_self_signed": subject == issuer,
        }
    )


def _when(text: object) -> datetime | None:
    return moment(str(text), "%b %d %H:%M:%S %Y GMT") if text else None


PARSER = Parser(
    "openssl x509 -noout -subject -issuer -serial -dates -fingerprint -sha256", {"certificates": certificates}
)
