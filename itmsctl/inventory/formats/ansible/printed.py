"""What `ansible -m setup` prints for people: a host, how it went, and an object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from itmsctl.inventory.format import NotReadableError
from itmsctl.inventory.json_values import json_of
from itmsctl.inventory.taking import Found
from itmsctl.values.untrusted import log_text

_BLOCK = re.compile(r"^(\S{1,255}) \| ([A-Z!]{4,20}) => \{", re.MULTILINE)
_END = re.compile(r"^\}\s*$", re.MULTILINE)
_WENT_WELL = frozenset({"SUCCESS", "CHANGED"})


def is_printed(text: Any) -> bool:
    """Return whether a text is what Ansible prints of hosts, whatever it warned of before."""
    return isinstance(text, str) and _BLOCK.search(text) is not None


def of_printed(text: str) -> Iterator[tuple[str, Found]]:
    """Yield hosts with what they answered, without those that did not. Raises NotReadableError for half a block."""
    place = 0
    while found := _BLOCK.search(text, place):
        end = _END.search(text, found.end())
        answer = json_of(text[found.end() - 1 : end.end()]) if end else None
        if end is None or answer is None:
            line = text.count("\n", 0, found.start()) + 1
            raise NotReadableError(f"line {line}: what `{log_text(found[1][:80])}` answered is cut off")
        if found[2] in _WENT_WELL:
            yield found[1], answer
        place = end.end()
