"""Words that readers of YAML disagree on: without quotes nobody can know whether a text was meant."""

from __future__ import annotations

import re

# YAML 1.1 takes these for a boolean, without regard to case; YAML 1.2 for a text.
_BOOLEANS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false"})
_SEXAGESIMAL = re.compile(r"[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?")
_OTHER_BASE = re.compile(r"[-+]?0([0-7_]+|o[0-7_]+|x[\da-fA-F_]+|b[01_]+)")
_INTEGER = re.compile(r"[-+]?\d[\d_]*")
_REAL = re.compile(r"[-+]?(\d[\d_]*\.[\d_]*|\.\d[\d_]*)")
_EXPONENT = re.compile(r"[-+]?(\d[\d_]*(\.[\d_]*)?|\.\d[\d_]*)[eE][-+]?\d+")
_LONGEST = 100  # no number that a reader would make of it
_ODD = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)


def trap(text: str) -> str:
    """Return what else a text without quotes may be taken for; empty where it reads the same to everybody."""
    if len(text) > _LONGEST:
        return ""
    if text.casefold() in _BOOLEANS:
        return "yes or no"
    if _SEXAGESIMAL.fullmatch(text):
        return "a number to the base 60"
    if _OTHER_BASE.fullmatch(text):
        return "a number to another base"
    if _EXPONENT.fullmatch(text) or _ODD.fullmatch(text):
        return "a number with an exponent" if _EXPONENT.fullmatch(text) else "a number"
    bare = text.replace("_", "")
    if _INTEGER.fullmatch(text) and text != str(int(bare)):
        return f"the number {int(bare)}"
    if _REAL.fullmatch(text) and text != repr(float(bare)):
        return f"the number {float(bare)!r}"
    return ""
