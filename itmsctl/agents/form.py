"""The form of policy and events: a line of JSON, the signature of that line, and a body that the line names.

The signature is that of `ssh-keygen -Y sign`: whoever has OpenSSH can check a file without this program. Both sides
read it, so nothing but the standard library of Python 3.6 is used.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from itmsctl.packages.trust.sshsig_form import BEGIN, END, MAX_SIGNATURE

POLICY_SPACE, EVENT_SPACE = "itms-policy", "itms-event"
REGISTRATION, STATUS, INVENTORY, RESULTS, REFUSED = "registration", "status", "inventory", "results", "refused"
EVENT_KINDS = (REGISTRATION, STATUS, INVENTORY, RESULTS, REFUSED)
MAX_HEAD = 256 << 10
MAX_BODY = 64 << 20
FIRST = "0" * 64  # what the first event of an agent follows
AGENT_ID = re.compile("[0-9a-f]{32}")
_BEGIN, _END = f"{BEGIN}\n".encode(), f"{END}\n".encode()


class FormError(ValueError):
    """A file is not of the form; the text says what is wrong with it."""


def canonical(value: Any) -> bytes:
    """Return a value as JSON in the one form that is signed, and that digests are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def written(head: Any) -> bytes:
    """Return the line of a head."""
    return canonical(head) + b"\n"


def joined(head: bytes, signature: str, body: bytes = b"") -> bytes:
    """Return a file."""
    return head + signature.encode("ascii") + body


def split(data: bytes) -> tuple[bytes, str, bytes]:
    """Return the line of a file, its signature and its body; nothing of it is believed yet. Raises FormError."""
    end = data.find(b"\n", 0, MAX_HEAD) + 1
    if not end or not data.startswith(_BEGIN, end):
        raise FormError("it is not a line of JSON with a signature behind it")
    stop = data.find(_END, end, end + MAX_SIGNATURE)
    if stop < 0:
        raise FormError("its signature has no end")
    stop += len(_END)
    return data[:end], data[end:stop].decode("ascii", "replace"), data[stop:]


def read_head(line: bytes) -> dict[str, Any]:
    """Return what the line of a file says. Raises FormError where it is not written in the one form."""
    try:
        head = json.loads(line.decode("ascii"))
    except (ValueError, RecursionError):
        raise FormError("its line is not valid JSON") from None
    if not isinstance(head, dict) or written(head) != line:
        raise FormError("its line is not written in the one form")
    return head


def check_body(head: dict[str, Any], body: bytes) -> None:
    """Raise FormError where a body is not the one that the head names."""
    if head.get("size") != len(body) or head.get("sha256") != digest(body):
        raise FormError("its body is not the one that was signed")


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def agent_id(public: bytes) -> str:
    """Return what an agent is known by: its key."""
    return digest(public)[:32]


def event_name(agent: str, number: int) -> str:
    """Return the name of the file of an event."""
    return f"{agent}-{number:08d}.event"
