"""Takes passwords out of command lines before anything of them leaves the computer."""

from __future__ import annotations

import re

from itmsctl.values.untrusted import without_secrets

_OPTION = re.compile(r"(?i)(--?[\w-]*(?:pass|pw|secret|token|api-?key|credential)[\w-]*)([ =]+)(\S+)")
_ASSIGNED = re.compile(r"(?i)\b(\w*(?:pass|passwd|password|secret|token|api_?key)\w*=)(\S+)")


def masked(command: str) -> str:
    """Return a command line without what options and URLs of it hold back: `--password ***`."""
    return without_secrets(_ASSIGNED.sub(r"\1***", _OPTION.sub(r"\1\2***", command)))
