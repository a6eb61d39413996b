"""Public keys of SSH, `*.pub` and `authorized_keys`, each line behind its file and a tab: fingerprints, never a key."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import bytes_of, filled, lines
from itmsctl.inventory.parser import Parser, Rows
from itmsctl.inventory.parsers.ssh_keygen import HOME, HOST
from itmsctl.values.fingerprints import fingerprint

_KEY = re.compile(
    r"(?P<options>.*?)(?P<type>(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]{3,60}) "
    r"(?P<key>AAAA[A-Za-z0-9+/]{8,6000}={0,3})(?: +(?P<comment>.*))?"
)
_OPTION = re.compile(r'([A-Za-z-]{1,60}(?:="(?:[^"\\]|\\.)*")?)(?:,|$)')
_CURVES = {"nistp256": 256, "nistp384": 384, "nistp521": 521}


def ssh_keys(text: str) -> Rows:
    """Return keys."""
    rows: Rows = []
    for line in lines(text):
        path, apart, rest = line.partition("\t")
        if not apart or rest.lstrip().startswith("#"):
            continue
        found = _KEY.fullmatch(rest.strip())
        blob = bytes_of(found["key"]) if found else b""
        if found is None or not blob:
            continue
        home = HOME.match(path)
        use = "host" if HOST.search(path) else "authorized" if "authorized_keys" in path else "identity"
        rows += filled(
            {
                "path": path,
                "fingerprint": fingerprint(blob),
                "type": found["type"],
                "bits": _bits(found["type"], blob),
                "comment": found["comment"],
                "user": (home[1] or home[2]) if home and use != "host" else None,
                "use": use,
                "options": [
                    one for one in _OPTION.findall(found["options"].strip()) if not one.startswith("environment")
                ],
            }
        )
    return rows


def _bits(kind: str, blob: bytes) -> int | None:
    """Return the length of a key: of RSA and DSA that of their modulus, of others what the name says."""
    if "ed25519" in kind:
        return 256
    if kind in {"ssh-rsa", "ssh-dss"}:
        numbers = _parts(blob)
        place = 2 if kind == "ssh-rsa" else 1
        return int.from_bytes(numbers[place], "big").bit_length() if len(numbers) > place else None
    return next((bits for name, bits in _CURVES.items() if name in kind), None)


def _parts(blob: bytes) -> list[bytes]:
    parts: list[bytes] = []
    place = 0
    while place + 4 <= len(blob) and len(parts) < 6:
        size = int.from_bytes(blob[place : place + 4], "big")
        parts.append(blob[place + 4 : place + 4 + size])
        place += 4 + size
    return parts


PARSER = Parser("cat /etc/ssh/ssh_host_*_key.pub ~/.ssh/authorized_keys ~/.ssh/*.pub", {"ssh_keys": ssh_keys})
